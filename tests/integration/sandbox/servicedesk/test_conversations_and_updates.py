"""Writes to the simulated ServiceDesk Plus: notes, replies, worklogs and status changes."""

import json
from typing import Any

import pytest
from support.servicedesk_caller import ANN, Caller, refusal, reply


async def test_note_is_added_listed_and_fetched(caller: Caller, request_id: str) -> None:
    """A list omits the text unless it is requested. A note sends no mail."""
    path = f"/requests/{request_id}/notes"
    caller.servicedesk.reply_status = 201
    status, added = await caller.post(
        path, request_note={"description": "<b>Done</b>", "show_to_requester": False}
    )
    assert status == 201
    note_id = added["request_note"]["id"]
    _, listed = await caller.get(path)
    assert "description" not in listed["notes"][0]
    _, listed = await caller.get(path, list_info={"fields_required": ["id", "description"]})
    assert listed["notes"] == [{"id": note_id, "description": "<b>Done</b>"}]
    assert (await caller.get(f"{path}/{note_id}"))[1]["note"]["show_to_requester"] is False
    assert refusal(await caller.get(f"{path}/99"))[:2] == (404, 4007)
    assert (await caller.get(f"/requests/{request_id}"))[1]["request"]["has_notes"] is True
    (note,) = caller.servicedesk.notes("101")
    assert (note.type, note.html, note.is_public) == ("NOTES", "<b>Done</b>", False)
    assert caller.servicedesk._mailbox is not None
    assert caller.servicedesk._mailbox.messages == []


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ({"note": {"description": "x"}}, (400, 4001, "note")),
        ({"request_note": {"description": "x"}, "list_info": {}}, (400, 4001, "list_info")),
        ({"request_note": {"description": "x", "is_public": True}}, (400, 4001, "is_public")),
        ({"request_note": {"description": ""}}, (400, 4012, ["description"])),
        ({"request_note": {"description": "x", "show_to_requester": "no"}}, (400, 4021, "show_to_requester")),
        ({}, (400, 4012, ["request_note"])),
    ],
)
async def test_invalid_note_is_refused(
    caller: Caller, request_id: str, sent: dict[str, Any], expected: tuple[int, int, object]
) -> None:
    """The error names the field."""
    status, body = await caller.post(f"/requests/{request_id}/notes", **sent)
    assert refusal((status, body)) == expected
    is_extra = body["response_status"]["messages"][0].get("message") == "EXTRA_KEY_FOUND_IN_JSON"
    assert is_extra == (expected[1] == 4001)
    assert caller.servicedesk.notes("101") == []


async def test_input_data_of_a_write_must_be_in_the_form(caller: Caller, request_id: str) -> None:
    """The query and a JSON body are refused."""
    sent = {"input_data": json.dumps({"request_note": {"description": "x"}})}
    url = f"{caller.servicedesk.api_url}/api/v3/requests/{request_id}/notes"
    async with caller.http.post(url, headers=caller.headers, params=sent) as response:
        assert response.status == 400
    async with caller.http.post(url, headers=caller.headers, json=json.loads(sent["input_data"])) as response:
        assert response.status == 400
    assert caller.servicedesk.notes("101") == []


async def test_reply_is_mailed_and_listed_in_conversation(caller: Caller, request_id: str) -> None:
    """The list omits the text of a mail. It is fetched by id."""
    path = f"/requests/{request_id}/notifications"
    status, added = await caller.post(path, notification=reply(request_id, cc=["boss@example.test"]))
    assert (status, added["response_status"]["status_code"]) == (200, 2000)
    await caller.post(f"/requests/{request_id}/notes", request_note={"description": "mailed"})
    fields = ["id", "type", "description"]
    _, listed = await caller.get(
        f"/requests/{request_id}/conversations", list_info={"fields_required": fields}
    )
    mail_row, note_row = listed["conversations"]
    assert mail_row == {"id": added["notification"]["id"], "type": "REQREPLY"}
    assert (note_row["type"], note_row["description"]) == ("NOTES", "mailed")
    _, read = await caller.get(f"{path}/{mail_row['id']}")
    assert "join/x" in read["notification"]["description"]
    assert caller.servicedesk._mailbox is not None
    (mail,) = caller.servicedesk._mailbox.messages_to(ANN)
    assert caller.servicedesk._mailbox.messages_to("boss@example.test") == [mail]
    assert (mail.via, mail.sender) == ("reply", "itdesk@servicedesk.test")
    assert "https://example.test/join/x" in mail.text.split()
    assert [entry.author for entry in caller.servicedesk.replies("101")] == ["Service Desk API"]
    assert [entry.type for entry in caller.servicedesk.conversation("101")] == ["REQREPLY", "NOTES"]


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"to": []}, (400, 4012, ["to"])),
        ({"to": ANN}, (400, 4021, "to")),
        ({"to": [{"email_id": ANN}]}, (400, 4021, "to")),
        ({"to": ["Ann <ann@example.test>"]}, (400, 4001, "to")),
        ({"type": "REPLY"}, (400, 4001, "type")),
        ({"in_reply_to": {"id": "101"}}, (400, 4001, "in_reply_to")),
        ({"in_reply_to": None}, (400, 4012, ["in_reply_to"])),
        ({"body": "x"}, (400, 4001, "body")),
    ],
)
async def test_invalid_reply_is_refused(
    caller: Caller, request_id: str, changed: dict[str, Any], expected: tuple[int, int, object]
) -> None:
    """No mail is sent."""
    sent = reply(request_id, **changed)
    assert refusal(await caller.post(f"/requests/{request_id}/notifications", notification=sent)) == expected
    assert caller.servicedesk.replies("101") == []


