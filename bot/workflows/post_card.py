"""Post the card of a session, and give its creator a way in."""

from collections.abc import Mapping

from bot.coalesced_refreshes import enqueue_refresh_of_card, enqueue_refresh_of_outage
from bot.errors import BotError, Unavailable
from bot.jobs import PostCard, SendSupporterLink, SettlePost, TellCardPlace
from bot.model.card import Audience, Card
from bot.model.ids import CommandKey, RenewalId, SessionId
from bot.model.session import Session, State
from bot.model.shown_session import ShownSession
from bot.model.switches import Location
from bot.model.technician import Platform, Profile
from bot.outage import outlast_outage
from bot.ports import Chat, Clock, Meter, Posted, ReturnAddress, Steps
from bot.unit_of_work import Transaction, UnitOfWork
from bot.unit_of_work.together import together
from bot.values import replace, value_class
from bot.views.parts import Reader
from bot.views.ready import ready_view
from bot.views.shown_card import make_shown_card
from bot.workflows.chat_retries import TRIES_TO_ANSWER, TRIES_TO_SHOW, ChatRetries
from bot.workflows.post_once import NewPost, OncePoster
from bot.workflows.refresh_cards import CardRefresher
from bot.workflows.replies import Replies
from bot.workflows.session_changes import SessionChanges

INSTEAD_AFTER_SECONDS = 5
"""How long the creator waits for a card that could not be posted, before they get a message instead."""
_OVER = {State.ENDED, State.EXPIRED}


@value_class
class _CardRequest:
    """What a card is posted for: the job, the session as it is shown, and who asked for it, where and in which language."""

    job: PostCard
    shown: ShownSession
    address: ReturnAddress
    profile: Profile | None
    reader: Reader
    language: str
    """The organisation's: of a card that others see too."""

    def reader_of(self, audience: Audience) -> Reader:
        """Return for whom a card is rendered. In a channel everybody reads it, so it is in the organisation's language."""
        return self.reader if audience.is_private else replace(self.reader, language=self.language)

    @property
    def private_audience(self) -> Audience:
        """Return as what the sender sees the card in private."""
        is_creator = self.profile is not None and self.profile.email == self.shown.session.technician
        return Audience.CREATOR if is_creator else Audience.TECHNICIAN

    def place_of(self, posted: Posted, audience: Audience) -> Card:
        """Return the card that was posted somewhere."""
        actor = self.address.actor
        return Card(
            self.shown.session.id,
            actor.platform,
            actor.tenant,
            posted.channel,
            posted.message,
            audience,
            self.reader_of(audience).language,
            self.reader.timezone,
        )


