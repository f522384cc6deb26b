"""Requests, technicians and users in the simulated ServiceDesk Plus: lists, pages and search criteria."""

from typing import Any

import pytest
from support.servicedesk_caller import ANN, Caller, Clock, refusal


async def test_request_is_searched_by_number_and_fetched_by_long_id(caller: Caller, request_id: str) -> None:
    """``response_status`` is an array in a list and an object for one request. The id is too long for a float."""
    assert len(request_id) == 18
    assert int(float(request_id)) != int(request_id)
    criterion = {"field": "display_id", "condition": "is", "value": "101"}
    sent = {"row_count": 1, "search_criteria": criterion, "fields_required": ["id", "display_id"]}
    _, found = await caller.get("/requests", list_info=sent)
    assert found["requests"] == [{"id": request_id, "display_id": "101"}]
    assert found["response_status"] == [{"status_code": 2000, "status": "success"}]
    _, body = await caller.get(f"/requests/{request_id}")
    assert body["response_status"] == {"status_code": 2000, "status": "success"}
    assert body["request"]["requester"]["mobile"] == "+33612345678"
    assert body["request"]["technician"]["email_id"] == "tom@example.test"
    assert body["request"]["created_time"] == {
        "display_value": "Jan 9, 2026 10:02 AM",
        "value": "1767952920000",
    }
    assert refusal(await caller.get("/requests/101"))[:2] == (404, 4007), "the number is no id"


async def test_list_is_paged_with_10_rows_by_default(caller: Caller) -> None:
    """A page has at most 100 rows, and ``total_count`` only on request."""
    for number in range(1, 26):
        caller.servicedesk.add_request(str(number), f"Case {number}", "Ann Lee", ANN)
    _, first = await caller.get("/requests")
    assert first["list_info"] == {"has_more_rows": True, "row_count": 10, "start_index": 1}
    last = {
        "row_count": 20,
        "start_index": 21,
        "get_total_count": True,
        "sort_field": "display_id",
        "sort_order": "desc",
    }
    _, rest = await caller.get("/requests", list_info=last)
    assert [row["display_id"] for row in rest["requests"]] == ["5", "4", "3", "2", "1"]
    assert rest["list_info"]["has_more_rows"] is False
    assert rest["list_info"]["total_count"] == 25
    _, page = await caller.get("/requests", list_info={"row_count": 10, "page": 3})
    assert page["list_info"]["start_index"] == 21


@pytest.mark.usefixtures("request_id")
@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ({"list_info": {"row_count": 101}}, (400, 4001, "row_count")),
        ({"list_info": {"rows": 5}}, (400, 4001, "rows")),
        ({"list_info": {"sort_field": "colour"}}, (400, 4001, "sort_field")),
        ({"list_info": {"fields_required": ["colour"]}}, (400, 4001, "colour")),
        (
            {"list_info": {"search_criteria": {"field": "colour", "condition": "is", "value": "x"}}},
            (400, 4001, "colour"),
        ),
        (
            {"list_info": {"search_criteria": {"field": "id", "condition": "less than", "value": "1"}}},
            (400, 4001, "condition"),
        ),
        (
            {"list_info": {"search_criteria": [{"field": "id", "condition": "is", "value": "1"}]}},
            (400, 4001, "search_criteria"),
        ),
        (
            {"list_info": {"search_criteria": {"field": "subject", "condition": "gt", "value": "1"}}},
            (400, 4021, "value"),
        ),
        ({"list_info": []}, (400, 4021, "list_info")),
    ],
)
@pytest.mark.usefixtures("request_id")
async def test_invalid_list_parameter_is_refused(
    caller: Caller, sent: dict[str, Any], expected: tuple[int, int, str]
) -> None:
    """The error names the parameter."""
    assert refusal(await caller.get("/requests", **sent)) == expected


async def test_search_criteria_match_by_operator_path_and_children(caller: Caller, clock: Clock) -> None:
    """Names compare in any case. No value asks for empty fields."""
    for number, subject, status in [
        ("1", "VPN fails", "Open"),
        ("2", "Mail fails", "On Hold"),
        ("3", "VPN slow", "Closed"),
    ]:
        caller.servicedesk.add_request(number, subject, "Ann Lee", f"ann{number}@example.test", status=status)
        clock.forward(minutes=1)
    caller.servicedesk.add_request("4", "Printer", "Ann Lee", ANN, technician="tom@example.test")
    assert await caller.numbers(field="status.name", condition="is", value="open") == ["1", "4"]
    assert await caller.numbers(field="status.in_progress", condition="is", value=False) == ["3"]
    assert await caller.numbers(field="display_id", condition="is", values=["2", "3"]) == ["2", "3"]
    assert await caller.numbers(field="display_id", condition="not between", values=["2", "3"]) == ["1", "4"]
    assert await caller.numbers(field="requester.email_id", condition="neq", value=ANN) == ["1", "2", "3"]
    assert await caller.numbers(field="technician", condition="is") == ["1", "2", "3"]
    assert await caller.numbers(field="technician.name", condition="starts with", value="TOM") == ["4"]
    assert await caller.numbers(field="created_time", condition="gte", value="1767953040000") == ["3", "4"]
    assert await caller.numbers(field="created_time", condition="lesser than", value="1767953040000") == [
        "1",
        "2",
    ]
    children = [
        {"field": "subject", "condition": "contains", "value": "vpn", "logical_operator": "OR"},
        {"field": "subject", "condition": "ends with", "value": "slow", "logical_operator": "AND"},
    ]
    found = await caller.numbers(field="display_id", condition="is", value="2", children=children)
    assert found == ["2", "3"], "A or (B and C)"


