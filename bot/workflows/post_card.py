"""Put a session's card where it belongs, and give its creator a way in."""

from collections.abc import Mapping, Sequence
from contextlib import suppress

from bot.errors import BotError
from bot.i18n import Link, Words, _
from bot.model.card import Audience, Card
from bot.model.ids import SessionId
from bot.model.notice import Notice
from bot.model.session import Session
from bot.model.switches import Location
from bot.ports import ReturnAddress, Steps
from bot.services import Services
from bot.unit_of_work import Job
from bot.views.pages import Message, View
from bot.views.parts import LinkButton, Reader, Style, Tone
from bot.views.session import card, kind_text
from bot.workflows.replies import answer_creator


async def post_card(session_id: SessionId, services: Services) -> None:
    """Post the card of a new session, unless it stands already, where its creator asked for it."""
    async with services.unit_of_work.read() as tx:
        session = await tx.sessions.get(session_id)
        placed = await tx.cards.of_session(session_id)
        key = await tx.sessions.command_key(session_id)
        address = await tx.commands.return_address(key) if key else None
        switches = await tx.switches.read()
    if session is None or address is None or placed or not switches.shows(Location.MESSAGE):
        return
    await _place(session, [], address, services)


def show_card_job(session_id: SessionId, command_key: str) -> Job:
    """The job that answers a command with one more card of a session."""
    arguments = {"session": session_id, "command": command_key}
    return Job("show_card", f"show_card:{session_id}:{command_key}", arguments)


async def show_card(arguments: Mapping[str, str], services: Services, steps: Steps) -> None:
    """Put a card of a session where somebody asked to see it; it follows the session from there."""
    session_id, key = SessionId(arguments["session"]), arguments["command"]
    await steps.run("show the card", lambda: _show_card(session_id, key, services))


async def _show_card(session_id: SessionId, key: str, services: Services) -> None:
    async with services.unit_of_work.read() as tx:
        session = await tx.sessions.get(session_id)
        notices = await tx.notices.of_session(session_id)
        address = await tx.commands.return_address(key)
        earlier = await tx.cards.of_session(session_id)
    if session is None or address is None:
        return
    placed = await _place(session, notices, address, services)
    for card_before in earlier:
        if (card_before.platform, card_before.channel) == (placed.platform, placed.channel):
            await _replace(card_before, session, services)


async def _replace(place: Card, session: Session, services: Services) -> None:
    """Let one card in a conversation follow, the newest: whoever asks again would have them all be updated."""
    async with services.unit_of_work.write() as tx:
        await tx.cards.drop(place)
    moved = Message(_("The card for request #{number} is further down now.", number=session.number))
    with suppress(BotError):  # tried again, the step would post one more card
        await services.chats[place.platform].update_card(place, moved, Reader(place.locale, place.timezone))


async def _place(
    session: Session, notices: Sequence[Notice], address: ReturnAddress, services: Services
) -> Card:
    """Post in the channel where the bot may; else, and in a private conversation, to the asking technician alone."""
    actor, chat = address.actor, services.chats[address.actor.platform]
    async with services.unit_of_work.read() as tx:
        kept = await tx.people.profile(actor)
    profile = kept[0] if kept else None
    reader = Reader.of(profile, services.language)
    audience = Audience.SHARED
    posted = None
    if not address.is_private:
        posted = await chat.post(actor.tenant, address.channel, card(session, notices, audience), reader)
    if posted is None:
        is_creator = profile is not None and profile.email == session.technician
        audience = Audience.CREATOR if is_creator else Audience.TECHNICIAN
        posted = await chat.post_private(actor, card(session, notices, audience), reader)
    place = Card(
        session.id,
        actor.platform,
        actor.tenant,
        posted.channel,
        posted.message,
        audience,
        reader.language,
        reader.timezone,
    )
    async with services.unit_of_work.write() as tx:
        await tx.cards.add(place)
    return place


async def hand_over(session_id: SessionId, services: Services) -> None:
    """Give the creator a way in, for their eyes alone, where the card is everybody's."""
    async with services.unit_of_work.read() as tx:
        session = await tx.sessions.get(session_id)
        placed = await tx.cards.of_session(session_id)
    if session is None or session.supporter_link is None:
        return
    if any(
        place.audience is Audience.CREATOR
        or services.chats[place.platform].capabilities.personalizes_shared_cards
        for place in placed
    ):
        return
    await answer_creator(services, session_id, ready(session, has_card=bool(placed)))


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
    return Message(text, Tone.GOOD, lines, [LinkButton(_("Enter session"), link, Style.PRIMARY)])
