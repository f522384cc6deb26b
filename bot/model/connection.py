"""A technician's authorization at TeamViewer."""

from datetime import datetime

from bot.model.ids import Email
from bot.model.secret import Secret
from bot.values import value_class


@value_class
class Tokens:
    """What TeamViewer's token endpoint answers. ``expires_in`` is in seconds."""

    access: Secret
    refresh: Secret | None
    expires_in: int


@value_class
class Account:
    """The TeamViewer account that a token belongs to (``GET /account``)."""

    user_id: str
    name: str
    email: Email | None


@value_class
class Connection:
    """An authorization. Its tokens are stored elsewhere, under ``token_name``.

    ``is_alive`` is false once TeamViewer has refused its tokens.
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
        """The name that its tokens are stored under."""
        return f"teamviewer/{self.id}"
