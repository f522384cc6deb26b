"""A clock that a test sets by hand."""

from datetime import UTC, datetime, timedelta


class Clock:
    """Returns the same time until it is moved."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def move(self, **by: float) -> None:
        """Move the clock, by the arguments of ``timedelta``."""
        self.now += timedelta(**by)
