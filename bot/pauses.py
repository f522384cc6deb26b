"""How long an outside system is left alone before the next try: one rule, wherever something is tried again."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from bot.errors import Unavailable
from bot.ports import Clock


def choose_pause(own: float, asked: float | None) -> float:
    """Return the seconds until the next try: ``own``, or longer if the outside system asked for it (``retry_after``).

    No place shortens what was asked for. One that cannot wait that long gives up, and says from when on a try makes sense.
    ``Unavailable`` limits it to a day.
    """
    return max(own, asked or 0.0)


def pause_after(error: BaseException, own: timedelta) -> timedelta:
    """Return the pause after an error, as ``choose_pause`` does."""
    asked = error.retry_after if isinstance(error, Unavailable) else None
    return timedelta(seconds=choose_pause(own.total_seconds(), asked))


def read_steady_clock() -> datetime:
    """Return a time that only grows, also where the machine's clock is set. It is no date: compare it with others of its kind."""
    return datetime.fromtimestamp(time.monotonic(), UTC)


class LeftAlone:
    """What asked to be left alone for a while, and until when: an outside system, or one account at it.

    It is kept in memory. So a new process asks once more.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._until: dict[str, datetime] = {}

    def remaining(self, name: str) -> float:
        """Return the seconds for which ``name`` is still to be left alone. 0 if it may be asked."""
        until = self._until.get(name)
        return max((until - self._clock()).total_seconds(), 0.0) if until is not None else 0.0

    @contextmanager
    def asking(self, name: str) -> Iterator[None]:
        """Make a call to ``name`` in the block. If it raises Unavailable, its ``retry_after`` is stored."""
        try:
            yield
        except Unavailable as error:
            self._until[name] = self._clock() + pause_after(error, timedelta(0))
            raise
        self._until.pop(name, None)
