"""The words that only look: help, status, list, history, show."""

from collections.abc import Sequence

from bot import access, jobs
from bot.command_syntax import COMMAND_TABLE, word_named
from bot.commands import (
    Auth,
    Help,
    History,
    ListOpen,
    Logout,
    OnSession,
    Show,
    ShowCard,
    ShowHome,
    Status,
    Verb,
)
from bot.errors import Misunderstood, NotFound
from bot.i18n import Text, Words, _
from bot.model.card import Audience
from bot.model.technician import Technician
from bot.unit_of_work import Transaction
from bot.use_cases.context import CommandContext
from bot.views.pages import HelpPage, Message, SessionList, StatusPage, View
from bot.views.parts import Button, Style, Tone
from bot.views.session import card, row

PAGE = 10
"""How many sessions a page of history shows."""


async def help_(command: Help, context: CommandContext) -> View:
    """Show the table of words, or how one of them is used. Raises Misunderstood with the nearest word."""
    del context
    if command.word is None:
        return HelpPage(
            _("What you can type"),
            [(word.pattern, word.summary) for word in COMMAND_TABLE.values()],
            _(
                "N is the number of a request, as ServiceDesk Plus shows it. CODE is a session’s code: s12-345-678."
            ),
        )
    word = word_named(command.word)
    if word is None:
        raise Misunderstood(
            _(
                "There is no word “{word}”. Type {words} to see what there is.",
                word=command.word[:40],
                words=Words("help"),
            )
        )
    return HelpPage(_("How to use it"), [(word.pattern, word.summary)], _("N is the number of a request."))


async def status(_command: Status, context: CommandContext) -> View:
    """Tell whether everything is switched on, and which account the reader is connected with."""
    return await status_page_of(context.by, context.tx)


async def status_page_of(technician: Technician, tx: Transaction) -> StatusPage:
    """Tell how everything stands for a technician."""
    connection = await tx.connections.active(technician.email)
    return StatusPage(
        technician=technician,
        switches=await tx.switches.read(),
        connection=connection,
        open_sessions=len(await tx.sessions.open_of_technician(technician.email)),
        buttons=[Button(_("Disconnect"), Logout())]
        if connection
        else [Button(_("Connect TeamViewer"), Auth(), Style.PRIMARY)],
    )


async def list_open(_command: ListOpen, context: CommandContext) -> View:
    """List the reader's open sessions."""
    sessions = await context.tx.sessions.open_of_technician(context.by.email)
    return SessionList(
        _("Your open sessions"),
        [
            row(one, buttons=[Button(_("Enter"), OnSession(Verb.ENTER, one.id), Style.PRIMARY)])
            for one in sessions
        ],
        _("You have no open session. To create one, type {words}.", words=Words("create N")),
        notes=await _off(context),
        is_personal=True,
    )


async def history(command: History, context: CommandContext) -> View:
    """List sessions of a request, of a technician (for SDAdmins), or the reader's own, a page at a time."""
    if command.of is not None and command.of != context.by.email:
        access.require_admin(context.by)
    whose = command.of or (None if command.number else context.by.email)
    found = await context.tx.sessions.history(
        number=command.number, technician=whose, limit=PAGE + 1, page=command.page, after=command.after
    )
    shown = found[:PAGE]
    older = History(command.number, command.page + 1, command.of, shown[-1].id if shown else None)
    more = [Button(_("Older"), older)] if len(found) > PAGE else []
    rows = [row(one) for one in shown]
    return SessionList(
        _title(command),
        rows,
        _("There is none here."),
        more,
        await _off(context),
        is_personal=whose is not None,
    )


async def _off(context: CommandContext) -> Sequence[Text]:
    """Old cards lead here too: with the integration off, that is said first."""
    if (await context.tx.switches.read()).integration:
        return ()
    return (_("The TeamViewer integration is switched off. Ask your SDAdmin to switch it on."),)


def _title(command: History) -> Text:
    if command.number:
        return _("Sessions of request #{number}", number=command.number)
    if command.of:
        return _("Sessions of {technician}", technician=command.of)
    return _("Your sessions")


async def show(command: Show, context: CommandContext) -> View:
    """Show a request with its sessions; it is looked up first. Raises NotAllowed."""
    access.require_integration_on(await context.tx.switches.read())
    await context.enqueue(jobs.ShowRequest(command.number, context.by.email, context.command_request.key))
    return Message(_("Looking up request #{number}…", number=command.number), Tone.WAIT)


async def see_card(command: ShowCard, context: CommandContext) -> View:
    """Show a session's card: to its creator everything, to other technicians what everybody in the channel sees.

    Raises NotFound.
    """
    session = await context.tx.sessions.get(command.session)
    if session is None:
        raise NotFound(_("This session is no longer kept."))
    audience = Audience.CREATOR if session.technician == context.by.email else Audience.SHARED
    notices = await context.tx.notices.of_session(session.id)
    return card(session, notices, audience, is_on=(await context.tx.switches.read()).integration)


async def show_home(_command: ShowHome, context: CommandContext) -> View:
    """Show the reader's home anew; where the platform has no tab for it, it comes as a message."""
    await context.enqueue(jobs.ShowHome(context.command_request.actor, as_new_message=True))
    if context.services.chats[context.command_request.actor.platform].capabilities.has_home_tab:
        return Message(_("Your overview is in this app’s Home tab."))
    if context.command_request.place.is_private:
        return Message(_("Your overview comes right away."), Tone.WAIT)
    return Message(_("Your overview is for your eyes alone: it comes in our private chat."))
