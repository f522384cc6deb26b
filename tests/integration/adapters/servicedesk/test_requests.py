"""The ServiceDesk Plus client reads requests."""

from typing import Any

import pytest
from support.servicedesk_script import (
    ID,
    NUMBER,
    PAGE,
    TOKEN,
    Handler,
    Script,
    lists,
    refuses,
    says,
    tells,
)

from bot.errors import NotFound, Rejected, Unavailable
from bot.model.request import Requester
from bot.model.secret import Secret

LIST = "GET /requests"


ONE = f"GET /requests/{ID}"


ROW = {
    "id": ID,
    "display_id": NUMBER,
    "subject": "VPN fails",
    "status": {"name": "Open", "in_progress": True},
}


ANN = {"name": "Ann Lee", "email_id": "Ann@example.test", "phone": "+1 415 555 0100", "mobile": None}


async def test_request_is_searched_by_its_number_and_read_by_its_long_id(slack_user: Script) -> None:
    slack_user.on(LIST, lists("requests", ROW))
    slack_user.on(ONE, tells("request", **ROW, requester=ANN, technician={"name": "Tom Ray"}))
    request = await slack_user.client.request(NUMBER)
    assert (request.id, request.number, request.subject, request.status) == (ID, NUMBER, "VPN fails", "Open")
    assert (request.requester.name, request.requester.email) == ("Ann Lee", "Ann@example.test")
    assert request.requester.phone == Secret("+1 415 555 0100")
    assert request.technician == "Tom Ray"
    assert request.url == f"https://sdp.test/app/itdesk/ui/requests/{ID}/details"
    assert not request.is_closed
    (asked,) = slack_user.asked[LIST]
    assert asked.token == f"Zoho-oauthtoken {TOKEN}0"
    assert asked.accept == "application/vnd.manageengine.sdp.v3+json"
    criterion = asked.input_data["list_info"]["search_criteria"]
    assert criterion == {"field": "display_id", "condition": "is", "value": NUMBER}


@pytest.mark.parametrize(
    ("fields", "site", "group"),
    [
        (
            {"site": {"id": "1", "name": " Paris ", "deleted": False}, "group": {"name": "Network"}},
            "Paris",
            "Network",
        ),
        ({"site": None, "group": None}, "", ""),
        ({"site": "Paris", "group": {"name": None}}, "", ""),
        ({}, "", ""),
    ],
)
async def test_site_and_group_are_read_by_their_names(
    slack_user: Script, fields: dict[str, Any], site: str, group: str
) -> None:
    """Rules about sessions ask for them. Either may be null."""
    slack_user.on(LIST, lists("requests", ROW))
    slack_user.on(ONE, tells("request", **{**ROW, **fields}))
    request = await slack_user.client.request(NUMBER)
    assert (request.site, request.group) == (site, group)


async def test_numeric_id_keeps_every_digit_and_the_mobile_number_is_preferred(slack_user: Script) -> None:
    row = ROW | {"id": int(ID), "display_id": None, "display_key": {"display_value": f"IT-{NUMBER}"}}
    slack_user.on(LIST, lists("requests", row))
    slack_user.on(ONE, tells("request", **row, requester=ANN | {"mobile": "+33 6 12 34 56 78"}))
    request = await slack_user.client.request(NUMBER)
    assert request.id == ID
    assert request.requester.phone == Secret("+33 6 12 34 56 78")


