"""Bring everything that shows a session up to date: its cards, and its creator's home."""

from collections.abc import Mapping

from bot.errors import Rejected
from bot.jobs import RefreshCards, RefreshHomes
from bot.model.card import Card
from bot.model.ids import SessionId
from bot.model.switches import Location
from bot.model.technician import Platform
from bot.ports import Chat, Steps
from bot.unit_of_work import UnitOfWork
from bot.views.parts import Reader
from bot.views.plain import hidden_card
from bot.views.session import make_session_card
from bot.workflows.homes import HomePublisher
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

    async def refresh_cards(self, session_id: SessionId) -> None:
        """Update every card of a session. Raises Unavailable."""
        await show_until_current(lambda: self._sessions.load_shown(session_id), self._update_cards)

    async def refresh_cards_unless(self, session_id: SessionId, state: str) -> None:
        """Update every card of a session, unless it still is in the state that was shown. Raises Unavailable."""
        shown = await self._sessions.load_shown(session_id)
        if shown is not None and shown.state != state:
            await self.refresh_cards(session_id)

    async def _update_cards(self, shown: ShownSession | None) -> None:
        for place in shown.cards if shown else ():
            await self._update_card(place, shown)

    async def _update_card(self, place: Card, shown: ShownSession | None) -> None:
        if shown is None:
            return
        switches = shown.switches
        session_card = make_session_card(
            shown.session, shown.notices, place.audience, is_on=switches.integration
        )
        is_hidden = switches.integration and switches.hides(Location.MESSAGE)
        view = hidden_card(session_card) if is_hidden else session_card
        try:
            exists = await self._chats[place.platform].update_card(
                place, view, Reader(place.locale, place.timezone)
            )
        except Rejected:
            return  # the platform refuses this card; the others can still be updated
        if not exists:
            async with self._unit_of_work.write() as tx:
                await tx.cards.drop(place)


async def refresh_session(
    job: RefreshCards, steps: Steps, *, cards: CardRefresher, homes: HomePublisher, sessions: SessionChanges
) -> None:
    """Show a session on all its cards, and in its creator's home."""

    async def refresh() -> None:
        if job.unless_state:
            await cards.refresh_cards_unless(job.session, job.unless_state)
            return
        await cards.refresh_cards(job.session)
        loaded = await sessions.load(job.session)
        if loaded is not None:
            await homes.refresh_homes(loaded.session.technician)

    await steps.run_step("refresh the cards", refresh)


async def refresh_homes(job: RefreshHomes, steps: Steps, *, homes: HomePublisher) -> None:
    """Show the opened homes of one technician, or of everybody, as they are now."""
    await steps.run_step("refresh the homes", lambda: homes.refresh_homes(job.technician))
