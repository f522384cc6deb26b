"""Load a session, and change it so that everything that shows it follows."""

from collections.abc import Awaitable, Callable

from bot.coalesced_refreshes import enqueue_refreshes
from bot.model.connection import Connection
from bot.model.ids import SessionId
from bot.model.session import Session
from bot.model.shown_session import ShownSession
from bot.model.switches import Switches
from bot.unit_of_work import Transaction, UnitOfWork
from bot.unit_of_work.together import together
from bot.values import value_class
from bot.workflows.arrivals import enqueue_pings

Move = Callable[[Session], Session | None]
"""Returns the changed session, or None where nothing is to be changed."""
Also = Callable[[Transaction], Awaitable[None]]
"""Writes what belongs to a change, in the same transaction."""


@value_class
class LoadedSession:
    """A session with what a call to TeamViewer needs: the connection to the account it lives in, and the switches."""

    session: Session
    connection: Connection | None
    switches: Switches


class SessionChanges:
    """Loads and changes sessions."""

    def __init__(self, unit_of_work: UnitOfWork) -> None:
        self._unit_of_work = unit_of_work

    async def load(self, session_id: SessionId) -> LoadedSession | None:
        """Load a session for work at TeamViewer. None where it does not exist."""
        async with self._unit_of_work.read() as tx:
            session = await tx.sessions.get(session_id)
            if session is None:
                return None
            return LoadedSession(session, await session_connection(session, tx), await tx.switches.read())

    async def load_to_close(self, session_id: SessionId) -> LoadedSession | None:
        """Load a session that is to be closed at TeamViewer. None where it does not exist."""
        async with self._unit_of_work.read() as tx:
            session = await tx.sessions.get(session_id)
            if session is None:
                return None
            return LoadedSession(session, await _closing_connection(session, tx), await tx.switches.read())

    async def load_shown(self, session_id: SessionId) -> ShownSession | None:
        """Load a session for showing it. None where it does not exist."""
        async with self._unit_of_work.read() as tx:
            return await tx.shown_sessions.get(session_id)

    async def change(
        self,
        session_id: SessionId,
        move: Move,
        *,
        also: Also | None = None,
        refreshes_cards: bool = True,
        known: Session | None = None,
    ) -> Session | None:
        """Change a session, and enqueue what follows in the same transaction: the refresh of its cards, and pings.

        ``move`` is retried after a version conflict. ``refreshes_cards`` is False for a change that no card shows.
        ``known`` is the session as it was read a moment ago. It is read again only if it has changed since.
        Returns the session after the change, None where it does not exist.
        """
        # Without an upper limit: each round means that another writer made progress.
        while True:
            async with self._unit_of_work.write() as tx:
                read, known = known, None
                session = read or await tx.sessions.get(session_id)
                changed = move(session) if session else None
                if changed is None and read is not None:
                    continue
                if session is None or changed is None:
                    return session
                save = tx.sessions.save(changed, known=session)
                places = None
                if refreshes_cards:
                    is_saved, places = await together(tx, save, tx.shown_sessions.find_places(session_id))
                else:
                    is_saved = await save
                if is_saved:
                    if places is not None:
                        await enqueue_refreshes(changed, tx, places)
                    await enqueue_pings(session, changed, tx)
                    if also is not None:
                        await also(tx)
                    return changed

    async def change_where_needed(
        self, session: Session, move: Move, *, also: Also | None = None
    ) -> Session | None:
        """Change a session as ``change`` does, without a transaction where ``move`` leaves ``session`` as it is.

        For what is looked at again and again: where somebody else changed it just now, the next look sees that.
        """
        if move(session) is None:
            return session
        return await self.change(session.id, move, also=also)


async def session_connection(session: Session, tx: Transaction) -> Connection | None:
    """Return the connection to the TeamViewer account that a session lives in, active or not."""
    if session.account is None:
        return await tx.connections.active(session.technician)
    return await tx.connections.of_account(session.technician, session.account)


async def _closing_connection(session: Session, tx: Transaction) -> Connection | None:
    """Return the connection to close a session with. One that was given up will do, until it is revoked."""
    connection = await session_connection(session, tx)
    if connection is None and session.account is not None:
        return await tx.revocations.of_account(session.technician, session.account)
    return connection