class CardPoster:
    """Posts cards. After a card was stored, it is refreshed if anything changed meanwhile, so no change in between is lost."""

    def __init__(
        self,
        *,
        unit_of_work: UnitOfWork,
        chats: Mapping[Platform, Chat],
        sessions: SessionChanges,
        refresher: CardRefresher,
        replies: Replies,
        poster: OncePoster,
        meter: Meter,
        clock: Clock,
        language: str,
    ) -> None:
        self._unit_of_work = unit_of_work
        self._chats = chats
        self._sessions = sessions
        self._refresher = refresher
        self._replies = replies
        self._poster = poster
        self._meter = meter
        self._clock = clock
        self._language = language

    async def post_first_card(self, job: PostCard) -> None:
        """Post the card of a new session where its creator asked for it, unless it has one already.

        Where that fails, the creator gets the way in by a message. Raises Unavailable, Rejected.
        """
        asked = await self._load(job)
        if asked is None or not asked.shown.switches.shows(Location.MESSAGE):
            return
        if asked.shown.cards:
            # A run of the job that died may have stored it, without a look at what changed meanwhile.
            await self._enqueue_refresh(await self._find_stored_card(job))
            return
        if job.tries > 0 and asked.shown.session.state in _OVER:
            # Nobody misses it any more. But one that was posted all the same has to show the end.
            await self._adopt_posted_cards(asked)
            return
        try:
            await self._post_card(asked)
            self._record_first_card(asked.address)
        except BotError as error:
            has_message = await self._enqueue_message_instead(job)
            if has_message or isinstance(error, Unavailable):
                raise
            # There is no way in yet. The card was refused, so that its creator gets one is up to the next try.
            raise Unavailable(error.text) from error

    def _record_first_card(self, address: ReturnAddress) -> None:
        if address.received_at is not None:
            self._meter.record_first_card(address.actor.platform, self._clock() - address.received_at)

    async def _enqueue_message_instead(self, job: PostCard) -> bool:
        """Enqueue the creator's message with the way in. False where the session is still being created."""
        async with self._unit_of_work.write() as tx:
            session = await tx.sessions.get(job.session)
            if session is None or session.state is State.CREATING:
                return session is None
            job_instead = SendSupporterLink(job.platform, job.session)
            await tx.enqueue(job_instead, key=_key_of_link(job.session), delay_seconds=INSTEAD_AFTER_SECONDS)
            return True

    async def post_next_card(self, job: PostCard) -> None:
        """Post one more card where somebody asked for it. It replaces the earlier cards in that conversation."""
        asked = await self._load(job)
        if asked is None:
            return
        stored = await self._find_stored_card(job)
        await self._enqueue_refresh(stored)
        new = stored or await self._post_card(asked)
        for earlier in asked.shown.cards:
            if new is not None and earlier != new and _are_in_one_conversation(earlier, new):
                await self._refresher.retire_card(earlier, asked.shown.session)

    async def _find_stored_card(self, job: PostCard) -> Card | None:
        """Return the card that an earlier run of the job has stored. None where it did not get that far."""
        async with self._unit_of_work.read() as tx:
            return next(iter(await tx.cards.of_command(job.session, job.command)), None)

    async def _load(self, job: PostCard) -> _CardRequest | None:
        """Load what a card is posted for. None where the session or the command is no longer stored."""
        async with self._unit_of_work.read() as tx:
            asked, shown = await together(
                tx, tx.open_work.asked(job.command), tx.shown_sessions.get(job.session)
            )
        if shown is None or asked is None:
            return None
        reader = Reader.of(asked.profile, self._language)
        return _CardRequest(job, shown, asked.origin, asked.profile, reader, self._language)

    async def enqueue_supporter_link(
        self,
        session: Session,
        address: ReturnAddress | None,
        tx: Transaction,
        *,
        renewal: RenewalId | None = None,
    ) -> None:
        """Enqueue the creator's message with the way in, as the session opens, unless the first card will show it.

        ``address``: where the command came from that created the session.
        ``renewal``: the session has a new way in because of that renewal.
        """
        # The card of an outage gives the ways in to who asks for them, so that ten sessions bring no ten messages.
        if address is None or (renewal is None and await is_on_card_of_outage(session, tx)):
            return
        chat = self._chats[address.actor.platform]
        card_shows_it = address.is_private or chat.capabilities.personalizes_shared_cards
        if not card_shows_it or (await tx.switches.read()).hides(Location.MESSAGE):
            job = SendSupporterLink(address.actor.platform, session.id)
            await tx.enqueue(job, key=_key_of_link(session.id, renewal))

    async def send_supporter_link_to_creator(self, session_id: SessionId) -> None:
        """Send the creator a private message with the Enter button, unless a card shows it to them.

        A session that ended meanwhile is not called ready.
        """
        async with self._unit_of_work.read() as tx:
            shown, asked = await together(
                tx, tx.shown_sessions.get(session_id), tx.open_work.asked_for(session_id)
            )
        if shown is None or not shown.session.is_usable or shown.session.supporter_link is None:
            return
        if any(self._shows_creator_the_link(place) for place in shown.cards):
            return
        view = ready_view(shown.session, has_card=bool(shown.cards))
        if asked is not None:
            await self._replies.answer(asked, view)

    def _shows_creator_the_link(self, place: Card) -> bool:
        personalizes = self._chats[place.platform].capabilities.personalizes_shared_cards
        return place.audience is Audience.CREATOR or (
            personalizes and place.audience is not Audience.EXTERNAL
        )

    async def _post_card(self, asked: _CardRequest) -> Card | None:
        """Post in the channel where the bot may; elsewhere, and in a private chat, to the sender alone.

        In a channel that another organization shares, the sender gets the card alone. The first card of a session
        leaves a line in the channel.
        """
        if asked.address.is_private:
            return await self._post_once(asked, asked.private_audience)
        if await self._is_shared_outside(asked.address):
            # First what its creator needs. A channel without the line lacks nothing.
            card = await self._post_once(asked, asked.private_audience)
            if asked.job.is_first:
                await self._post_once(asked, Audience.EXTERNAL)
            return card
        posted = await self._post_once(asked, Audience.SHARED)
        return posted or await self._post_once(asked, asked.private_audience)

    async def _is_shared_outside(self, address: ReturnAddress) -> bool:
        chat = self._chats[address.actor.platform]
        return await chat.is_shared_outside(address.actor.tenant, address.channel)

    async def _post_once(self, asked: _CardRequest, audience: Audience) -> Card | None:
        """Post a card for an audience and store it. None where the bot may not post in the channel."""
        shown = asked.shown
        view = make_shown_card(
            shown.session,
            shown.notices,
            audience,
            is_on=shown.switches.integration,
            invitations=shown.invitations,
        )
        is_private = audience.is_private
        reader = asked.reader_of(audience)
        new = await self._poster.post(asked.job, asked.address, view, reader, is_private=is_private)
        return None if new is None else await self._store_card(asked, new, audience)

    async def _adopt_posted_cards(self, asked: _CardRequest) -> None:
        """Store the cards that an earlier try has posted. Their refresh shows the session as it is now."""
        for audience in (Audience.SHARED, asked.private_audience):
            found = await self._poster.find(asked.job, asked.address, is_private=audience.is_private)
            if found is not None:
                await self._store_card(asked, found, audience)

    async def _store_card(self, asked: _CardRequest, new: NewPost, audience: Audience) -> Card:
        place = asked.place_of(new.posted, audience)

        doubled: list[Card] = []
        stored: ShownSession | None = None

        async def store() -> None:
            nonlocal stored
            async with self._unit_of_work.write() as tx:
                # A change of the session that does not know the card yet is stored before it, and seen below.
                await tx.sessions.hold(place.session_id)
                doubled[:] = await self._find_doubled(place, new.attempt.command, tx)
                await tx.cards.add(place, new.attempt.command)
                if asked.job.is_first and self._is_place_told(asked, audience):
                    told = TellCardPlace(place.platform, place.session_id, new.attempt.command)
                    await tx.enqueue(told, key=f"card_place:{place.session_id}")
                await tx.cards.delete_attempt(new.attempt)
                stored = await tx.end_and_read(tx.shown_sessions.get(place.session_id))

        await outlast_outage(store, name="store a posted card")
        for one in doubled:
            await self._refresher.retire_card(one, asked.shown.session)
        # What changes from now on refreshes the stored card. So only what changed before is left, or what a message shows that
        # an earlier try has posted.
        if new.is_found or stored is None or stored.state != asked.shown.state:
            await self._enqueue_refresh(place)
        return place

    def _is_place_told(self, asked: _CardRequest, audience: Audience) -> bool:
        """Whether the sender has to read where the card is: it is not in the channel of the command, or not where they look."""
        if audience is Audience.EXTERNAL:
            return False
        is_elsewhere = audience.is_private and not asked.address.is_private
        return is_elsewhere or self._chats[asked.address.actor.platform].needs_card_place(asked.address)

    async def _enqueue_refresh(self, card: Card | None) -> None:
        if card is not None:
            async with self._unit_of_work.write() as tx:
                await enqueue_refresh_of_card(card, tx)

    @staticmethod
    async def _find_doubled(place: Card, command: CommandKey, tx: Transaction) -> list[Card]:
        """List the cards of the same post: a message of an earlier try may have become known while this try posted."""
        return [
            card
            for card in await tx.cards.of_command(place.session_id, command)
            if _are_in_one_conversation(card, place) and card.message != place.message
        ]

    async def settle_post(self, job: SettlePost) -> None:
        """Store the message of an attempt as its card. Retire it, if another message is the card by now.

        Raises Unavailable, Rejected.
        """
        shown = await self._sessions.load_shown(job.session)
        if shown is None or any(
            (card.platform, card.message) == (job.platform, job.message) for card in shown.cards
        ):
            return
        if await self._adopt_named_post(job):
            return
        for card in shown.cards:
            if (card.platform, card.tenant, card.channel) == (job.platform, job.tenant, job.channel):
                await self._refresher.show_as_retired(replace(card, message=job.message), shown.session)
                return

    async def _adopt_named_post(self, job: SettlePost) -> bool:
        """Store a message as the card of its attempt. False if there is no such attempt, or no longer."""
        async with self._unit_of_work.read() as tx:
            attempt = await tx.cards.find_marked_attempt(job.session, job.marker)
        asked = await self._load(PostCard(job.platform, job.session, attempt.command)) if attempt else None
        if attempt is None or asked is None:
            return False
        audience = asked.private_audience if attempt.is_private else Audience.SHARED
        await self._store_card(
            asked, NewPost(Posted(job.channel, job.message), attempt, is_found=True), audience
        )
        return True


