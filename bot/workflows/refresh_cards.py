"""Bring everything that shows a session up to date: its cards, and its creator's homes. Each place gets a job of its own."""

import secrets
from collections.abc import Mapping
from contextlib import suppress

from bot.errors import BotError
from bot.i18n import _
from bot.jobs import RefreshCard, RefreshCards, RefreshHome, RefreshHomes
from bot.model.card import Audience, Card
from bot.model.ids import Email, SessionId
from bot.model.session import Session
from bot.model.switches import Location
from bot.model.technician import Actor, Platform
from bot.ports import Chat, Steps
from bot.unit_of_work import Transaction, UnitOfWork
from bot.views.pages import Message
from bot.views.parts import Reader
from bot.views.plain import hidden_card
from bot.views.session import SessionCard
from bot.views.shown_card import make_shown_card
from bot.workflows.chat_retries import TRIES_TO_SHOW, ChatRetries
from bot.workflows.session_changes import SessionChanges, ShownSession
from bot.workflows.show_until_current import show_until_current


class CardRefresher:
    """Updates the messages that show a session."""

    def __init__(
        self, unit_of_work: UnitOfWork, chats: Mapping[Platform, Chat], sessions: SessionChanges
    ) -> None:
        self._unit_of_work = unit_of_work
        self._chats = chats
        self._sessions = sessions

    async def enqueue_refreshes(self, session_id: SessionId) -> None:
        """Enqueue the refresh of every card of a session, and of its creator's homes."""
        async with self._unit_of_work.write() as tx:
            session = await tx.sessions.get(session_id)
            for place in await tx.cards.of_session(session_id):
                await tx.enqueue(RefreshCard(place), key=_new_key("card"))
            if session is not None:
                await _enqueue_homes(session.technician, tx)

    async def enqueue_homes(self, technician: Email | None) -> None:
        """Enqueue the refresh of one technician's opened homes, or (None) of everybody's."""
        async with self._unit_of_work.write() as tx:
            await _enqueue_homes(technician, tx)

    async def refresh_card(self, place: Card) -> None:
        """Update one card. Raises Unavailable, Rejected."""
        is_updated = False

        async def update(shown: ShownSession | None) -> None:
            nonlocal is_updated
            if shown is not None and place in shown.cards:
                is_updated = await self._update_card(place, shown)

        await show_until_current(lambda: self._sessions.load_shown(place.session_id), update)
        # A card that was retired during its update may show the session again, and nothing would update it later.
        shown = await self._sessions.load_shown(place.session_id)
        if is_updated and shown is not None and place not in shown.cards:
            await self._show_as_retired(place, shown.session)

    async def refresh_card_unless(self, place: Card, state: str) -> None:
        """Update one card, unless its session still is in the state that was shown. Raises Unavailable, Rejected."""
        shown = await self._sessions.load_shown(place.session_id)
        if shown is not None and shown.state != state:
            await self.refresh_card(place)

    async def retire_card(self, place: Card, session: Session) -> None:
        """Stop updating an earlier card. Only the newest in a conversation follows the session."""
        async with self._unit_of_work.write() as tx:
            await tx.cards.delete(place)
        await self._show_as_retired(place, session)

    async def _show_as_retired(self, place: Card, session: Session) -> None:
        moved = Message(_("The card for request #{number} is further down now.", number=session.number))
        with suppress(BotError):  # a retry of this step would post one more card
            reader = Reader(place.locale, place.timezone)
            await self._chats[place.platform].update_card(place, moved, reader)

    async def _update_card(self, place: Card, shown: ShownSession) -> bool:
        """Update one card. False where its message does not exist."""
        switches, chat = shown.switches, self._chats[place.platform]
        audience = place.audience
        # A channel may be shared with another organization after the card was posted there.
        if audience is Audience.SHARED and await chat.is_shared_outside(place.tenant, place.channel):
            audience = Audience.EXTERNAL
        view = make_shown_card(shown.session, shown.notices, audience, is_on=switches.integration)
        # With the integration off, cards stay: they say so, and their buttons do nothing.
        if isinstance(view, SessionCard) and switches.integration and switches.hides(Location.MESSAGE):
            view = hidden_card(view)
        exists = await chat.update_card(place, view, Reader(place.locale, place.timezone))
        if not exists:
            async with self._unit_of_work.write() as tx:
                await tx.cards.delete(place)
        return exists


async def _enqueue_homes(technician: Email | None, tx: Transaction) -> None:
    homes: list[Actor] = [*(await tx.homes.of_technician(technician) if technician else await tx.homes.all())]
    for actor in homes:
        await tx.enqueue(RefreshHome(actor), key=_new_key("home"))


def _new_key(place: str) -> str:
    """Return a key that is never used again: each change refreshes the place once more."""
    return f"{place}:{secrets.token_hex(16)}"


async def refresh_cards(job: RefreshCards, steps: Steps, *, cards: CardRefresher) -> None:
    """Enqueue the refresh of everything that shows a session."""
    await steps.run_step("enqueue the refreshes", lambda: cards.enqueue_refreshes(job.session))


async def refresh_card(job: RefreshCard, steps: Steps, *, cards: CardRefresher, retries: ChatRetries) -> None:
    """Show a session on one of its cards."""

    async def refresh() -> None:
        if job.unless_state:
            await cards.refresh_card_unless(job.card, job.unless_state)
            return
        await cards.refresh_card(job.card)

    await steps.run_step("refresh the card", lambda: retries.call_or_retry(job, refresh, tries=TRIES_TO_SHOW))


async def refresh_homes(job: RefreshHomes, steps: Steps, *, cards: CardRefresher) -> None:
    """Enqueue the refresh of the opened homes of one technician, or of everybody."""
    await steps.run_step("enqueue the refreshes", lambda: cards.enqueue_homes(job.technician))
