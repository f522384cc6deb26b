"""Bring everything that shows a session up to date: its cards, and its creator's homes. Each place gets a job of its own."""

import asyncio
import secrets
from collections.abc import Mapping
from contextlib import suppress

from bot.coalesced_refreshes import (
    begin_refresh_of_card,
    begin_refresh_of_session,
    enqueue_refresh_of_home,
    enqueue_refresh_of_outage,
    enqueue_refreshes,
)
from bot.errors import BotError, NotAllowed
from bot.i18n import _
from bot.installation import Installation
from bot.jobs import (
    RefreshAllCards,
    RefreshAllHomes,
    RefreshCard,
    RefreshCards,
    RefreshHome,
    RefreshHomes,
    ShowPlan,
)
from bot.model.card import Audience, Card
from bot.model.ids import Email, SessionId
from bot.model.session import Session
from bot.model.shown_session import ShownSession
from bot.model.switches import Location
from bot.model.technician import Platform
from bot.ports import Chat, Steps
from bot.unit_of_work import UnitOfWork
from bot.values import replace
from bot.views.errors import error_view
from bot.views.pages import Message
from bot.views.parts import Reader
from bot.views.plain import hidden_card
from bot.views.session import SessionCard
from bot.views.shown_card import make_shown_card
from bot.workflows.chat_retries import TRIES_TO_SHOW, ChatRetries
from bot.workflows.invitation_card import find_open_of, shown_invitation
from bot.workflows.session_changes import SessionChanges
from bot.workflows.show_until_current import show_until_current

BATCH = 50
"""How many cards or homes one job enqueues. On SQLite nobody else writes meanwhile, so it must be short."""
BATCH_SECONDS = 1
"""The pause between two batches, so that the refresh of what changes meanwhile does not wait behind all of them."""


class CardRefresher:
    """Updates the messages that show a session. A card waits ``changes_together_seconds`` for further changes."""

    def __init__(
        self,
        unit_of_work: UnitOfWork,
        chats: Mapping[Platform, Chat],
        sessions: SessionChanges,
        installation: Installation,
        *,
        changes_together_seconds: float = 0.0,
    ) -> None:
        self._installation = installation
        self._changes_together_seconds = changes_together_seconds
        self._unit_of_work = unit_of_work
        self._chats = chats
        self._sessions = sessions

    async def enqueue_refreshes(self, session_id: SessionId) -> None:
        """Enqueue the refresh of every card of a session, and of its creator's homes."""
        async with self._unit_of_work.write() as tx:
            await begin_refresh_of_session(session_id, tx)
            session = await tx.sessions.lock(session_id)
            if session is not None:
                await enqueue_refreshes(session, tx)

    async def enqueue_homes(self, technician: Email) -> None:
        """Enqueue the refresh of one technician's opened homes."""
        async with self._unit_of_work.write() as tx:
            for actor in await tx.homes.of_technician(technician):
                await enqueue_refresh_of_home(actor, tx)

    async def enqueue_batch_of_cards(self, job: RefreshAllCards) -> None:
        """Enqueue the refresh of outages, of planned sessions and of the next cards of open sessions, and the job for those after them."""
        async with self._unit_of_work.write() as tx:
            if job.after is None:
                for outage in await tx.outages.with_open_sessions():
                    await enqueue_refresh_of_outage(outage.id, tx)
                for plan in await tx.plans.all_planned():
                    await tx.enqueue(ShowPlan(plan.actor.platform, plan.id), key=_new_key("plan"))
            batch = await tx.cards.of_open_sessions(after=job.after, limit=BATCH)
            for place in batch:
                await tx.enqueue(RefreshCard(place), key=_new_key("card"))
            if len(batch) == BATCH:
                last = batch[-1]
                key = f"{job.tag}:{job.change}:{last.platform}:{last.tenant}:{last.channel}:{last.message}"
                await tx.enqueue(replace(job, after=last), key=key, delay_seconds=BATCH_SECONDS)

    async def enqueue_batch_of_homes(self, job: RefreshAllHomes) -> None:
        """Enqueue the refresh of the next opened homes, and the job for those after them."""
        async with self._unit_of_work.write() as tx:
            batch = await tx.homes.page(after=job.after, limit=BATCH)
            for actor in batch:
                await tx.enqueue(RefreshHome(actor, requests_older_than=None), key=_new_key("home"))
            if len(batch) == BATCH:
                last = batch[-1]
                key = f"{job.tag}:{job.change}:{last.platform}:{last.tenant}:{last.user}"
                await tx.enqueue(replace(job, after=last), key=key, delay_seconds=BATCH_SECONDS)

    async def refresh_card(self, place: Card) -> None:
        """Update one card. Raises Unavailable, Rejected."""
        is_updated = False

        async def update(shown: ShownSession | None) -> None:
            nonlocal is_updated
            if shown is not None and place in shown.cards:
                is_updated = await self._update_card(place, shown)

        shown = await show_until_current(
            lambda: self._sessions.load_shown(place.session_id), update, load_first=lambda: self._begin(place)
        )
        # A card that was retired during its update may show the session again, and nothing would update it later.
        if is_updated and shown is not None and place not in shown.cards:
            await self._try_to_show_as_retired(place, shown.session)

    async def _begin(self, place: Card) -> ShownSession | None:
        """Wait for changes that follow at once, let the next one enqueue another refresh, and load what is to be shown."""
        # Until then another change enqueues no refresh of its own.
        await asyncio.sleep(self._changes_together_seconds)
        async with self._unit_of_work.write() as tx:
            await begin_refresh_of_card(place, tx)
            return await tx.end_and_read(tx.shown_sessions.get(place.session_id))

    async def refresh_card_unless(self, place: Card, state: str) -> None:
        """Update one card, unless its session still is in the state that was shown. Raises Unavailable, Rejected."""
        shown = await self._sessions.load_shown(place.session_id)
        if shown is not None and shown.state != state:
            await self.refresh_card(place)

    async def retire_card(self, place: Card, session: Session) -> None:
        """Stop updating an earlier card. Only the newest in a conversation follows the session."""
        async with self._unit_of_work.write() as tx:
            await tx.cards.delete(place)
        await self._try_to_show_as_retired(place, session)

    async def _try_to_show_as_retired(self, place: Card, session: Session) -> None:
        with suppress(BotError):  # a retry of this step would post one more card
            await self.show_as_retired(place, session)

    async def show_as_retired(self, place: Card, session: Session) -> None:
        """Show on a message that another card follows the session. Raises Unavailable, Rejected."""
        moved = Message(_("The card for request #{number} is further down now.", number=session.number))
        reader = Reader(place.locale, place.timezone)
        await self._chats[place.platform].update_card(place, moved, reader)

    async def _update_card(self, place: Card, shown: ShownSession) -> bool:
        """Update one card. False where its message does not exist."""
        switches, chat = shown.switches, self._chats[place.platform]
        audience = place.audience
        # A channel may be shared with another organization after the card was posted there.
        if audience is Audience.SHARED and await chat.is_shared_outside(place.tenant, place.channel):
            audience = Audience.EXTERNAL
        if audience is Audience.INVITED:
            return await self._update_card_of_invitation(place, shown)
        view = make_shown_card(
            shown.session,
            shown.notices,
            audience,
            is_on=switches.integration,
            invitations=shown.invitations,
        )
        # With the integration off, cards stay: they say so, and their buttons do nothing. Hidden ones stay hidden.
        if isinstance(view, SessionCard) and switches.hides(Location.MESSAGE):
            view = hidden_card(view)
        reader = Reader(place.locale, place.timezone)
        try:
            exists = await chat.update_card(place, view, reader)
        except NotAllowed as refusal:
            if audience is Audience.TECHNICIAN:
                await self._retire_card_of_former_technician(place, refusal)
                return False
            # The creator is no technician any more. So their card loses its links, as if it stood in a channel.
            without_links = make_shown_card(
                shown.session, shown.notices, Audience.SHARED, is_on=switches.integration
            )
            exists = await chat.update_card(place, without_links, reader)
        if not exists:
            async with self._unit_of_work.write() as tx:
                await tx.cards.delete(place)
        return exists

    async def _update_card_of_invitation(self, place: Card, shown: ShownSession) -> bool:
        """Update the card of an invitation. One that is over loses its way in, and is not updated any more."""
        chat, reader = self._chats[place.platform], Reader(place.locale, place.timezone)
        view = shown_invitation(shown, place, self._installation)
        try:
            exists = await chat.update_card(place, view, reader)
        except NotAllowed as refusal:
            await self._retire_card_of_former_technician(place, refusal)
            return False
        is_over = isinstance(view, Message) and find_open_of(place, shown) is None
        if not exists or is_over:
            async with self._unit_of_work.write() as tx:
                await tx.cards.delete(place)
        return exists and not is_over

    async def _retire_card_of_former_technician(self, place: Card, refusal: NotAllowed) -> None:
        """Replace a private card by the reason why its reader may not see the session any more."""
        await self._chats[place.platform].update_card(
            place, error_view(refusal), Reader(place.locale, place.timezone)
        )
        async with self._unit_of_work.write() as tx:
            await tx.cards.delete(place)