def _are_in_one_conversation(card: Card, other: Card) -> bool:
    return (card.platform, card.channel) == (other.platform, other.channel)


async def is_on_card_of_outage(session: Session, tx: Transaction) -> bool:
    """Whether the card of an outage shows what becomes of a session, so that no message has to."""
    return session.outage is not None and (await tx.switches.read()).shows(Location.MESSAGE)


async def enqueue_first_card(
    session: Session, command: CommandKey, address: ReturnAddress | None, tx: Transaction
) -> None:
    """Enqueue the card of a new session, as its request was found. One of an outage is on the card of the outage.

    ``address``: where its command came from.
    """
    if session.outage is not None:
        await enqueue_refresh_of_outage(session.outage, tx)
    elif address is not None:
        job = PostCard(address.actor.platform, session.id, command, is_first=True)
        await tx.enqueue(job, key=f"first_card:{session.id}")


def _key_of_link(session_id: SessionId, renewal: RenewalId | None = None) -> str:
    """Return the key of the creator's message with the way in: it is enqueued once, and once for each renewal."""
    return f"ready:{session_id}:{renewal}" if renewal else f"ready:{session_id}"


async def post_card(job: PostCard, steps: Steps, *, cards: CardPoster, retries: ChatRetries) -> None:
    """Post a card of a session where somebody asked for it, or asked to see it."""

    async def post() -> None:
        await (cards.post_first_card(job) if job.is_first else cards.post_next_card(job))

    await retries.call_or_retry("post the card", post, job, steps, tries=TRIES_TO_SHOW)


async def settle_post(job: SettlePost, steps: Steps, *, cards: CardPoster, retries: ChatRetries) -> None:
    """Settle a message with a card that is not stored."""
    await retries.call_or_retry(
        "settle the post", lambda: cards.settle_post(job), job, steps, tries=TRIES_TO_SHOW
    )


async def send_supporter_link(
    job: SendSupporterLink, steps: Steps, *, cards: CardPoster, retries: ChatRetries
) -> None:
    """Give the creator of a session a way in that only they see."""
    await retries.call_or_retry(
        "send the supporter link",
        lambda: cards.send_supporter_link_to_creator(job.session),
        job,
        steps,
        tries=TRIES_TO_ANSWER,
    )
