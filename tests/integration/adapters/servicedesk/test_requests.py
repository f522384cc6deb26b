"""The ServiceDesk Plus client reads requests and technicians."""

from typing import Any

import pytest
from support.servicedesk_script import ID, NUMBER, TECHNICIANS, TOKEN, Handler, Script, lists, refuses, tells

from bot.errors import NotFound, Unavailable
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
    assert words["search_criteria"] == {"field": "subject", "condition": "contains", "value": "vpn"}
    assert number["search_criteria"] == {"field": "display_id", "condition": "is", "value": "7"}
    assert "search_criteria" not in nothing


async def test_every_page_of_technicians_is_read(slack_user: Script) -> None:
    first = {"id": "1", "name": "Tom Ray", "email_id": "Tom@Example.test"}
    second = {"id": "2", "name": "Ines", "email_id": "ines@example.test", "status": "ACTIVE"}
    gone = [
        {"id": "3", "name": "Old", "email_id": "old@example.test", "status": "INACTIVE"},
        {"id": "4", "name": "No mail"},
    ]
    slack_user.on(TECHNICIANS, lists("technicians", first, more=True), lists("technicians", second, *gone))
    assert await slack_user.client.technicians() == {
        "tom@example.test": "Tom Ray",
        "ines@example.test": "Ines",
    }
    starts = [asked.input_data["list_info"]["start_index"] for asked in slack_user.asked[TECHNICIANS]]
    assert starts == [1, 2]


@pytest.mark.parametrize("again", [[{"id": "1", "email_id": "tom@example.test"}], []])
async def test_endless_technician_list_is_given_up(slack_user: Script, again: list[Any]) -> None:
    first = {"id": "1", "name": "Tom Ray", "email_id": "tom@example.test"}
    slack_user.on(
        TECHNICIANS, lists("technicians", first, more=True), lists("technicians", *again, more=True)
    )
    with pytest.raises(Unavailable):
        await slack_user.client.technicians()