def _new_key(place: str) -> str:
    """Return a key that is never used again: each change refreshes the place once more."""
    return f"{place}:{secrets.token_hex(16)}"


async def refresh_cards(job: RefreshCards, steps: Steps, *, cards: CardRefresher) -> None:
    """Enqueue the refresh of everything that shows a session."""
    await steps.run_step(
        "enqueue the refreshes", lambda: cards.enqueue_refreshes(job.session), is_repeatable=True
    )


async def refresh_card(job: RefreshCard, steps: Steps, *, cards: CardRefresher, retries: ChatRetries) -> None:
    """Show a session on one of its cards."""

    async def refresh() -> None:
        if job.unless_state:
            await cards.refresh_card_unless(job.card, job.unless_state)
            return
        await cards.refresh_card(job.card)

    await retries.call_or_retry(
        "refresh the card", refresh, job, steps, tries=TRIES_TO_SHOW, is_repeatable=True
    )


async def refresh_all_cards(job: RefreshAllCards, steps: Steps, *, cards: CardRefresher) -> None:
    """Enqueue one batch of the refresh of all cards."""
    await steps.run_step(
        "enqueue a batch of cards", lambda: cards.enqueue_batch_of_cards(job), is_repeatable=True
    )


async def refresh_homes(job: RefreshHomes, steps: Steps, *, cards: CardRefresher) -> None:
    """Enqueue the refresh of the opened homes of one technician."""
    await steps.run_step(
        "enqueue the refreshes", lambda: cards.enqueue_homes(job.technician), is_repeatable=True
    )


async def refresh_all_homes(job: RefreshAllHomes, steps: Steps, *, cards: CardRefresher) -> None:
    """Enqueue one batch of the refresh of all homes."""
    await steps.run_step(
        "enqueue a batch of homes", lambda: cards.enqueue_batch_of_homes(job), is_repeatable=True
    )