@pytest.mark.usefixtures("request_id")
async def test_removed_technician_is_not_listed_and_user_list_may_be_missing(caller: Caller) -> None:
    """Some tenants have no list of users."""
    added = caller.servicedesk.add_technician("Ines Moreau", "ines@example.test")
    _, body = await caller.get("/technicians", list_info={"fields_required": ["id", "name", "email_id"]})
    assert body["technicians"][1] == {name: added[name] for name in ("id", "name", "email_id")}
    caller.servicedesk.remove_technician("INES@example.test")
    _, body = await caller.get("/technicians")
    assert [one["name"] for one in body["technicians"]] == ["Tom Ray"]
    criterion = {"field": "email_id", "condition": "is", "value": ANN}
    _, body = await caller.get("/users", list_info={"search_criteria": criterion})
    assert [one["is_technician"] for one in body["users"]] == [False]
    caller.servicedesk.has_users = False
    assert refusal(await caller.get("/users"))[:2] == (404, 4007)


async def test_search_fields_find_a_part_of_a_text(caller: Caller) -> None:
    """As in the columns of a list. Several fields must all fit."""
    for number, subject in (("12", "VPN fails"), ("112", "Printer"), ("7", "VPN slow")):
        caller.servicedesk.add_request(number, subject, "Ann Lee", ANN)

    async def find(**search_fields: str) -> list[str]:
        _, found = await caller.get("/requests", list_info={"search_fields": search_fields})
        return [row["display_id"] for row in found["requests"]]

    assert await find(display_id="12") == ["12", "112"]
    assert await find(display_id="12", subject="vpn") == ["12"]
    assert await find(subject="x") == []


@pytest.mark.usefixtures("request_id")
async def test_search_can_be_refused_by_field(caller: Caller) -> None:
    """One portal may refuse criteria for the display number, another one the search fields."""
    by_criterion = {"search_criteria": {"field": "display_id", "condition": "is", "value": "101"}}
    by_field = {"search_fields": {"display_id": "101"}}
    caller.servicedesk.refused_criteria = {"display_id"}
    assert refusal(await caller.get("/requests", list_info=by_criterion)) == (400, 4001, "search_criteria")
    assert (await caller.get("/requests", list_info=by_field))[0] == 200
    caller.servicedesk.reset_behaviour()
    caller.servicedesk.refused_search_fields = {"display_id"}
    assert refusal(await caller.get("/requests", list_info=by_field)) == (400, 4001, "search_fields")
    assert (await caller.get("/requests", list_info=by_criterion))[0] == 200
    assert refusal(await caller.get("/requests", list_info={"search_fields": {"colour": "x"}})) == (
        400,
        4001,
        "colour",
    )
    assert refusal(await caller.get("/requests", list_info={"search_fields": ["x"]})) == (
        400,
        4021,
        "search_fields",
    )


@pytest.mark.parametrize(("lists", "reads"), [(False, True), (True, False)])
async def test_request_in_the_trash_is_listed_and_read_as_the_portal_is_set(
    caller: Caller, request_id: str, *, lists: bool, reads: bool
) -> None:
    caller.servicedesk.set_trashed("101")
    caller.servicedesk.lists_trashed, caller.servicedesk.reads_trashed = lists, reads
    _, found = await caller.get("/requests")
    assert len(found["requests"]) == lists
    status, body = await caller.get(f"/requests/{request_id}")
    assert status == (200 if reads else 404)
    if reads:
        assert (body["request"]["is_trashed"], body["request"]["deleted_time"] is None) == (True, False)


@pytest.mark.parametrize("fields", [None, (), ("name",), ("internal_name", "in_progress")])
async def test_status_has_the_fields_that_the_portal_is_set_to(
    caller: Caller, request_id: str, fields: tuple[str, ...] | None
) -> None:
    caller.servicedesk.status_fields = fields
    caller.servicedesk.set_status("101", "On Hold")
    values = {"name": "On Hold", "internal_name": "Onhold", "in_progress": True}
    _, body = await caller.get(f"/requests/{request_id}")
    expected = None if fields is None else {name: values[name] for name in fields}
    assert body["request"]["status"] == expected


async def test_request_may_have_no_requester_and_a_requester_no_address(caller: Caller) -> None:
    nobody = caller.servicedesk.add_request("8", "By phone", None, None)
    _, body = await caller.get(f"/requests/{nobody}")
    assert body["request"]["requester"] is None
    walk_in = caller.servicedesk.add_request("9", "At the desk", "Walter Inn", None)
    _, body = await caller.get(f"/requests/{walk_in}")
    requester = body["request"]["requester"]
    assert (requester["name"], requester["email_id"], requester["mobile"]) == ("Walter Inn", None, None)


async def test_users_are_marked_as_technicians_unless_the_portal_does_not_say(caller: Caller) -> None:
    criterion = {"field": "is_technician", "condition": "is", "value": True}
    caller.servicedesk.add_request("8", "VPN fails", "Ann Lee", ANN)
    _, found = await caller.get("/users", list_info={"search_criteria": criterion})
    assert [row["name"] for row in found["users"]] == ["Tom Ray"]
    caller.servicedesk.marks_technicians = False
    _, found = await caller.get("/users")
    assert ["is_technician" in row for row in found["users"]] == [False, False]
    assert refusal(await caller.get("/users", list_info={"search_criteria": criterion}))[0] == 400
