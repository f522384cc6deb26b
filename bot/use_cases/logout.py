"""Disconnect all TeamViewer accounts of a technician."""

from bot.authorizations import REVOKE_RETRY_AFTER
from bot.errors import NotFound
from bot.i18n import Text, Words, _
from bot.jobs import RevokeConnections
from bot.model.audit import Action, AuditEntry
from bot.model.ids import ConnectionId
from bot.use_cases.context import CommandContext
from bot.views.pages import Message, View
from bot.views.parts import Tone


async def disconnect_accounts(context: CommandContext) -> View:
    """Give up every connection of the technician, and have them revoked at TeamViewer. Raises NotFound.

    While the integration is off nothing reaches TeamViewer, so the revocation waits until it is on again.
    """
    connections = await context.tx.connections.of_technician(context.by.email)
    if not connections:
        raise NotFound(
            _("No TeamViewer account is connected. To connect one, type {words}.", words=Words("auth"))
        )
    # People must be able to disconnect at any time, so logout works while the integration is off.
    is_on = (await context.tx.switches.read()).integration
    look_after = context.now + REVOKE_RETRY_AFTER if is_on else context.now
    for connection in connections:
        await context.tx.revocations.give_up(connection, look_after)
        whose = connection.account.email or connection.account.user_id
        await context.tx.audit.append(AuditEntry(context.now, context.by.email, Action.DISCONNECTED, whose))
    ids = tuple(ConnectionId(connection.id) for connection in connections) if is_on else ()
    await context.enqueue(RevokeConnections(context.by.email, ids, context.command_request.key))
    names = ", ".join(connection.account.name for connection in connections)
    text = _("You are disconnected from {account}.", account=names)
    return Message(text, Tone.GOOD, _consequences(is_on=is_on), is_personal=True)


def _consequences(*, is_on: bool) -> list[Text]:
    consequences = [_("Sessions that are open stay open, but are no longer followed here.")]
    if not is_on:
        consequences.append(
            _(
                "The integration is switched off, so TeamViewer is told as soon as it is on again. You can also revoke the access in TeamViewer’s own settings."
            )
        )
    return consequences
