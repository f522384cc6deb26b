"""One token source for each connection to TeamViewer."""

from bot.errors import NotAuthorized
from bot.jobs import RefreshHomes, ReportLostConnection
from bot.model.connection import Connection, Tokens
from bot.model.ids import ConnectionId
from bot.model.secret import Secret
from bot.ports import Clock, TeamViewer
from bot.tokens import LeasedTokens
from bot.unit_of_work import Transaction, UnitOfWork
from bot.use_cases.authorize import lost_authorization


class TokenSources:
    """Gives each connection one token source, so that this process refreshes it once at a time."""

    def __init__(self, unit_of_work: UnitOfWork, teamviewer: TeamViewer, clock: Clock) -> None:
        self._unit_of_work = unit_of_work
        self._teamviewer = teamviewer
        self._clock = clock
        self._sources: dict[str, LeasedTokens] = {}

    def __call__(self, connection: Connection) -> LeasedTokens:
        """Return the token source of a connection."""

        async def refresh(stored: Secret | None) -> Tokens:
            return await self._refresh(connection, stored)

        name = connection.token_name
        tokens = LeasedTokens(self._unit_of_work, name, refresh, self._clock)
        return self._sources.setdefault(name, tokens)

    async def _refresh(self, connection: Connection, refresh_token: Secret | None) -> Tokens:
        """Refresh at TeamViewer. A connection whose tokens are lost becomes inactive. Raises NotAuthorized."""
        if refresh_token is None:
            raise lost_authorization()
        try:
            return await self._teamviewer.refresh(refresh_token)
        except NotAuthorized:
            async with self._unit_of_work.write() as tx:
                stored = await tx.tokens.read(connection.token_name)
                # A refresh token works once. Where another one is stored, another process has refreshed meanwhile.
                if stored is None or stored.refresh == refresh_token:
                    await _end_connection(connection, tx)
            raise


async def _end_connection(connection: Connection, tx: Transaction) -> None:
    """Make a connection inactive whose tokens are lost. If it was the active one, its technician gets a message at once."""
    active = await tx.connections.active(connection.technician)
    await tx.connections.deactivate(connection)
    if active is not None and active.id == connection.id:
        report = ReportLostConnection(ConnectionId(connection.id))
        await tx.enqueue(report, key=f"lost:{connection.id}")
        await tx.enqueue(RefreshHomes(connection.technician), key=f"lost_home:{connection.id}")
