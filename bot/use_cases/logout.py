"""Disconnect a technician's TeamViewer accounts, every one of them."""

from bot.commands import Logout
from bot.errors import NotFound
from bot.i18n import Words, _
from bot.model.audit import Action, Entry
from bot.use_cases.visit import Visit
from bot.views.pages import Message, View
from bot.views.parts import Tone
from bot.world import REVOKE_AGAIN


async def logout(_command: Logout, visit: Visit) -> View:
    """Give every connection up, and have them revoked at TeamViewer. Raises NotFound.

    While the integration is off nothing reaches TeamViewer: what was given up waits until it is on again.
    """
    theirs = await visit.tx.connections.of_technician(visit.by.email)
    if not theirs:
        raise NotFound(
            _("No TeamViewer account is connected. To connect one, type {words}.", words=Words("auth"))
        )
    is_on = (await visit.tx.switches.read()).integration
    look_after = visit.now + REVOKE_AGAIN if is_on else visit.now
    for connection in theirs:
        await visit.tx.revocations.give_up(connection, look_after)
        whose = connection.account.email or connection.account.user_id
        await visit.tx.audit.append(Entry(visit.now, visit.by.email, Action.DISCONNECTED, whose))
    ids = ",".join(connection.id for connection in theirs) if is_on else ""
    await visit.enqueue("disconnect", technician=visit.by.email, connections=ids)
    details = [_("Sessions that are open stay open, but are no longer followed here.")]
    if not is_on:
        details.append(
            _(
                "The integration is switched off, so TeamViewer is told as soon as it is on again. You can also revoke the access in TeamViewer’s own settings."
            )
        )
    names = ", ".join(connection.account.name for connection in theirs)
    return Message(
        _("You are disconnected from {account}.", account=names), Tone.GOOD, details, is_personal=True
    )