@pytest.mark.parametrize(
    ("status", "is_closed"),
    [
        ({"name": "Archived", "in_progress": False}, True),
        ({"name": "Closed", "in_progress": True}, False),
        ({"name": "Resolved"}, True),
        ({"name": "cancelled"}, True),
        ({"name": "On Hold"}, False),
        ({"name": "Geschlossen", "internal_name": "Closed"}, True),
        ({"name": "Wartet", "internal_name": "Onhold", "in_progress": False}, False),
        ({"name": "Neu", "internal_name": "Open", "in_progress": None}, False),
        ({"name": "Closed", "internal_name": None, "in_progress": None}, True),
        ({"name": None, "internal_name": None, "in_progress": None}, False),
        ({}, False),
        (None, False),
    ],
)
async def test_request_is_closed_by_its_status_flag_or_else_by_its_status_name(
    slack_user: Script, status: Any, *, is_closed: bool
) -> None:
    slack_user.on(LIST, lists("requests", ROW))
    slack_user.on(ONE, tells("request", **(ROW | {"status": status, "requester": None})))
    request = await slack_user.client.request(NUMBER)
    assert request.is_closed is is_closed
    assert request.requester.email is None


@pytest.mark.parametrize(
    ("requester", "name", "email", "phone"),
    [
        (None, "", None, None),
        ({}, "", None, None),
        ({"name": "Ann Lee", "email_id": None, "mobile": None, "phone": None}, "Ann Lee", None, None),
        ({"name": None, "email_id": "ann@example.test"}, "ann@example.test", "ann@example.test", None),
    ],
)
async def test_fields_that_are_null_or_absent_are_empty(
    slack_user: Script, requester: Any, name: str, email: str | None, phone: Secret | None
) -> None:
    """As in recorded answers."""
    row = ROW | {"subject": None, "technician": None, "display_key": None, "is_trashed": None}
    slack_user.on(LIST, lists("requests", row))
    slack_user.on(ONE, tells("request", **row, requester=requester, deleted_time=None))
    request = await slack_user.client.request(NUMBER)
    assert request.requester == Requester(name, email, phone)
    assert (request.subject, request.technician, request.is_trashed) == ("", None, False)


DELETED_AT = {"display_value": "Nov 10, 2016 11:44 AM", "value": "1478758440000"}


@pytest.mark.parametrize(
    ("fields", "is_trashed"),
    [
        ({"is_trashed": True}, True),
        ({"is_trashed": True, "deleted_time": DELETED_AT}, True),
        ({"deleted_time": DELETED_AT}, True),
        ({"is_trashed": False, "deleted_time": DELETED_AT}, False),
        ({"deleted_time": None}, False),
        ({}, False),
    ],
)
async def test_request_is_in_the_trash_by_its_flag_or_else_by_its_deletion(
    slack_user: Script, fields: dict[str, Any], *, is_trashed: bool
) -> None:
    """By its number and by the id in a link."""
    slack_user.on(LIST, lists("requests", ROW))
    slack_user.on(ONE, *[tells("request", **ROW, **fields)] * 2)
    for request in (await slack_user.client.request(NUMBER), await slack_user.client.request_by_id(ID)):
        assert (request.is_trashed, request.takes_sessions) == (is_trashed, not is_trashed)


@pytest.mark.parametrize("refusal", [refuses(400, 4001, field="search_criteria"), says(400, PAGE)])
async def test_number_is_searched_by_search_fields_where_criteria_are_refused(
    slack_user: Script, refusal: Handler
) -> None:
    """Other numbers that contain it are left out. The refused way is not tried again."""
    others = [ROW | {"id": str(number), "display_id": f"{NUMBER}{number}"} for number in range(3)]
    slack_user.on(
        LIST, refusal, lists("requests", *others, more=True), lists("requests", ROW), lists("requests")
    )
    slack_user.on(ONE, tells("request", **ROW))
    assert (await slack_user.client.request(NUMBER)).id == ID
    with pytest.raises(NotFound):
        await slack_user.client.request(NUMBER)
    sent = [asked.input_data["list_info"] for asked in slack_user.asked[LIST]]
    assert ["search_criteria" in one for one in sent] == [True, False, False, False]
    assert [one.get("search_fields") for one in sent[1:]] == [{"display_id": NUMBER}] * 3
    assert [one["start_index"] for one in sent[1:]] == [1, 101, 1]


