"""A technician's authorization at TeamViewer."""

from dataclasses import dataclass
from datetime import datetime

from bot.model.ids import Email
from bot.model.secret import Secret


@dataclass(frozen=True, slots=True)
class Tokens:
    """What TeamViewer's token endpoint answers. ``expires_in`` is in seconds."""

    access: Secret
    refresh: Secret | None
    expires_in: int


@dataclass(frozen=True, slots=True)
class Account:
    """The TeamViewer account that a token belongs to (``GET /account``)."""

    user_id: str
    name: str
    email: Email | None


@dataclass(frozen=True, slots=True)
class Connection:
    """An authorization. The tokens themselves stay in the store.

    ``is_alive`` is false where TeamViewer was found to accept its tokens no longer.
    """

    id: str
    technician: Email
    account: Account
    connected_at: datetime
    last_used_at: datetime | None
    is_active: bool
    is_alive: bool = True

    @property
    def token_name(self) -> str:
        """The name under which its tokens are kept."""
        return f"teamviewer/{self.id}"
