"""Post the card of a session, and give its creator a way in."""

from collections.abc import Mapping

from bot.i18n import Link, Words, _
from bot.jobs import PostCard, RefreshCards
from bot.model.card import Audience, Card
from bot.model.ids import SessionId
from bot.model.session import Session
from bot.model.switches import Location
from bot.model.technician import Actor, Platform, Profile
from bot.ports import Chat, Posted, ReturnAddress, Steps
from bot.unit_of_work import UnitOfWork
from bot.views.pages import Message, View
from bot.views.parts import Reader, Tone
from bot.views.session import enter_links, kind_text, make_session_card
from bot.workflows.refresh_cards import CardRefresher
from bot.workflows.replies import Replies
from bot.workflows.session_changes import SessionChanges, ShownSession


class CardPoster:
    """Posts cards. A stored card enqueues a refresh in the same transaction, so no change in between is lost."""

    def __init__(
        self,
        *,
        unit_of_work: UnitOfWork,
        chats: Mapping[Platform, Chat],
        sessions: SessionChanges,
        refresher: CardRefresher,
        replies: Replies,
        language: str,
    ) -> None:
        self._unit_of_work = unit_of_work
        self._chats = chats
        self._sessions = sessions
        self._refresher = refresher
        self._replies = replies
        self._language = language

    async def post_first_card(self, session_id: SessionId) -> None:
        """Post the card of a new session where its creator asked for it, unless it has one already."""
        shown = await self._sessions.load_shown(session_id)
        address = await self._sessions.load_origin(session_id)
        if shown is None or address is None or shown.cards or not shown.switches.shows(Location.MESSAGE):
            return
        await self._post_card(shown, address)

    async def post_next_card(self, job: PostCard) -> None:
        """Post one more card where somebody asked for it. It replaces the earlier cards in that conversation."""
        shown = await self._sessions.load_shown(job.session)
        async with self._unit_of_work.read() as tx:
            address = await tx.commands.return_address(job.command)
        if shown is None or address is None:
            return
        new = await self._post_card(shown, address)
        for earlier in shown.cards:
            if (earlier.platform, earlier.channel) == (new.platform, new.channel):
                await self._refresher.retire_card(earlier, shown.session)

    async def send_supporter_link_to_creator(self, session_id: SessionId) -> None:
        """Send the creator a private message with the Enter button, if the card is visible to others.

        A session that ended meanwhile is not called ready.
        """
        shown = await self._sessions.load_shown(session_id)
        if shown is None or shown.session.supporter_link is None or not shown.session.state.is_open:
            return
        if any(self._shows_creator_the_link(place) for place in shown.cards):
            return
        view = ready_view(shown.session, has_card=bool(shown.cards))
        await self._replies.answer_creator(session_id, view)

    def _shows_creator_the_link(self, place: Card) -> bool:
        personalizes = self._chats[place.platform].capabilities.personalizes_shared_cards
        return place.audience is Audience.CREATOR or personalizes

    async def _post_card(self, shown: ShownSession, address: ReturnAddress) -> Card:
        """Post in the channel where the bot may; elsewhere, and in a private chat, to the sender alone."""
        actor, session = address.actor, shown.session
        async with self._unit_of_work.read() as tx:
            stored = await tx.people.profile(actor)
        profile = stored[0] if stored else None
        reader = Reader.of(profile, self._language)
        posted, audience = await self._post_to_channel(shown, address, reader), Audience.SHARED
        if posted is None:
            audience = _private_audience(profile, session)
            view = make_session_card(session, shown.notices, audience, is_on=shown.switches.integration)
            posted = await self._chats[actor.platform].post_private(actor, view, reader)
        place = _place_of_card(session, actor, posted, audience, reader)
        async with self._unit_of_work.write() as tx:
            await tx.cards.add(place)
            refresh = RefreshCards(session.id, unless_state=shown.state)
            await tx.enqueue(refresh, key=f"posted:{session.id}:{posted.channel}:{posted.message}")
        return place

    async def _post_to_channel(
        self, shown: ShownSession, address: ReturnAddress, reader: Reader
    ) -> Posted | None:
        if address.is_private:
            return None
        view = make_session_card(
            shown.session, shown.notices, Audience.SHARED, is_on=shown.switches.integration
        )
        chat = self._chats[address.actor.platform]
        return await chat.post(address.actor.tenant, address.channel, view, reader)


def _private_audience(profile: Profile | None, session: Session) -> Audience:
    is_creator = profile is not None and profile.email == session.technician
    return Audience.CREATOR if is_creator else Audience.TECHNICIAN


def _place_of_card(
    session: Session, actor: Actor, posted: Posted, audience: Audience, reader: Reader
) -> Card:
    return Card(
        session.id,
        actor.platform,
        actor.tenant,
        posted.channel,
        posted.message,
        audience,
        reader.language,
        reader.timezone,
    )


async def post_card(job: PostCard, steps: Steps, *, cards: CardPoster) -> None:
    """Post a card of a session where somebody asked to see it."""
    await steps.run_step("post the card", lambda: cards.post_next_card(job))


def ready_view(session: Session, *, has_card: bool = True) -> View:
    """Return the creator's message that a session is ready, with the Enter button.

    Without a card (``has_card``) it also holds what the card would: the requester's link, and how to end the session.
    """
    text = _("{kind} for request #{number} is ready.", kind=kind_text(session.kind), number=session.number)
    links = enter_links(session, _("Enter session"))
    only_you = _("Only you see this.")
    if not links:
        return Message(text, Tone.GOOD)
    lines = [only_you]
    if not has_card and session.requester_link:
        lines.append(_("The requester’s link: {link}", link=Link(session.requester_link.reveal())))
    if not has_card:
        lines.append(_("To end it, type {words}.", words=Words(f"end {session.number}")))
    return Message(text, Tone.GOOD, lines, links)
