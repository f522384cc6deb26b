"""Access tokens, refreshed by one process at a time."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from bot.attempts import finish, tracked_call
from bot.authorizations import StoredTokens
from bot.errors import NotAuthorized, Rejected, Unavailable
from bot.i18n import _
from bot.model.connection import Tokens
from bot.model.secret import Secret
from bot.outage import outlast_outage
from bot.ports import Clock
from bot.unit_of_work import UnitOfWork

EARLY = timedelta(minutes=5)
"""A token is refreshed this long before it expires."""
LEASE = timedelta(seconds=30)
"""Longest time for one refresh. After that another process may try."""
_MARGIN = timedelta(seconds=5)
_LOOK_AGAIN_SECONDS = 0.1

Refresh = Callable[[Secret | None], Awaitable[Tokens]]
"""Exchanges the stored refresh token (None where there is none) for new tokens."""


class LeasedTokens:
    """A ``TokenSource`` over the tokens stored under one name.

    The holder of the lease on the row refreshes. All others, in any process, wait for the new tokens. A lease
    is a row lock that holds no transaction open over an outside call, and it runs out if its holder dies.

    The lease is also the mark that a refresh was begun. One that ran out, and still has its owner, is a refresh without a
    known result: the refresh token may be used up. The next sweep tries it (``workflows/unfinished_refreshes.py``).

    With ``keep`` a token is remembered for so long. That is for tokens which stay valid until they expire: one that is
    refused all the same is renewed, as any other.
    """

    def __init__(
        self,
        unit_of_work: UnitOfWork,
        name: str,
        refresh: Refresh,
        clock: Clock,
        *,
        keep: timedelta = timedelta(0),
    ) -> None:
        self._unit_of_work = unit_of_work
        self._name = name
        self._refresh = refresh
        self._clock = clock
        self._keep = keep
        self._kept: tuple[StoredTokens, datetime] | None = None
        """The tokens that were read last, and when. They are not used for longer than ``keep``."""
        self._refresh_lock = asyncio.Lock()
        self._was_unfinished = False

    async def token(self) -> Secret:
        """Return a token that has not expired. Raises NotAuthorized, Unavailable."""
        stored = self._find_kept() or await self._read()
        if (
            stored
            and stored.access
            and (stored.expires_at is None or stored.expires_at - EARLY > self._clock())
        ):
            return stored.access
        return await self.renew(stored.access if stored and stored.access else Secret(""))

    async def renew(self, refused: Secret) -> Secret:
        """Return a newer token than ``refused``. Raises NotAuthorized, Unavailable."""
        self._kept = None
        # Callers in this process queue here first, so only one of them competes for the lease.
        owner = secrets.token_hex(8)
        async with self._refresh_lock:
            newer = await self._wait_for_lease(owner, refused)
            return newer or await self._refresh_now(owner, refused)

    async def end(self, revoke: Callable[[Secret], Awaitable[None]]) -> None:
        """Call ``revoke`` with a valid token while no process can refresh it, then delete the stored tokens.

        Raises NotAuthorized where it is dead already, Unavailable, and whatever ``revoke`` raises.
        """
        self._kept = None
        good = await self.token()
        owner = secrets.token_hex(8)
        async with self._refresh_lock:
            await self._wait_for_lease(owner, None)
            stored = await self._read()
            try:
                async with asyncio.timeout((LEASE - _MARGIN).total_seconds()):
                    await revoke(stored.access if stored and stored.access else good)
            except TimeoutError:
                await self._release(owner)
                raise _slow() from None
            except BaseException:
                await self._release(owner)
                raise
            await self._store(owner, StoredTokens(None, None, None))

    async def _wait_for_lease(self, owner: str, known: Secret | None) -> Secret | None:
        """Wait for the lease. Returns None where it was taken, or a token that another process stored meanwhile."""
        for _attempt in range(int(2 * LEASE.total_seconds() / _LOOK_AGAIN_SECONDS)):
            stored = await self._read()
            if known is not None and stored and stored.access and stored.access != known:
                return stored.access
            if await self._lease(owner):
                return None
            await asyncio.sleep(_LOOK_AGAIN_SECONDS)
        raise _slow()

    async def _refresh_now(self, owner: str, refused: Secret) -> Secret:
        newer = await self._newer_token(refused)
        if newer is not None:
            await self._release(owner)
            return newer
        stored = await self._read()
        with tracked_call() as call:
            try:
                async with asyncio.timeout((LEASE - _MARGIN).total_seconds()):
                    new = await self._refresh(stored.refresh if stored else None)
            except NotAuthorized:
                # A refresh token works once: another process may have used it, after this one lost its lease.
                newer = await self._newer_token(refused)
                if newer is not None:
                    return newer
                await self._store(owner, StoredTokens(None, None, None))
                raise
            except BaseException as error:
                is_refusal = isinstance(error, Rejected)
                # A refusal of another kind used nothing up. Nor did a call that never left.
                await self._end_lease(owner, is_unclear=not is_refusal and not call.withdraw())
                if isinstance(error, TimeoutError):
                    raise _slow() from None
                raise
        expires_at = self._clock() + timedelta(seconds=new.expires_in)
        tokens = StoredTokens(new.access, new.refresh or (stored.refresh if stored else None), expires_at)
        # The old refresh token is used up: without the new ones the authorization would be lost.
        await finish(outlast_outage(lambda: self._store(owner, tokens), name="store refreshed tokens"))
        return new.access

    async def _newer_token(self, known: Secret) -> Secret | None:
        """Return the stored access token. None where there is none, or where it is the known one."""
        stored = await self._read()
        return stored.access if stored and stored.access and stored.access != known else None

    def _find_kept(self) -> StoredTokens | None:
        if self._kept is None or self._clock() - self._kept[1] >= self._keep:
            return None
        return self._kept[0]

    async def _read(self) -> StoredTokens | None:
        now = self._clock()
        async with self._unit_of_work.read() as tx:
            stored = await tx.tokens.read(self._name)
        self._kept = (stored, now) if stored is not None and self._keep else None
        return stored

    async def _lease(self, owner: str) -> bool:
        now = self._clock()
        async with self._unit_of_work.write() as tx:
            before = await tx.tokens.read(self._name)
            if not await tx.tokens.lease(self._name, owner, now, now + LEASE):
                return False
        self._was_unfinished = before is not None and before.is_being_refreshed
        return True

    async def _store(self, owner: str, stored: StoredTokens) -> None:
        """Store new tokens, even where the lease has expired: the old refresh token is used up."""
        self._kept = None
        async with self._unit_of_work.write() as tx:
            if await tx.tokens.store_and_release(self._name, owner, stored) or stored.access is None:
                return
            # A connection that was revoked and deleted meanwhile must not get tokens again.
            if await tx.tokens.read(self._name) is not None:
                await tx.tokens.store(self._name, stored)

    async def _end_lease(self, owner: str, *, is_unclear: bool) -> None:
        """Let others refresh now. The owner stays stored while nobody knows whether the refresh token is used up."""
        if not is_unclear and not self._was_unfinished:
            await self._release(owner)
            return
        async with self._unit_of_work.write() as tx:
            await tx.tokens.extend(self._name, owner, self._clock())

    async def _release(self, owner: str) -> None:
        async with self._unit_of_work.write() as tx:
            await tx.tokens.release(self._name, owner)


def _slow() -> Unavailable:
    return Unavailable(_("Signing in takes too long. Try again in a minute."))
