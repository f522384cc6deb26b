"""Put a session's card where it belongs, and give its creator a way in."""

from bot.i18n import Link, Words, _
from bot.jobs.telling import (
    answer_creator,
    audience_in,
)
from bot.model.card import Audience, Card
from bot.model.ids import SessionId
from bot.model.session import Session
from bot.model.switches import Location
from bot.ports import Posted, ReturnAddress
from bot.views.pages import Message, View
from bot.views.parts import Opening, Reader, Style, Tone
from bot.views.session import card, kind_text
from bot.world import World


async def post_card(session_id: SessionId, world: World) -> None:
    async with world.books.read() as tx:
        session = await tx.sessions.get(session_id)
        placed = await tx.cards.of_session(session_id)
        key = await tx.sessions.command_key(session_id)
        address = await tx.commands.return_address(key) if key else None
        kept = await tx.people.profile(address.actor) if address else None
        switches = await tx.switches.read()
    if session is None or address is None or placed or not switches.shows(Location.MESSAGE):
        return
    profile = kept[0] if kept else None
    reader = Reader.of(profile)
    posted, audience = await _place_card(session, address, reader, world)
    kept_card = Card(
        session_id,
        address.actor.platform,
        address.actor.tenant,
        posted.channel,
        posted.message,
        audience,
        reader.language,
        reader.timezone,
    )
    async with world.books.write() as tx:
        await tx.cards.add(kept_card)


async def _place_card(
    session: Session, address: ReturnAddress, reader: Reader, world: World
) -> tuple[Posted, Audience]:
    """Post in the channel where the bot may; else, and in a private conversation, to the creator alone."""
    chat = world.chats[address.actor.platform]
    audience = audience_in(is_private=address.is_private)
    if audience is Audience.SHARED:
        posted = await chat.post(
            address.actor.tenant, address.channel, card(session, [], Audience.SHARED), reader
        )
        if posted is not None:
            return posted, Audience.SHARED
    return (
        await chat.post_private(address.actor, card(session, [], Audience.CREATOR), reader),
        Audience.CREATOR,
    )


async def hand_over(session_id: SessionId, world: World) -> None:
    """Give the creator a way in, for their eyes alone, where the card is everybody's."""
    async with world.books.read() as tx:
        session = await tx.sessions.get(session_id)
        placed = await tx.cards.of_session(session_id)
    has_private_card = any(place.audience is Audience.CREATOR for place in placed)
    if session is None or session.supporter_link is None or has_private_card:
        return
    await answer_creator(world, session_id, ready(session, has_card=bool(placed)))


def ready(session: Session, *, has_card: bool = True) -> View:
    """Tell the creator that a session is ready, with the button to enter it; without a card, with what else it holds."""
    text = _("{kind} for request #{number} is ready.", kind=kind_text(session.kind), number=session.number)
    link = session.supporter_link
    only_you = _("Only you see this.")
    if link is None:
        return Message(text, Tone.GOOD)
    lines = [only_you]
    if not has_card and session.requester_link:
        lines.append(_("The requester’s link: {link}", link=Link(session.requester_link.reveal())))
    if not has_card:
        lines.append(_("To end it, type {words}.", words=Words(f"end {session.number}")))
    return Message(text, Tone.GOOD, lines, [Opening(_("Enter session"), link, Style.PRIMARY)])
