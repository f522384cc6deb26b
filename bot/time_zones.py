"""Time zones by name. A profile of a chat may name one that this machine does not know, or none."""

from datetime import UTC, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


def find_zone(name: str) -> tzinfo:
    """Return a time zone by its IANA name. UTC for a name that this machine does not know."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: ``Europe`` is a folder of zones
        return UTC
