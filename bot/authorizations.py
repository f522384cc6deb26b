"""Stored authorizations at TeamViewer, as Protocols: connections in use, connections given up, and tokens."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

from bot.model.connection import Account, Connection, Tokens
from bot.model.effect import Effect
from bot.model.ids import Email
from bot.model.secret import Secret
from bot.values import value_class

REVOKE_RETRY_AFTER = timedelta(minutes=5)
"""How long the sweep waits after an authorization was given up, or could not be revoked, before it revokes it again."""


class Connections(Protocol):
    """The connections in use: technicians' authorizations at TeamViewer."""

    async def connect(self, technician: Email, account: Account, tokens: Tokens, at: datetime) -> Connection:
        """Store a new authorization as the technician's active connection. The one before becomes inactive.

        An earlier one to the same account is given up: its tokens wait to be revoked.
        """

    async def hold(
        self, technician: Email, account: Account, tokens: Tokens, at: datetime, until: datetime
    ) -> Connection:
        """Store an authorization that is not in use yet. Unless it is accepted by ``until``, it is due for revocation."""

    async def accept(self, connection_id: str, now: datetime) -> Connection | None:
        """Make a held authorization the technician's active connection. None where it does not exist or has expired."""

    async def active(self, technician: Email) -> Connection | None: ...

    async def get(self, connection_id: str) -> Connection | None: ...

    async def of_account(self, technician: Email, account_id: str) -> Connection | None:
        """Return a technician's connection to one TeamViewer account, active or not."""

    async def of_technician(self, technician: Email) -> Sequence[Connection]:
        """List a technician's connections, newest first."""

    async def with_unfinished_refresh(self, now: datetime) -> Sequence[Connection]:
        """List the connections whose tokens somebody began to refresh, with a lease that ran out and no result."""

    async def with_usable_token(self, now: datetime) -> Connection | None:
        """Return the newest connection in use whose access token is still valid at ``now``, of any technician."""

    async def unused(self, before: datetime, *, limit: int) -> Sequence[Connection]:
        """List connections that were last used before that, of technicians whose profile is no longer stored."""

    async def activate(self, connection: Connection) -> Effect:
        """Make a connection its technician's active one. NOTHING where it is already. Raises NotConfirmed."""

    async def deactivate(self, connection: Connection) -> None:
        """Make a connection inactive."""

    async def touch(self, connection: Connection, at: datetime) -> None: ...


class Revocations(Protocol):
    """Connections that were given up. Their tokens stay stored until TeamViewer has revoked them.

    Until then they serve for nothing but to close sessions whose end was asked for before.
    """

    async def give_up(self, connection: Connection, look_after: datetime) -> Effect:
        """Make a connection due for revocation at ``look_after``. One whose tokens are invalid is deleted at once.

        NOTHING where it was given up already.
        """

    async def get(self, connection_id: str) -> Connection | None: ...

    async def of_account(self, technician: Email, account_id: str) -> Connection | None:
        """Return a connection that a technician gave up, to close at TeamViewer what they left open."""

    async def due(self, now: datetime) -> Sequence[Connection]:
        """List the connections that are due for revocation, longest due first."""

    async def postpone(self, connection: Connection, until: datetime) -> None: ...

    async def delete(self, connection: Connection) -> Effect:
        """Delete a connection and its tokens. NOTHING where it is deleted already."""


@value_class
class StoredTokens:
    """Stored tokens. ``access`` is None where there is none yet, or where TeamViewer no longer accepts it.

    ``is_being_refreshed``: somebody has the lease, or died with it, and no result is stored.
    """

    access: Secret | None
    refresh: Secret | None
    expires_at: datetime | None
    is_being_refreshed: bool = False


class TokenStore(Protocol):
    """Tokens by name, each with a lease, so that one process at a time refreshes them."""

    async def read(self, name: str) -> StoredTokens | None: ...

    async def lease(self, name: str, owner: str, now: datetime, until: datetime) -> bool:
        """Take the lease. False where another owner holds it."""

    async def store_and_release(self, name: str, owner: str, tokens: StoredTokens) -> bool:
        """Store access token, refresh token and expiry together, and release the lease. False where the lease was lost."""

    async def extend(self, name: str, owner: str, until: datetime) -> bool:
        """Extend a lease. False where it was lost."""

    async def release(self, name: str, owner: str) -> None: ...

    async def store(self, name: str, tokens: StoredTokens) -> None:
        """Store tokens under a name. They replace what was stored."""
