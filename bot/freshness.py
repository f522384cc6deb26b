"""How old stored knowledge about a person may be when a command relies on it."""

from datetime import datetime, timedelta

from bot.commands import Command, Help, History, ListOpen, Status
from bot.model.technician import KnownUser

DIRECTORY_FRESH = timedelta(minutes=10)
"""Oldest technician list accepted for a technician who is on it."""
DIRECTORY_FRESH_FOR_UNLISTED = timedelta(seconds=15)
"""Oldest technician list accepted for somebody who is not on it: they may have been added a minute ago."""
STALE_LIMIT = timedelta(hours=24)
"""Oldest technician list accepted while ServiceDesk Plus is down, or for read-only commands."""
PROFILE_FRESH = timedelta(hours=1)
"""Oldest chat profile accepted."""


def is_fresh_enough(known_user: KnownUser, command: Command, now: datetime) -> bool:
    """Whether what is stored about a person is recent enough to run their command at once."""
    if known_user.listed_at is None:
        return False
    oldest_profile, oldest_list = _oldest_accepted(known_user, command)
    return now - known_user.profile_read_at < oldest_profile and now - known_user.listed_at < oldest_list


def _oldest_accepted(known_user: KnownUser, command: Command) -> tuple[timedelta, timedelta]:
    """Return the age limits of the profile and of the technician list."""
    if known_user.listed_as is None:
        return PROFILE_FRESH, DIRECTORY_FRESH_FOR_UNLISTED
    # Read-only commands go on working through an outage: a stale list can at most show what its reader saw yesterday.
    if isinstance(command, Help | Status | ListOpen | History):
        return STALE_LIMIT, STALE_LIMIT
    return PROFILE_FRESH, DIRECTORY_FRESH
