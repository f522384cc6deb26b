"""Bring everything that shows a session up to date: its cards, and its creator's home."""

from collections.abc import Mapping
from contextlib import suppress

from bot.errors import BotError, Rejected
from bot.i18n import _
from bot.jobs import RefreshCards, RefreshHomes
from bot.model.card import Card
from bot.model.ids import SessionId
from bot.model.session import Session
from bot.model.switches import Location
from bot.model.technician import Platform
from bot.ports import Chat, Steps
from bot.unit_of_work import UnitOfWork
from bot.views.pages import Message
from bot.views.parts import Reader
from bot.views.plain import hidden_card
from bot.views.session import make_session_card
from bot.workflows.homes import HomePublisher
from bot.workflows.session_changes import SessionChanges, ShownSession
from bot.workflows.show_until_current import show_until_current


class CardRefresher:
    """Updates the messages that show a session."""

    def __init__(
        self,
        unit_of_work: UnitOfWork,
        chats: Mapping[Platform, Chat],
        sessions: SessionChanges,
        homes: HomePublisher,
    ) -> None:
        self._unit_of_work = unit_of_work
        self._chats = chats
        self._sessions = sessions
        self._homes = homes

    async def refresh_cards_and_home(self, session_id: SessionId) -> None:
        """Update every card of a session, and its creator's homes. Raises Unavailable."""
        await self.refresh_cards(session_id)
        loaded = await self._sessions.load(session_id)
        if loaded is not None:
            await self._homes.refresh_homes(loaded.session.technician)

    async def refresh_cards(self, session_id: SessionId) -> None:
        """Update every card of a session. Raises Unavailable."""
        updated: set[Card] = set()

        async def update(shown: ShownSession | None) -> None:
            if shown is None:
                return
            for place in shown.cards:
                if await self._update_card(place, shown):
                    updated.add(place)

        await show_until_current(lambda: self._sessions.load_shown(session_id), update)
        # A card that was retired during its update may show the session again, and nothing would update it later.
        shown = await self._sessions.load_shown(session_id)
        if shown is not None:
            for place in updated.difference(shown.cards):
                await self._show_as_retired(place, shown.session)

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

    async def refresh_cards_unless(self, session_id: SessionId, state: str) -> None:
        """Update every card of a session, unless it still is in the state that was shown. Raises Unavailable."""
        shown = await self._sessions.load_shown(session_id)
        if shown is not None and shown.state != state:
            await self.refresh_cards(session_id)

    async def _update_card(self, place: Card, shown: ShownSession) -> bool:
        """Update one card. False where its message does not exist, or the platform refuses the card."""
        switches = shown.switches
        session_card = make_session_card(
            shown.session, shown.notices, place.audience, is_on=switches.integration
        )
        # With the integration off, cards stay: they say so, and their buttons do nothing.
        is_hidden = switches.integration and switches.hides(Location.MESSAGE)
        view = hidden_card(session_card) if is_hidden else session_card
        try:
            exists = await self._chats[place.platform].update_card(
                place, view, Reader(place.locale, place.timezone)
            )
        except Rejected:
            return False  # the others can still be updated
        if not exists:
            async with self._unit_of_work.write() as tx:
                await tx.cards.delete(place)
        return exists


async def refresh_session(job: RefreshCards, steps: Steps, *, cards: CardRefresher) -> None:
    """Show a session on all its cards, and in its creator's home."""

    async def refresh() -> None:
        if job.unless_state:
            await cards.refresh_cards_unless(job.session, job.unless_state)
            return
        await cards.refresh_cards_and_home(job.session)

    await steps.run_step("refresh the cards", refresh)


async def refresh_homes(job: RefreshHomes, steps: Steps, *, homes: HomePublisher) -> None:
    """Show the opened homes of one technician, or of everybody, as they are now."""
    await steps.run_step("refresh the homes", lambda: homes.refresh_homes(job.technician))