async def test_refused_replies_are_announced_by_links(caller: Caller, request_id: str) -> None:
    """``_links`` omits the action that would fail."""
    path = f"/requests/{request_id}/notifications"
    links = {"operations_required": ["add"]}
    assert (await caller.get(f"{path}/_links", **links))[1]["_links"] == [{"name": "add", "method": "post"}]
    caller.servicedesk.refuse_replies = True
    assert (await caller.get(f"{path}/_links", **links))[1]["_links"] == []
    assert refusal(await caller.post(path, notification=reply(request_id)))[:2] == (403, 4002)
    assert caller.servicedesk.replies("101") == []


async def test_worklog_without_owner_or_with_negative_time_is_refused(
    caller: Caller, request_id: str
) -> None:
    """Start and end give the time spent."""
    path, owner = f"/requests/{request_id}/worklogs", {"email_id": "tom@example.test"}
    start, end = {"value": "1767952920000"}, {"value": "1767954180000"}
    assert refusal(await caller.post(path, worklog={"description": "x"})) == (400, 4012, ["owner"])
    assert refusal(await caller.post(path, worklog={"owner": {"email_id": ANN}})) == (400, 4001, "owner")
    backwards = {"owner": owner, "start_time": end, "end_time": start}
    assert refusal(await caller.post(path, worklog=backwards))[:2] == (400, 4016)
    _, added = await caller.post(path, worklog={"owner": owner, "start_time": start, "end_time": end})
    assert added["worklog"]["time_spent"]["minutes"] == "21"
    (worklog,) = caller.servicedesk.requests["101"].worklogs
    assert worklog.owner.name == "Tom Ray"


async def test_status_change_updates_in_progress(caller: Caller, request_id: str) -> None:
    """By the API or by ``set_status``."""
    for name, in_progress in [
        ("On Hold", True),
        ("In Progress", True),
        ("Resolved", False),
        ("Cancelled", False),
    ]:
        caller.servicedesk.set_status("101", name)
        _, body = await caller.get(f"/requests/{request_id}")
        assert (body["request"]["status"]["name"], body["request"]["status"]["in_progress"]) == (
            name,
            in_progress,
        )
    _, body = await caller.put(
        f"/requests/{request_id}", request={"status": {"name": "closed"}, "technician": None}
    )
    assert caller.servicedesk.request_json("101") == body["request"]
    assert (body["request"]["status"]["in_progress"], body["request"]["technician"]) == (False, None)
    unknown = {"status": {"name": "Lost"}}
    assert refusal(await caller.put(f"/requests/{request_id}", request=unknown)) == (400, 4001, "status")


@pytest.mark.parametrize(
    ("way", "status"), [("forbidden", 403), ("unknown_path", 404), ("invalid", 400), ("page", 400)]
)
async def test_replies_are_refused_in_the_way_that_the_portal_is_set_to(
    caller: Caller, request_id: str, way: Any, status: int
) -> None:
    caller.servicedesk.refuse_replies, caller.servicedesk.reply_refusal = True, way
    answered, body = await caller.post(
        f"/requests/{request_id}/notifications", notification=reply(request_id)
    )
    assert (answered, isinstance(body, str)) == (status, way == "page")
    assert caller.servicedesk.replies("101") == []


@pytest.mark.parametrize("key", ["in_reply_to", "cc", "subject", "is_public"])
async def test_key_that_the_portal_does_not_know_is_refused_by_its_name(
    caller: Caller, request_id: str, key: str
) -> None:
    """Without it the reply is sent."""
    caller.servicedesk.refused_reply_fields = {key}
    sent = reply(request_id, cc=[])
    path = f"/requests/{request_id}/notifications"
    assert refusal(await caller.post(path, notification=sent)) == (400, 4001, key)
    del sent[key]
    assert (await caller.post(path, notification=sent))[0] == 200
    assert len(caller.servicedesk.replies("101")) == 1


@pytest.mark.parametrize("mails", [False, True])
async def test_public_note_is_mailed_only_where_the_portal_is_set_to_it(
    caller: Caller, request_id: str, *, mails: bool
) -> None:
    """A private note never is."""
    caller.servicedesk.mails_public_notes = mails
    for is_public in (True, False):
        note = {"description": "x", "show_to_requester": is_public}
        await caller.post(f"/requests/{request_id}/notes", request_note=note)
    assert caller.servicedesk._mailbox is not None
    assert len(caller.servicedesk._mailbox.messages_to(ANN)) == mails
