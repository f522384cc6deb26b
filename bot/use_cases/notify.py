"""Choose whether the bot notifies a technician when the requester of their session is there."""

from bot.commands import Notify
from bot.i18n import _
from bot.jobs import RefreshHomes
from bot.use_cases.context import CommandContext
from bot.views.pages import Message
from bot.views.parts import confirm
from bot.views.wording import notify_button, pings_text
from bot.words_to_type import NOTIFY_ON


async def choose_pings(command: Notify, context: CommandContext) -> Message:
    """Store what the sender chose, or show it. It holds in all of their chats."""
    technician = context.by.email
    if command.on is None:
        wants_pings = await context.tx.people.wants_pings(technician)
        return Message(pings_text(wants_pings=wants_pings), buttons=[notify_button(wants_pings=wants_pings)])
    effect = await context.tx.people.choose_pings(technician, wanted=command.on)
    await context.enqueue(RefreshHomes(technician))
    if command.on:
        changed = _("From now on you are notified when the requester of your session is there.")
    else:
        changed = _(
            "You are no longer notified when the requester of your session is there. To be notified again, type {words}.",
            words=NOTIFY_ON,
        )
    return Message.confirming(confirm(effect, changed=changed, nothing=pings_text(wants_pings=command.on)))
