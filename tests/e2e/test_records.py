"""The end of a session leaves a private note and a worklog on its request: once, and corrected by later reports."""

import aiohttp
import pytest
from support.bot import RunningBot
from support.chat_user import ChatUser
from support.later import expires_in
from support.recorded import end_session, help_requester, make_due, record_actions, record_notes
from support.slack_user import until

from adapters.settings import reveal_setting
from bot.model.audit import Action
from sandbox.faults import Fault

FAILED = "could not write the record of a session"
WRITTEN = "wrote the record of a session after all"


async def test_session_that_nobody_joined_is_recorded_so(connected: ChatUser, bot: RunningBot) -> None:
    """The note is private, names who ended the session, and holds no link. There is no time to log."""
    number, session = await connected.create()
    await end_session(connected, number)
    await bot.settle()
    (note,) = record_notes(connected, number)
    for part in (session.code, "Technician: Tom Ray", "by Tom Ray", "UTC", "Nobody joined"):
        assert part in note.html, part
    assert "E-mail to Ann Lee: sent" in note.html
    assert not note.is_public
    assert "http" not in note.html
    assert connected.environment.servicedesk.worklogs(number) == []


async def test_history_reads_the_missing_report_and_corrects_card_note_and_worklog(
    connected: ChatUser, bot: RunningBot
) -> None:
    """TeamViewer had not reported the connection when the session ended. Whoever looks at the history asks again."""
    number, session = await connected.create()
    await help_requester(connected, number, session, minutes=21)
    card = await end_session(connected, number)
    assert "Connection time: not reported by TeamViewer" in record_notes(connected, number)[0].html
    assert "not reported by TeamViewer" in connected.text(card)
    connected.environment.teamviewer.rate_session(session.code, 4, "Quick help")
    servicedesk = connected.environment.servicedesk
    await connected.ask(f"history {number}", f"Sessions of request #{number}")
    (worklog,) = await until(lambda: servicedesk.worklogs(number))
    await until(lambda: "Connected for 21 min" in record_notes(connected, number)[0].html)
    (note,) = record_notes(connected, number)
    for part in (f"LAPTOP-OF-ANN-{number}", "Requester’s rating: 4", "Requester’s comment: Quick help"):
        assert part in note.html, part
    assert (worklog.owner.email, worklog.minutes) == (connected.technician.email, 21)
    assert session.code in worklog.description
    await until(lambda: connected.card(number, "Connected for 21 min"))
    await connected.ask("history", "Requester’s rating: 4")
    calls = connected.environment.teamviewer.count_calls("reports.connections")
    await connected.ask(f"history {number}", "Connected for 21 min")
    await bot.settle()
    assert connected.environment.teamviewer.count_calls("reports.connections") == calls


@pytest.mark.parametrize("kind", ["unscoped_operations", "forbidden_operations"])
async def test_note_that_may_not_be_edited_is_followed_by_one_that_replaces_it(
    connected: ChatUser, bot: RunningBot, kind: str
) -> None:
    """The client lacks the scope, or the role of its account does not allow it. There is no third note."""
    getattr(connected.environment.servicedesk, kind).add("notes.update")
    number, session = await connected.create()
    await help_requester(connected, number, session, minutes=5)
    card = await end_session(connected, number)
    await connected.press(card, "History")
    await until(lambda: len(record_notes(connected, number)) == 2)
    await connected.type("history")
    await bot.settle()
    first, correction = record_notes(connected, number)
    assert "not reported" in first.html
    assert "This note replaces the earlier one." in correction.html
    assert "Connected for 5 min" in correction.html


async def test_worklog_without_its_scope_is_audited_and_written_once_the_scope_is_there(
    admin: ChatUser, bot: RunningBot
) -> None:
    """The note does not depend on it. Nobody reads that the time was logged before it is."""
    servicedesk = admin.environment.servicedesk
    servicedesk.unscoped_operations.add("worklogs.add")
    number, session = await admin.create()
    await help_requester(admin, number, session, minutes=8)
    await end_session(admin, number)
    await admin.type(f"history {number}")
    await until(lambda: "Connected for 8 min" in record_notes(admin, number)[0].html)
    await bot.settle()
    assert servicedesk.worklogs(number) == []
    assert await record_actions(bot, number) == [Action.RECORD_FAILED]
    await admin.ask("admin audit", FAILED)
    servicedesk.unscoped_operations.clear()
    servicedesk.expire_access_tokens()
    await make_due(bot, number)
    (worklog,) = await until(lambda: servicedesk.worklogs(number))
    assert worklog.minutes == 8
    await bot.settle()
    assert await record_actions(bot, number) == [Action.RECORD_FAILED, Action.RECORD_WRITTEN]
    await admin.ask("admin audit", WRITTEN)


