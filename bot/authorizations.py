"""What the product keeps of authorizations, as Protocols: connections, those that were given up, and tokens."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from bot.model.connection import Account, Connection, Tokens
from bot.model.ids import Email
from bot.model.secret import Secret

REVOKE_RETRY_AFTER = timedelta(minutes=5)
"""How long the sweep waits after an authorization was given up, or could not be revoked, before it revokes it again."""


class Connections(Protocol):
    """A technician's authorizations at TeamViewer, as long as they are in use."""

    async def connect(self, technician: Email, account: Account, tokens: Tokens, at: datetime) -> Connection:
        """Keep a new authorization as the technician's active one; the one before is no longer active.

        An earlier one to the same account is given up: its tokens wait to be revoked.
        """

    async def hold(
        self, technician: Email, account: Account, tokens: Tokens, at: datetime, until: datetime
    ) -> Connection:
        """Keep an authorization that nobody uses. Unless it is accepted until then, it waits to be revoked."""

    async def accept(self, connection_id: str, now: datetime) -> Connection | None:
        """Make what was held the technician's active connection. None where it is gone, or its time is over."""

    async def active(self, technician: Email) -> Connection | None: ...

    async def get(self, connection_id: str) -> Connection | None: ...

    async def of_account(self, technician: Email, account_id: str) -> Connection | None:
        """Return a technician's connection to one TeamViewer account, whichever is the active one."""

    async def of_technician(self, technician: Email) -> Sequence[Connection]:
        """List a technician's connections, the newest first."""

    async def unused(self, before: datetime) -> Sequence[Connection]:
        """List the connections that were last used before that, by somebody who is no longer known."""

    async def activate(self, connection: Connection) -> None:
        """Make a connection its technician's active one."""

    async def rest(self, connection: Connection) -> None:
        """Let a connection no longer be the active one."""

    async def touch(self, connection: Connection, at: datetime) -> None: ...


class Revocations(Protocol):
    """Connections that were given up. Their tokens are kept to be revoked, and for nothing else."""

    async def give_up(self, connection: Connection, look_after: datetime) -> None:
        """Let tokens wait to be revoked; the watch leaves them alone until ``look_after``. Dead ones are forgotten."""

    async def get(self, connection_id: str) -> Connection | None: ...

    async def due(self, now: datetime) -> Sequence[Connection]:
        """List those that the watch is to revoke, the longest waiting first."""

    async def postpone(self, connection: Connection, until: datetime) -> None: ...

    async def done(self, connection: Connection) -> None:
        """Forget a connection and its tokens."""


@dataclass(frozen=True, slots=True)
class KeptTokens:
    """Tokens as they are kept. ``access`` is None where there is none yet or it was given up."""

    access: Secret | None
    refresh: Secret | None
    expires_at: datetime | None


class TokenStore(Protocol):
    """Tokens by name, and a lease on each so that one process at a time refreshes them."""

    async def read(self, name: str) -> KeptTokens | None: ...

    async def lease(self, name: str, owner: str, now: datetime, until: datetime) -> bool:
        """Take the lease where it is free or has run out."""

    async def keep(self, name: str, owner: str, tokens: KeptTokens) -> bool:
        """Write access, refresh and expiry in one go and give the lease back. False where the lease was lost."""

    async def extend(self, name: str, owner: str, until: datetime) -> bool:
        """Hold a lease for longer. False where it was lost."""

    async def release(self, name: str, owner: str) -> None: ...

    async def put(self, name: str, kept: KeptTokens) -> None:
        """Keep tokens under a name, whatever was there."""
