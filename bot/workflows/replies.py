"""How a job tells people: an answer to whoever sent the command, and the cards of a session shown anew."""

from collections.abc import Awaitable, Callable

from bot.errors import Rejected
from bot.i18n import Text
from bot.model.card import Card
from bot.model.ids import SessionId
from bot.model.session import Session
from bot.model.switches import Location
from bot.services import Services
from bot.unit_of_work import Job, Transaction
from bot.views.pages import Message, View
from bot.views.parts import Reader, Tone
from bot.views.plain import hidden, in_plain_text
from bot.views.session import SessionCard, card


async def answer(services: Services, command_key: str, view: View) -> None:
    """Answer the command with this key, for its sender alone. Raises Unavailable."""
    async with services.unit_of_work.read() as tx:
        address = await tx.commands.return_address(command_key)
        kept = await tx.people.profile(address.actor) if address else None
        switches = await tx.switches.read()
    if address is None:
        return
    if switches.hides(Location.MESSAGE):
        view = in_plain_text(view)
    reader = Reader.of(kept[0] if kept else None, services.language)
    await services.chats[address.actor.platform].answer(address, view, reader)


async def deliver(services: Services, command_key: str) -> None:
    """Deliver what was kept as the answer to a command. Raises Unavailable."""
    async with services.unit_of_work.read() as tx:
        address = await tx.commands.return_address(command_key)
        written = await tx.commands.answered(command_key)
    if address is not None and written is not None:
        await services.chats[address.actor.platform].deliver(address, written)


async def answer_creator(services: Services, session_id: SessionId, view: View) -> None:
    """Answer the command that created a session."""
    async with services.unit_of_work.read() as tx:
        key = await tx.sessions.command_key(session_id)
    if key is not None:
        await answer(services, key, view)


def problem(text: Text) -> Message:
    """A sentence about something that went wrong."""
    return Message(text, Tone.PROBLEM)


async def change(
    services: Services,
    session_id: SessionId,
    move: Callable[[Session], Session | None],
    *,
    also: Callable[[Transaction], Awaitable[None]] | None = None,
    is_shown: bool = True,
) -> Session | None:
    """Change a session and let its cards follow, in one transaction.

    ``is_shown`` is false where nothing shows it yet. ``move`` returns None where nothing is to be changed; it is asked again where somebody else was faster. Returns
    the session as it stands afterwards.
    """
    while True:
        async with services.unit_of_work.write() as tx:
            session = await tx.sessions.get(session_id)
            changed = move(session) if session else None
            if session is None or changed is None:
                return session
            if await tx.sessions.save(changed, known_version=session.version):
                if is_shown:
                    await tx.enqueue(follow(changed))
                if also is not None:
                    await also(tx)
                return changed


def follow(session: Session) -> Job:
    """The job that brings every card of a session up to date."""
    return Job("follow_session", f"follow:{session.id}:{session.version}", {"session": session.id})


async def show_on(services: Services, place: Card, session_card: SessionCard | Message) -> None:
    """Show one card anew; forget it where its message is gone. Raises Unavailable."""
    reader = Reader(place.locale, place.timezone)
    try:
        is_there = await services.chats[place.platform].update_card(place, session_card, reader)
    except Rejected:
        return  # this one cannot be shown; the others can
    if not is_there:
        async with services.unit_of_work.write() as tx:
            await tx.cards.drop(place)


async def show_everywhere(services: Services, session_id: SessionId) -> None:
    """Show a session on each of its cards as it stands now, and once more where it moved meanwhile."""
    shown = None
    while True:
        async with services.unit_of_work.read() as tx:
            session = await tx.sessions.get(session_id)
            notices = await tx.notices.of_session(session_id)
            places = await tx.cards.of_session(session_id)
            switches = await tx.switches.read()
        current = (session, tuple(notices), switches)
        if session is None or current == shown:
            return
        shown = current
        for place in places:
            as_seen = card(session, notices, place.audience, is_on=switches.integration)
            hides = switches.integration and switches.hides(Location.MESSAGE)
            await show_on(services, place, hidden(as_seen) if hides else as_seen)
