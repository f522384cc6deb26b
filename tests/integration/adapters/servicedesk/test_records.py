"""The ServiceDesk Plus client edits notes, and writes, finds and edits worklogs."""

from collections.abc import Awaitable, Callable

import pytest
from support.servicedesk_script import (
    ADD_NOTE,
    ID,
    NOTES,
    Handler,
    Script,
    hangs_up,
    lists,
    refuses,
    says,
    tells,
)

from adapters.servicedesk.errors import AccessRefused
from bot.errors import BotError, OutcomeUnknown, Rejected, Unavailable
from bot.model.ids import Email, EntryId
from bot.ports import Worklog

ADD_WORKLOG = f"POST /requests/{ID}/worklogs"
WORKLOGS = f"GET /requests/{ID}/worklogs"
NOTE, ENTRY = EntryId("216826000006437040"), EntryId("216826000006437050")
EDIT_NOTE = f"PUT /requests/{ID}/notes/{NOTE}"
EDIT_WORKLOG = f"PUT /requests/{ID}/worklogs/{ENTRY}"
WORKLOG = Worklog(Email("tom@example.test"), "Tom Ray", 81, "Remote session. Reference: m4rk")


async def test_new_note_returns_its_id_exactly(slack_user: Script) -> None:
    """It is larger than a float can hold. A response may name none."""
    slack_user.on(
        ADD_NOTE, tells("request_note", id=NOTE), tells("note", id=int(NOTE)), tells("request_note")
    )
    assert [await slack_user.client.add_note(ID, "x") for _note in range(3)] == [NOTE, NOTE, None]


async def test_note_is_edited_and_stays_private(slack_user: Script) -> None:
    slack_user.on(EDIT_NOTE, tells("request_note", id=NOTE))
    await slack_user.client.edit_note(ID, NOTE, "<div>new</div>")
    (asked,) = slack_user.asked[EDIT_NOTE]
    note = asked.input_data["request_note"]
    assert (note["description"], note["show_to_requester"]) == ("<div>new</div>", False)
    assert asked.kind == "application/x-www-form-urlencoded"


async def test_note_without_an_id_in_the_list_counts_neither_as_found_nor_as_absent(
    slack_user: Script,
) -> None:
    slack_user.on(NOTES, lists("notes", {"description": "m4rk"}))
    with pytest.raises(Unavailable):
        await slack_user.client.find_note(ID, "m4rk")


async def test_worklog_has_whole_hours_and_minutes_and_its_owner_by_email(slack_user: Script) -> None:
    slack_user.on(ADD_WORKLOG, tells("worklog", id=ENTRY))
    assert await slack_user.client.add_worklog(ID, WORKLOG) == ENTRY
    (asked,) = slack_user.asked[ADD_WORKLOG]
    assert asked.input_data["worklog"] == {
        "owner": {"email_id": "tom@example.test"},
        "description": WORKLOG.description,
        "time_spent": {"hours": "1", "minutes": "21"},
        "include_nonoperational_hours": True,
        "mark_first_response": False,
    }


async def test_owner_that_is_not_known_by_email_is_named_by_name(slack_user: Script) -> None:
    refused = refuses(400, 4001, field="owner", message="Invalid Input")
    slack_user.on(ADD_WORKLOG, refused, tells("worklog", id=ENTRY), refused, refused)
    assert await slack_user.client.add_worklog(ID, WORKLOG) == ENTRY
    owners = [asked.input_data["worklog"]["owner"] for asked in slack_user.asked[ADD_WORKLOG]]
    assert owners == [{"email_id": "tom@example.test"}, {"name": "Tom Ray"}]
    with pytest.raises(Rejected, match="owner"):
        await slack_user.client.add_worklog(ID, WORKLOG)


@pytest.mark.parametrize(
    ("answers", "error"),
    [
        ([refuses(403, 4002)], Rejected),
        ([refuses(401, 4002), refuses(401, 4002)], AccessRefused),
        ([hangs_up], OutcomeUnknown),
        ([refuses(500, 4004)], OutcomeUnknown),
        ([says(200, "<html>")], OutcomeUnknown),
    ],
    ids=["role", "scope", "no answer", "server error", "sign-in page"],
)
@pytest.mark.parametrize("call", [ADD_WORKLOG, EDIT_WORKLOG, EDIT_NOTE])
async def test_refused_and_unclear_writes_have_their_errors(
    slack_user: Script, call: str, answers: list[Handler], error: type[BotError]
) -> None:
    slack_user.on(call, *answers)
    client = slack_user.client
    writes: dict[str, Callable[[], Awaitable[object]]] = {
        ADD_WORKLOG: lambda: client.add_worklog(ID, WORKLOG),
        EDIT_WORKLOG: lambda: client.edit_worklog(ID, ENTRY, WORKLOG),
        EDIT_NOTE: lambda: client.edit_note(ID, NOTE, "x"),
    }
    with pytest.raises(BotError) as caught:
        await writes[call]()
    assert type(caught.value) is error


async def test_worklog_is_edited_without_its_owner(slack_user: Script) -> None:
    slack_user.on(EDIT_WORKLOG, tells("worklog", id=ENTRY))
    await slack_user.client.edit_worklog(ID, ENTRY, WORKLOG)
    (asked,) = slack_user.asked[EDIT_WORKLOG]
    worklog = asked.input_data["worklog"]
    assert worklog["time_spent"] == {"hours": "1", "minutes": "21"}
    assert "owner" not in worklog


async def test_worklog_is_found_by_its_marker(slack_user: Script) -> None:
    """The list may leave the descriptions out, and a worklog may be gone by the time that it is read."""
    slack_user.on(WORKLOGS, lists("worklogs", {"id": "1", "description": "else"}, {"id": "2"}, {"id": ENTRY}))
    slack_user.on(f"{WORKLOGS}/2", refuses(404, 4007))
    slack_user.on(f"{WORKLOGS}/{ENTRY}", tells("worklog", id=ENTRY, description="is m4rk"))
    assert await slack_user.client.find_worklog(ID, "m4rk") == ENTRY
    slack_user.on(WORKLOGS, lists("worklogs", {"id": "1", "description": "else"}))
    assert await slack_user.client.find_worklog(ID, "m4rk") is None