async def test_words_are_searched_by_search_fields_where_criteria_are_refused(slack_user: Script) -> None:
    refusal = refuses(400, 4001, field="search_criteria")
    slack_user.on(LIST, refusal, refusal, lists("requests", ROW))
    assert [one.number for one in await slack_user.client.search("vpn")] == [NUMBER]
    assert slack_user.asked[LIST][2].input_data["list_info"]["search_fields"] == {"subject": "vpn"}


async def test_words_are_searched_in_the_subject_alone_where_requesters_cannot_be_searched(
    slack_user: Script,
) -> None:
    """The refused way is not tried again."""
    slack_user.on(
        LIST, refuses(400, 4001, field="search_criteria"), lists("requests", ROW), lists("requests", ROW)
    )
    for _search in range(2):
        assert [one.number for one in await slack_user.client.search("vpn")] == [NUMBER]
    sent = [asked.input_data["list_info"]["search_criteria"] for asked in slack_user.asked[LIST]]
    assert ["children" in one for one in sent] == [True, False, False]


async def test_search_that_is_refused_in_both_ways_is_rejected(slack_user: Script) -> None:
    slack_user.on(
        LIST, refuses(400, 4001, field="search_criteria"), refuses(400, 4001, field="search_fields")
    )
    with pytest.raises(Rejected, match="search_fields"):
        await slack_user.client.request(NUMBER)


async def test_forbidden_search_is_not_tried_in_another_way(slack_user: Script) -> None:
    slack_user.on(LIST, refuses(403, 4002))
    with pytest.raises(Rejected):
        await slack_user.client.request(NUMBER)


async def test_number_that_no_page_has_is_given_up(slack_user: Script) -> None:
    other = lists("requests", ROW | {"display_id": "1"}, more=True)
    slack_user.on(LIST, refuses(400, 4001), *[other] * 10)
    with pytest.raises(Unavailable):
        await slack_user.client.request(NUMBER)


async def test_unknown_request_number_is_not_found(slack_user: Script) -> None:
    slack_user.on(LIST, lists("requests"))
    with pytest.raises(NotFound, match=NUMBER):
        await slack_user.client.request(NUMBER)


@pytest.mark.parametrize("gone", [refuses(404, 4007, message="Invalid URL"), refuses(400, 4001, field="id")])
async def test_request_deleted_after_the_search_is_not_found(slack_user: Script, gone: Handler) -> None:
    slack_user.on(LIST, lists("requests", ROW))
    slack_user.on(ONE, gone)
    with pytest.raises(NotFound):
        await slack_user.client.request(NUMBER)


@pytest.mark.parametrize("rows", [[ROW | {"display_id": "1"}], [ROW, ROW | {"display_id": "1"}]])
async def test_search_result_with_another_number_is_refused(slack_user: Script, rows: list[Any]) -> None:
    slack_user.on(LIST, lists("requests", *rows))
    with pytest.raises(Unavailable):
        await slack_user.client.request(NUMBER)


async def test_search_matches_subjects_and_numbers_and_lists_open_requests_first(slack_user: Script) -> None:
    closed = ROW | {"id": "1", "display_id": "7", "status": {"name": "Closed"}}
    slack_user.on(LIST, lists("requests", closed, ROW), lists("requests", closed), lists("requests"))
    found = await slack_user.client.search(" vpn ")
    assert [request.number for request in found] == [NUMBER, "7"]
    assert [request.number for request in await slack_user.client.search("#7", limit=1)] == ["7"]
    assert await slack_user.client.search("") == []
    words, number, nothing = (asked.input_data["list_info"] for asked in slack_user.asked[LIST])
    by_requester = {
        "field": "requester.name",
        "condition": "contains",
        "value": "vpn",
        "logical_operator": "OR",
    }
    assert words["search_criteria"] == {
        "field": "subject",
        "condition": "contains",
        "value": "vpn",
        "children": [by_requester],
    }
    assert number["search_criteria"] == {"field": "display_id", "condition": "is", "value": "7"}
    assert "search_criteria" not in nothing
