"""People: whoever speaks to the bot, and the technician behind them."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.model.ids import Email


class Platform(StrEnum):
    """Where a person speaks to the bot."""

    SLACK = "slack"
    TEAMS = "teams"


@dataclass(frozen=True, slots=True)
class Actor:
    """The account that sent a command, as the platform's signed request names it."""

    platform: Platform
    tenant: str
    user: str


@dataclass(frozen=True, slots=True)
class Profile:
    """What the platform tells of an account. ``email`` is the verified one, or None."""

    actor: Actor
    name: str
    email: Email | None
    locale: str = "en"
    timezone: str = "UTC"
    is_guest: bool = False
    is_external: bool = False
    is_deactivated: bool = False
    is_bot: bool = False


@dataclass(frozen=True, slots=True)
class Technician:
    """A technician of ServiceDesk Plus, known by their e-mail address."""

    email: Email
    name: str
    is_admin: bool = False


@dataclass(frozen=True, slots=True)
class Directory:
    """The list of technicians as it was at ``read_at``."""

    technicians: dict[Email, str]
    read_at: datetime


@dataclass(frozen=True, slots=True)
class KnownUser:
    """What is kept of whoever speaks: their profile, and how they stand in the list of technicians.

    ``listed_as`` is their name there, or None where they are not on it; ``listed_at`` when the list was read.
    """

    profile: Profile
    profile_read_at: datetime
    listed_at: datetime | None = None
    listed_as: str | None = None
    is_granted_admin: bool = False
