"""The commands that only read: help, status, list, history, show, home."""

from collections.abc import Sequence
from functools import lru_cache

from bot import access, jobs
from bot.command_row import OPTIONS
from bot.command_syntax import COMMAND_TABLE, find_row
from bot.commands import (
    Auth,
    Help,
    History,
    ListOpen,
    OnSession,
    OpenForm,
    Show,
    ShowCard,
    ShowHome,
    Verb,
)
from bot.errors import Misunderstood, NotFound
from bot.i18n import Text, Words, _
from bot.model.card import Audience
from bot.model.listed_session import ListedSession
from bot.model.session import Session
from bot.model.switches import Switches
from bot.model.technician import Technician
from bot.unit_of_work import Transaction
from bot.use_cases.context import CommandContext
from bot.use_cases.integration_off import integration_off
from bot.values import replace
from bot.views.invitation import entered_line
from bot.views.pages import HelpPage, Message, SessionList, StatusPage, View
from bot.views.parts import Button, Style, Tone
from bot.views.plan import planned_notes
from bot.views.session import SessionCard, SessionRow, make_open_row, make_session_card, make_session_row
from bot.views.welcome import greeting
from bot.views.wording import disconnect_button, notify_button
from bot.words_to_type import HELP

PAGE = 10
"""Sessions on a page of history."""
_MOST_HELP_PAGES = 64
"""Pages of help that stay in memory: more than there are commands."""
_MOST_ROWS = 1024
"""Rows of open sessions that stay in memory: most are the same when their reader asks again."""


@lru_cache(maxsize=_MOST_HELP_PAGES)
def show_help(command: Help) -> HelpPage:
    """List the commands, or explain one of them. Raises Misunderstood."""
    if command.word is None:
        return HelpPage(
            _("Commands"),
            tuple((row.example, row.summary) for row in COMMAND_TABLE.values()),
            _("To see the options of one command, type {words}.", words=COMMAND_TABLE["help"].example),
        )
    row = find_row(command.word)
    if row is None:
        raise Misunderstood(
            _(
                "Unknown command “{word}”. Type {words} to see all commands.",
                word=command.word[:40],
                words=HELP,
            )
        )
    first, *more = row.examples
    return HelpPage(
        _("How to use it"),
        ((Words(first), row.summary), *((Words(one), None) for one in more)),
        _("123 is the number of a request, as ServiceDesk Plus shows it."),
        tuple((f"--{name}", OPTIONS[name]) for name in row.options),
    )


async def greet(context: CommandContext) -> Message:
    """Say what the bot does, with buttons for what the sender can do first."""
    status = await context.tx.people.status_of(context.by.email)
    begin = (
        Button(_("New session"), OpenForm(), Style.PRIMARY)
        if status.connection
        else Button(_("Connect TeamViewer"), Auth(), Style.PRIMARY)
    )
    buttons = [begin, Button(_("Overview"), ShowHome()), Button(_("Help"), Help())]
    return greeting(buttons, is_connected=status.connection is not None)


async def show_own_status(context: CommandContext) -> StatusPage:
    """Show the sender's status. An SDAdmin can switch the integration on there, while it is off."""
    page = await show_status(context.by, context.switches, context.tx)
    if context.switches.integration:
        return page
    return replace(page, buttons=[*integration_off(context).buttons, *page.buttons])


async def show_status(technician: Technician, switches: Switches, tx: Transaction) -> StatusPage:
    """Show whether everything is switched on, and which account a technician has connected."""
    status = await tx.people.status_of(technician.email)
    notify = notify_button(wants_pings=status.wants_pings)
    buttons = (
        [notify, disconnect_button(status.open_sessions)]
        if status.connection
        else [Button(_("Connect TeamViewer"), Auth(), Style.PRIMARY), notify]
    )
    return StatusPage(
        technician=technician,
        switches=switches,
        connection=status.connection,
        open_sessions=status.open_sessions,
        wants_pings=status.wants_pings,
        planned=status.planned,
        buttons=buttons,
    )


async def list_open_sessions(command: ListOpen, context: CommandContext) -> SessionList:
    """List the sender's open sessions, page by page."""
    found = await context.tx.sessions.listed_open(
        context.by.email, limit=PAGE + 1, skipped=(command.page - 1) * PAGE
    )
    older = Button(_("Older"), ListOpen(command.page + 1))
    planned = await context.tx.plans.planned_by(context.by.email, limit=PAGE) if command.page == 1 else []
    # Few people are invited to more sessions than fit on the first page.
    invited = await _rows_of_invitations(context) if command.page == 1 else []
    page = SessionList(
        _("Your open sessions"),
        [*(_row_to_enter(one) for one in found[:PAGE]), *invited],
        _("You have no open session. To create one, type for example {words}.", words=Words(_("create 123"))),
        [older] if len(found) > PAGE else [],
        notes=planned_notes(planned),
        is_personal=True,
    )
    return _with_integration_off(page, context)


