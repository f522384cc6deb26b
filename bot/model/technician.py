"""People: the chat accounts that use the bot, and the technicians behind them."""

from datetime import datetime
from enum import StrEnum

from bot.model.ids import Email
from bot.values import value_class


class Platform(StrEnum):
    """A chat platform."""

    SLACK = "slack"
    TEAMS = "teams"


@value_class
class Actor:
    """The account that sent a command, as the platform's signed request names it."""

    platform: Platform
    tenant: str
    user: str


@value_class
class Profile:
    """What the platform says about an account. ``email`` is the confirmed address, or None.

    ``has_unconfirmed_email``: the account has an address, but the platform does not call it confirmed.
    """

    actor: Actor
    name: str
    email: Email | None
    locale: str = "en"
    timezone: str = "UTC"
    is_guest: bool = False
    is_external: bool = False
    is_deactivated: bool = False
    is_bot: bool = False
    has_unconfirmed_email: bool = False

    @property
    def is_full_member(self) -> bool:
        """Whether this is the account of a person who fully belongs to the tenant."""
        return not (self.is_guest or self.is_external or self.is_deactivated or self.is_bot)


class AddressDoubt(StrEnum):
    """Why an account may not work as the technician of its e-mail address until an SDAdmin confirms it."""

    CHANGED = "changed"
    """The account has worked under another address."""
    TAKEN = "taken"
    """Another account of the same tenant works under the address, or did before it left."""


@value_class
class Technician:
    """A technician of ServiceDesk Plus, identified by their e-mail address."""

    email: Email
    name: str
    is_admin: bool = False


@value_class
class Directory:
    """The technician list as it was at ``read_at``."""

    technicians: dict[Email, str]
    read_at: datetime


@value_class
class KnownUser:
    """What is stored about a chat account: its profile, and its entry in the technician list.

    ``listed_as`` is the name in that list, or None if it has no such entry. ``listed_at`` is when the list was read.
    ``address_doubt``: the account may not work under its address.
    """

    profile: Profile
    profile_read_at: datetime
    listed_at: datetime | None = None
    listed_as: str | None = None
    is_granted_admin: bool = False
    address_doubt: AddressDoubt | None = None
