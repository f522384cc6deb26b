"""Finish the token refreshes of processes that died in the middle: find out whether the connection is still alive."""

from bot.model.connection import Connection
from bot.model.secret import Secret
from bot.pauses import LeftAlone
from bot.ports import Clock
from bot.unit_of_work import UnitOfWork
from bot.workflows.bounded_gather import bounded_gather
from bot.workflows.remote_sessions import RemoteSessions


class RefreshFinisher:
    """Tries the refresh tokens of refreshes whose answer was lost."""

    def __init__(self, unit_of_work: UnitOfWork, remote: RemoteSessions, clock: Clock) -> None:
        self._unit_of_work = unit_of_work
        self._remote = remote
        self._clock = clock
        self._left_alone = LeftAlone(clock)

    async def finish_refreshes(self) -> None:
        """Try the refresh token of every connection whose refresh was begun and has no known result.

        TeamViewer takes a refresh token once. Whether it took this one, or takes it once more for a while, is not known.
        If it refuses the token, the connection is lost. ``TokenSources`` then sends the technician a message.
        """
        async with self._unit_of_work.read() as tx:
            unfinished = await tx.connections.with_unfinished_refresh(self._clock())
        await bounded_gather(unfinished, self._try_refresh_token, name="finish a token refresh")

    async def _try_refresh_token(self, connection: Connection) -> None:
        if self._left_alone.remaining(connection.id):
            return
        async with self._unit_of_work.read() as tx:
            stored = await tx.tokens.read(connection.token_name)
        if stored is not None:
            with self._left_alone.asking(connection.id):
                await self._remote.renew_tokens(connection, stored.access or Secret(""))
