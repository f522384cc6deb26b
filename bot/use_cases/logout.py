"""Disconnect all TeamViewer accounts of a technician."""

from datetime import datetime

from bot.authorizations import REVOKE_RETRY_AFTER
from bot.commands import Logout
from bot.errors import NotFound
from bot.i18n import Text, Words, _
from bot.jobs import RefreshHomes, RevokeConnections
from bot.model.audit import Action, AuditEntry
from bot.model.connection import Connection
from bot.model.effect import Effect
from bot.model.ids import ConnectionId
from bot.use_cases.context import CommandContext
from bot.views.pages import Message, View
from bot.views.parts import Button, Style, Tone, confirm
from bot.views.wording import disconnect_question


async def disconnect_accounts(context: CommandContext, *, sure: bool) -> View:
    """Give up every connection of the technician, and have them revoked at TeamViewer. Raises NotFound.

    Unless ``sure``, it asks first where sessions of theirs are open.
    While the integration is off nothing reaches TeamViewer, so the revocation waits until it is on again.
    """
    # People must be able to disconnect at any time, so logout works while the integration is off.
    if not sure:
        status = await context.tx.people.status_of(context.by.email)
        if status.connection and status.open_sessions:
            return _question(status.open_sessions)
    is_on = context.switches.integration
    look_after = context.now + REVOKE_RETRY_AFTER if is_on else context.now
    given_up = await _give_up_connections(look_after, context)
    said = confirm(
        Effect.of(changed=bool(given_up)),
        changed=_(
            "Your TeamViewer account ({account}) is disconnected.",
            account=", ".join(connection.account.name for connection in given_up),
        ),
        nothing=_("No TeamViewer account is connected. To connect one, type {words}.", words=Words("auth")),
    )
    if not given_up:
        raise NotFound(said.text)
    ids = tuple(ConnectionId(connection.id) for connection in given_up) if is_on else ()
    await context.enqueue(RevokeConnections(ids, context.command_request.key))
    await context.enqueue(RefreshHomes(context.by.email))
    return Message.confirming(said, _consequences(is_on=is_on), is_personal=True)


def _question(open_sessions: int) -> Message:
    question = disconnect_question(open_sessions)
    yes = Button(question.yes, Logout(sure=True), Style.DANGER)
    return Message(question.title, Tone.PLAIN, [question.text], [yes], is_personal=True)


async def _give_up_connections(look_after: datetime, context: CommandContext) -> list[Connection]:
    """Give up the sender's connections, and return those that were still in use."""
    given_up = []
    for connection in await context.tx.connections.of_technician(context.by.email):
        if await context.tx.revocations.give_up(connection, look_after) is Effect.CHANGED:
            given_up.append(connection)
            whose = connection.account.email or connection.account.user_id
            entry = AuditEntry(context.now, context.by.email, Action.DISCONNECTED, whose)
            await context.tx.audit.append(entry)
    return given_up


def _consequences(*, is_on: bool) -> list[Text]:
    consequences = [_("Sessions that are open stay open, but are no longer followed here.")]
    if not is_on:
        consequences.append(
            _(
                "The integration is switched off. The bot revokes the access as soon as it is on again. "
                "You can also revoke it in TeamViewer’s own settings."
            )
        )
    return consequences