@lru_cache(maxsize=_MOST_ROWS)
def _row_to_enter(session: ListedSession) -> SessionRow:
    """Return the row of an open session, with a button to enter it if that is possible."""
    enter = Button(_("Enter"), OnSession(Verb.ENTER, session.id), Style.PRIMARY)
    return make_open_row(session, buttons=(enter,) if session.is_usable else ())


async def _rows_of_invitations(context: CommandContext) -> list[SessionRow]:
    """Return the open sessions that the sender is invited to, each with who invited them."""
    rows = []
    for session, invitation in await context.tx.invitations.open_of(context.by.email, limit=PAGE):
        if session.is_usable:
            by = _("{name} invites you to this session.", name=invitation.invited_by_name)
            rows.append(replace(_row_to_enter(session), outcome=[by]))
    return rows


async def list_history(command: History, context: CommandContext) -> SessionList:
    """List sessions of a request, of another technician (for SDAdmins), or the sender's own, page by page.

    The missing reports of those sessions are read in the background. Raises NotAllowed.
    """
    by, tx = context.by, context.tx
    if command.of is not None and command.of != by.email:
        access.require_admin(by)
    whose = command.of or (None if command.number else by.email)
    found = await tx.sessions.history(
        number=command.number, technician=whose, limit=PAGE + 1, page=command.page, after=command.after
    )
    shown = found[:PAGE]
    await _enqueue_missing_reports(shown, context)
    older = History(command.number, command.page + 1, command.of, shown[-1].id if shown else None)
    more = [Button(_("Older"), older)] if len(found) > PAGE else []
    rows = [await _row_with_invited(one, tx) for one in shown]
    page = SessionList(
        _history_title(command),
        rows,
        _("There are no sessions."),
        more,
        is_personal=whose is not None,
    )
    return _with_integration_off(page, context)


async def _row_with_invited(session: Session, tx: Transaction) -> SessionRow:
    """Return the row of a session, with who entered it by an invitation."""
    row = make_session_row(session)
    entered = entered_line(await tx.invitations.of_session(session.id))
    return row if entered is None else replace(row, outcome=[*row.outcome, entered])


async def _enqueue_missing_reports(sessions: Sequence[Session], context: CommandContext) -> None:
    """Enqueue the reports of sessions whose connected time is not reported yet, once an hour for each session.

    TeamViewer does not document when a report appears, so each look at the history is a reason to ask again.
    """
    if not context.switches.integration:
        return
    hour = int(context.now.timestamp() // 3600)
    for session in sessions:
        if session.lacks_reports:
            await context.tx.enqueue(jobs.ReadReports(session.id), key=f"reports:{session.id}:history:{hour}")


def _with_integration_off(page: SessionList, context: CommandContext) -> SessionList:
    """Say on a page that the integration is off, if it is: the buttons of old cards lead here even then."""
    if context.switches.integration:
        return page
    off = integration_off(context)
    return replace(page, notes=[*page.notes, off.text], buttons=[*off.buttons, *page.buttons])


def _history_title(command: History) -> Text:
    if command.number:
        return _("Sessions of request #{number}", number=command.number)
    if command.of:
        return _("Sessions of {technician}", technician=command.of)
    return _("Your sessions")


async def show_request(command: Show, context: CommandContext) -> View:
    """Show a request with its sessions. A job looks it up first, and answers later. Raises NotAllowed."""
    access.require_integration_on(context.switches)
    request = context.command_request
    await context.enqueue(
        jobs.ShowRequest(request.actor.platform, command.number, context.by.email, request.key)
    )
    return Message(_("Looking up request #{number}…", number=command.number), Tone.WAIT)


async def show_card(command: ShowCard, context: CommandContext) -> SessionCard:
    """Show a session's card: all of it to its creator, to others what everybody in the channel sees.

    Raises NotFound.
    """
    shown = await context.tx.shown_sessions.get(command.session)
    if shown is None:
        raise NotFound(_("This session has been deleted."))
    audience = Audience.CREATOR if shown.session.technician == context.by.email else Audience.SHARED
    return make_session_card(
        shown.session,
        shown.notices,
        audience,
        is_on=context.switches.integration,
        invitations=shown.invitations,
    )


async def show_home(context: CommandContext) -> View:
    """Refresh the sender's home. On a platform without a tab for it, a job sends it as a message."""
    await context.enqueue(jobs.ShowHome(context.command_request.actor, as_new_message=True))
    if context.installation.capabilities[context.command_request.actor.platform].has_home_tab:
        return Message(_("Your overview is in this app’s Home tab."))
    if context.command_request.place.is_private:
        return Message(_("Your overview comes right away."), Tone.WAIT)
    return Message(_("Only you may see your overview: I am sending it to our private chat."))
