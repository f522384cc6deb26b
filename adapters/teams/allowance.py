"""How often something may be done, whoever asks for it: at a steady pace, with a little in reserve."""

from datetime import UTC, datetime, timedelta


class Allowance:
    """Allows something once every ``every``, and ``at_once`` times in a row where it was not done for long.

    It is a leaky bucket (the generic cell rate algorithm, ITU-T I.371): one moment says how much is used up.
    """

    def __init__(self, every: timedelta, *, at_once: int) -> None:
        self._every = every
        self._reserve = every * (at_once - 1)
        self._used_up_to = datetime.min.replace(tzinfo=UTC)

    def is_left(self, now: datetime) -> bool:
        """Whether it may be done now."""
        return self._used_up_to - now <= self._reserve

    def spend(self, now: datetime) -> None:
        """Note that it is done now."""
        self._used_up_to = max(self._used_up_to, now) + self._every
