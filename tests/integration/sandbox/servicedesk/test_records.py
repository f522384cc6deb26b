"""Edits of notes and worklogs at the simulated ServiceDesk Plus, and each of its options for them."""

import pytest
from support.servicedesk_caller import Caller, refusal

OWNER = {"email_id": "tom@example.test"}


def time_spent(minutes: int) -> dict[str, object]:
    return {"time_spent": {"hours": "0", "minutes": str(minutes)}}


async def add_note(caller: Caller, request_id: str) -> str:
    _, added = await caller.post(f"/requests/{request_id}/notes", request_note={"description": "first"})
    return str(added["request_note"]["id"])


async def add_worklog(caller: Caller, request_id: str) -> str:
    worklog = {"owner": OWNER, "description": "first", **time_spent(5)}
    _, added = await caller.post(f"/requests/{request_id}/worklogs", worklog=worklog)
    return str(added["worklog"]["id"])


async def test_note_is_edited(caller: Caller, request_id: str) -> None:
    """It stays the same note, says when it was edited, and keeps what the edit does not name."""
    path = f"/requests/{request_id}/notes/{await add_note(caller, request_id)}"
    status, edited = await caller.put(path, request_note={"description": "second"})
    assert (status, edited["request_note"]["description"]) == (200, "second")
    assert edited["request_note"]["last_updated_time"] is not None
    assert (await caller.put(path, request_note={"show_to_requester": True}))[0] == 200
    (note,) = caller.servicedesk.notes("101")
    assert (note.html, note.is_public) == ("second", True)
    assert refusal(await caller.put(path, request_note={"description": ""})) == (400, 4012, ["description"])
    assert refusal(await caller.put(path, note={"description": "x"})) == (400, 4001, "note")
    assert refusal(await caller.put(f"{path}0", request_note={"description": "x"}))[:2] == (404, 4007)


async def test_worklog_is_listed_fetched_and_edited(caller: Caller, request_id: str) -> None:
    worklog_id = await add_worklog(caller, request_id)
    path = f"/requests/{request_id}/worklogs"
    _, listed = await caller.get(path)
    assert [row["description"] for row in listed["worklogs"]] == ["first"]
    status, edited = await caller.put(
        f"{path}/{worklog_id}", worklog={"description": "second", **time_spent(9)}
    )
    assert (status, edited["worklog"]["time_spent"]["minutes"]) == (200, "9")
    _, fetched = await caller.get(f"{path}/{worklog_id}")
    assert (fetched["worklog"]["description"], fetched["worklog"]["owner"]["name"]) == ("second", "Tom Ray")
    account = {"name": "Service Desk API"}
    assert (await caller.put(f"{path}/{worklog_id}", worklog={"owner": account}))[0] == 200
    (worklog,) = caller.servicedesk.worklogs("101")
    assert (worklog.minutes, worklog.owner.name) == (9, "Service Desk API")
    assert refusal(await caller.get(f"{path}/1"))[:2] == (404, 4007)
    assert refusal(await caller.put(f"{path}/1", worklog={}))[:2] == (404, 4007)


async def test_list_of_worklogs_may_leave_the_descriptions_out(caller: Caller, request_id: str) -> None:
    caller.servicedesk.lists_worklog_texts = False
    await add_worklog(caller, request_id)
    _, listed = await caller.get(f"/requests/{request_id}/worklogs")
    assert "description" not in listed["worklogs"][0]


async def test_owner_may_have_to_be_named_by_name(caller: Caller, request_id: str) -> None:
    caller.servicedesk.knows_owners_by_email = False
    path = f"/requests/{request_id}/worklogs"
    by_email = {"owner": OWNER, **time_spent(5)}
    assert refusal(await caller.post(path, worklog=by_email)) == (400, 4001, "owner")
    by_name = {"owner": {"name": "Tom Ray"}, **time_spent(5)}
    assert (await caller.post(path, worklog=by_name))[0] == 200


@pytest.mark.parametrize("is_finished", [True, False])
async def test_finished_request_may_take_no_more_entries(
    caller: Caller, request_id: str, *, is_finished: bool
) -> None:
    note_id, worklog_id = await add_note(caller, request_id), await add_worklog(caller, request_id)
    caller.servicedesk.finishes_requests = is_finished
    caller.servicedesk.set_status("101", "Closed")
    path = f"/requests/{request_id}"
    note, worklog = {"description": "x"}, {"owner": OWNER, **time_spent(5)}
    responses = [
        await caller.post(f"{path}/notes", request_note=note),
        await caller.put(f"{path}/notes/{note_id}", request_note=note),
        await caller.post(f"{path}/worklogs", worklog=worklog),
        await caller.put(f"{path}/worklogs/{worklog_id}", worklog=worklog),
    ]
    assert [status for status, _body in responses] == [400 if is_finished else 200] * 4
    if is_finished:
        assert {refusal(response)[1] for response in responses} == {4001}
    caller.servicedesk.set_status("101", "Open")
    assert (await caller.post(f"{path}/notes", request_note=note))[0] == 200


async def test_single_operations_can_lack_their_scope_or_be_forbidden(
    caller: Caller, request_id: str
) -> None:
    note_id = await add_note(caller, request_id)
    caller.servicedesk.unscoped_operations.add("notes.update")
    caller.servicedesk.forbidden_operations.add("worklogs.add")
    path = f"/requests/{request_id}"
    edited = await caller.put(f"{path}/notes/{note_id}", request_note={"description": "x"})
    assert refusal(edited)[:2] == (401, 4002)
    added = await caller.post(f"{path}/worklogs", worklog={"owner": OWNER, **time_spent(5)})
    assert refusal(added)[:2] == (403, 4002)
    assert (await caller.post(f"{path}/notes", request_note={"description": "x"}))[0] == 200


async def test_page_of_a_request_shows_its_worklogs(caller: Caller, request_id: str) -> None:
    await add_worklog(caller, request_id)
    url = f"{caller.servicedesk.web_url}/app/itdesk/ui/requests/{request_id}/details"
    async with caller.http.get(url) as response:
        page = await response.text()
    assert "Worklogs" in page
    assert "0:05 h" in page
