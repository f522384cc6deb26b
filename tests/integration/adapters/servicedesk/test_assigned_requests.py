"""The ServiceDesk Plus client reads the open requests of one technician, and never those of another."""

from typing import Any

import pytest
from support.servicedesk_script import ID, NUMBER, TECHNICIANS, Script, lists, refuses

from bot.errors import Rejected, Unavailable
from bot.model.ids import Email

LIST = "GET /requests"
TOM = Email("tom@example.test")
TOM_AS_TECHNICIAN = {"id": "7001", "name": "Tom Ray", "email_id": "Tom@Example.test"}
EVE_AS_TECHNICIAN = {"id": "7002", "name": "Tom Ray", "email_id": "eve@example.test"}
WITHOUT_ADDRESS = {"id": "7001", "name": "Tom Ray"}
REFUSED = refuses(400, 4001, message="Unable to parse the search criteria")


def row(number: str = NUMBER, technician: Any = TOM_AS_TECHNICIAN, **fields: Any) -> dict[str, Any]:
    """Return a row of the list of requests."""
    return {
        "id": f"{ID}{number}",
        "display_id": number,
        "subject": "VPN fails",
        "status": {"name": "Open", "internal_name": "Open", "in_progress": True},
        "requester": {"name": "Ann Lee", "email_id": "ann@example.test"},
        "technician": technician,
        **fields,
    }


def criteria_of(script: Script) -> list[Any]:
    """Return the criteria of the searches, as ``field`` or ``field+field of the child``."""
    searched = [asked.input_data["list_info"]["search_criteria"] for asked in script.asked[LIST]]
    return [
        "+".join([one["field"], *(child["field"] for child in one.get("children", []))]) for one in searched
    ]


async def test_open_requests_are_searched_by_the_technicians_address(slack_user: Script) -> None:
    slack_user.on(LIST, lists("requests", row("12"), row("11"), more=True))
    found = await slack_user.client.assigned_requests(TOM)
    assert [(one.number, one.requester.name) for one in found.requests] == [
        ("12", "Ann Lee"),
        ("11", "Ann Lee"),
    ]
    assert found.has_more
    asked = slack_user.asked[LIST][0].input_data["list_info"]
    assert asked["search_criteria"] == {
        "field": "technician.email_id",
        "condition": "is",
        "value": TOM,
        "children": [
            {"field": "status.in_progress", "condition": "is", "value": True, "logical_operator": "AND"}
        ],
    }
    assert (asked["sort_field"], asked["sort_order"]) == ("created_time", "desc")


async def test_closed_request_in_the_answer_is_left_out(slack_user: Script) -> None:
    closed = {"name": "Closed", "internal_name": "Closed", "in_progress": False}
    slack_user.on(LIST, lists("requests", row("12", status=closed), row("11")))
    assert [one.number for one in (await slack_user.client.assigned_requests(TOM)).requests] == ["11"]


@pytest.mark.parametrize("other", [EVE_AS_TECHNICIAN, None])
async def test_answer_with_a_request_of_somebody_else_is_not_believed(slack_user: Script, other: Any) -> None:
    """A portal that ignored the criterion returned any requests: the technician's own may be missing too."""
    slack_user.on(LIST, lists("requests", row("12"), row("11", other)))
    slack_user.on(TECHNICIANS, *[lists("technicians", TOM_AS_TECHNICIAN)] * (other is None))
    with pytest.raises(Unavailable):
        await slack_user.client.assigned_requests(TOM)


async def test_without_the_search_by_status_some_pages_are_read_and_closed_requests_left_out(
    slack_user: Script,
) -> None:
    closed = row("13", status={"name": "Closed", "internal_name": "Closed", "in_progress": False})
    pages = [lists("requests", row("12"), more=True), lists("requests", closed)]
    slack_user.on(LIST, REFUSED, *pages, *pages)
    for _again in range(2):
        found = await slack_user.client.assigned_requests(TOM)
        assert ([one.number for one in found.requests], found.has_more) == (["12"], False)
    # A criterion that was refused is not tried again.
    assert criteria_of(slack_user) == ["technician.email_id+status.in_progress", *["technician.email_id"] * 4]
    assert [one.input_data["list_info"]["start_index"] for one in slack_user.asked[LIST][1:3]] == [1, 101]


async def test_at_most_three_pages_are_read(slack_user: Script) -> None:
    slack_user.on(LIST, REFUSED, *[lists("requests", row("12"), more=True)] * 3)
    assert (await slack_user.client.assigned_requests(TOM)).has_more


async def test_without_the_search_by_address_the_technicians_id_is_looked_up_once(slack_user: Script) -> None:
    slack_user.on(LIST, REFUSED, REFUSED, *[lists("requests", row("12", WITHOUT_ADDRESS))] * 2)
    slack_user.on(TECHNICIANS, lists("technicians", EVE_AS_TECHNICIAN, TOM_AS_TECHNICIAN))
    for _again in range(2):
        found = await slack_user.client.assigned_requests(TOM)
        assert [one.number for one in found.requests] == ["12"]
    assert criteria_of(slack_user)[2:] == ["technician.id+status.in_progress"] * 2
    assert slack_user.asked[LIST][-1].input_data["list_info"]["search_criteria"]["value"] == "7001"


async def test_rows_without_addresses_are_compared_by_the_id(slack_user: Script) -> None:
    slack_user.on(LIST, lists("requests", row("12", WITHOUT_ADDRESS)))
    slack_user.on(TECHNICIANS, lists("technicians", TOM_AS_TECHNICIAN))
    assert [one.number for one in (await slack_user.client.assigned_requests(TOM)).requests] == ["12"]


async def test_row_of_a_namesake_without_an_address_is_not_believed(slack_user: Script) -> None:
    slack_user.on(LIST, lists("requests", row("12", WITHOUT_ADDRESS | {"id": "7002"})))
    slack_user.on(TECHNICIANS, lists("technicians", TOM_AS_TECHNICIAN, EVE_AS_TECHNICIAN))
    with pytest.raises(Unavailable):
        await slack_user.client.assigned_requests(TOM)


async def test_technician_without_an_entry_sees_no_requests(slack_user: Script) -> None:
    slack_user.on(LIST, REFUSED, REFUSED)
    slack_user.on(TECHNICIANS, lists("technicians", EVE_AS_TECHNICIAN))
    with pytest.raises(Rejected, match="does not say which requests"):
        await slack_user.client.assigned_requests(TOM)


async def test_portal_that_refuses_every_search_is_reported(slack_user: Script) -> None:
    slack_user.on(LIST, *[REFUSED] * 4)
    slack_user.on(TECHNICIANS, lists("technicians", TOM_AS_TECHNICIAN))
    with pytest.raises(Rejected, match="refuses to search"):
        await slack_user.client.assigned_requests(TOM)


async def test_id_is_read_from_the_users_where_the_list_of_technicians_is_refused(slack_user: Script) -> None:
    slack_user.on(LIST, REFUSED, REFUSED, lists("requests", row("12")))
    slack_user.on(TECHNICIANS, refuses(400, 4002, message="not allowed"))
    slack_user.on("GET /users", lists("users", TOM_AS_TECHNICIAN))
    assert [one.number for one in (await slack_user.client.assigned_requests(TOM)).requests] == ["12"]