async def test_owner_whose_address_is_not_accepted_is_named_by_name(
    connected: ChatUser, bot: RunningBot
) -> None:
    connected.environment.servicedesk.knows_owners_by_email = False
    number, session = await connected.create()
    await help_requester(connected, number, session, minutes=3)
    await end_session(connected, number)
    await connected.type(f"history {number}")
    (worklog,) = await until(lambda: connected.environment.servicedesk.worklogs(number))
    assert (worklog.owner.name, worklog.minutes) == (connected.technician.name, 3)


@pytest.mark.parametrize(
    "fault",
    [
        Fault.DROP_AFTER_COMMIT,
        Fault.SERVER_ERROR,
        *(pytest.param(one, marks=pytest.mark.long) for one in (Fault.DROP, Fault.HTML)),
    ],
)
@pytest.mark.parametrize("operation", ["notes.add", "notes.update", "worklogs.add"])
async def test_entry_with_an_unclear_outcome_is_written_once(
    connected: ChatUser, bot: RunningBot, operation: str, fault: Fault, quick_retries: None
) -> None:
    """It is looked for before another try."""
    number, session = await connected.create()
    await help_requester(connected, number, session, minutes=4)
    faults, servicedesk = connected.environment.servicedesk.faults, connected.environment.servicedesk
    faults.plan(operation, fault)
    await end_session(connected, number)
    await connected.type(f"history {number}")
    await until(lambda: servicedesk.worklogs(number))
    await until(lambda: "Connected for 4 min" in record_notes(connected, number)[0].html)
    await bot.settle()
    assert (operation, fault) in faults.injected
    assert len(record_notes(connected, number)) == 1
    assert [worklog.minutes for worklog in servicedesk.worklogs(number)] == [4]


@pytest.mark.parametrize("takes_no_more", [False, True], ids=["takes notes", "takes none"])
async def test_session_of_a_closed_request_is_recorded_as_far_as_the_request_takes_notes(
    admin: ChatUser, bot: RunningBot, *, takes_no_more: bool
) -> None:
    """Whether a closed request takes notes is not documented. Where it takes none, the audit log says so."""
    servicedesk = admin.environment.servicedesk
    servicedesk.finishes_requests = takes_no_more
    number, _session = await admin.create()
    servicedesk.set_status(number, "Closed")
    url = f"{bot.bot.settings.public_url}/hooks/servicedesk"
    headers = {"X-TVBot-Secret": reveal_setting(bot.bot.settings.servicedesk_hook_secret).reveal()}
    body = {"event": "request_closed", "request_id": servicedesk.requests[number].id}
    async with aiohttp.ClientSession() as http, http.post(url, json=body, headers=headers) as response:
        assert response.status == 202
    await until(lambda: admin.card(number, "Ended by ServiceDesk Plus"))
    await bot.settle()
    notes = record_notes(admin, number)
    if takes_no_more:
        assert notes == []
        await admin.ask("admin audit", FAILED)
    else:
        assert "because the request was closed" in notes[0].html


async def test_session_that_expires_while_the_integration_is_off_is_recorded_once_it_is_on(
    admin: ChatUser, bot: RunningBot
) -> None:
    """Nothing reaches ServiceDesk Plus meanwhile."""
    number, _session = await admin.create()
    await admin.ask("admin disable", "integration is switched off")
    await bot.settle()
    calls = len(admin.environment.servicedesk.calls)
    await expires_in(bot, number, seconds=-1)
    await until(lambda: admin.card(number, "Expired"))
    await bot.settle()
    assert len(admin.environment.servicedesk.calls) == calls
    await admin.ask("admin enable", "Every technician can use it")
    (note,) = await until(lambda: record_notes(admin, number))
    assert "Expired" in note.html


async def test_session_that_teamviewer_closed_is_recorded(connected: ChatUser) -> None:
    number, session = await connected.create()
    connected.environment.teamviewer.close_session(session.code)
    (note,) = await until(lambda: record_notes(connected, number))
    assert "at TeamViewer" in note.html
