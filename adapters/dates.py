"""Read dates and durations that come from outside. One that cannot be right is treated as one that is missing."""

from datetime import UTC, datetime

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
LATEST = datetime(2100, 1, 1, tzinfo=UTC)
"""A date outside of these two says "never" or is a mistake. Calculations with one near the year 9999 overflow."""


def parse_date(written: str) -> datetime | None:
    """Return a date in ISO 8601, as UTC. Without an offset it is UTC. None if it cannot be read, or cannot be right."""
    try:
        at = datetime.fromisoformat(written)
        at = at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
    return at if EARLIEST <= at < LATEST else None


def parse_unix_time(written: object) -> datetime | None:
    """Return a date in seconds since 1970, as UTC. None if it cannot be read, or cannot be right."""
    seconds = _whole_number(written)
    if seconds is None:
        return None
    try:
        at = datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return at if EARLIEST <= at < LATEST else None


def parse_seconds(written: object, *, longest: int) -> int | None:
    """Return a duration in whole seconds. None if it cannot be read, is not positive, or exceeds ``longest``."""
    seconds = _whole_number(written)
    return seconds if seconds is not None and 0 < seconds <= longest else None


def _whole_number(written: object) -> int | None:
    if not isinstance(written, str | int | float):
        return None
    try:
        return int(written)
    except (ValueError, OverflowError):
        return None
