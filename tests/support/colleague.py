"""A second technician, who is offered sessions, and drives a chat of their own."""

from collections.abc import Callable

from support.chat_user import ChatUser
from support.slack_user import SlackUser, until

from bot.values import replace


async def new_colleague(
    user: ChatUser, chat: Callable[[SlackUser], ChatUser], *, is_connected: bool = True
) -> ChatUser:
    """Add a technician whom the bot has met in one chat, connected to TeamViewer or not."""
    person = user.slack_user.new_technician()
    colleague = chat(replace(user.slack_user, technician=person))
    if is_connected:
        await colleague.authorize()
    else:
        await colleague.type("status")
        await colleague.reads("You are Ines Moreau")
    return colleague


async def offer_to(user: ChatUser, colleague: ChatUser, number: str) -> object:
    """Offer a session to a colleague by their address. Return the message with the buttons."""
    await user.type(f"transfer {number} {colleague.technician.email}")
    (offer,) = await until(lambda: colleague.own_chat("would like to hand the session"))
    return offer
