"""Teams' limits: how often a bot may do something in one conversation (Teams' documentation of rate limits)."""

import math
from collections import defaultdict, deque
from collections.abc import Callable
from datetime import datetime

from sandbox.teams.json_format import rate_limited

WINDOWS = ((1, 7), (2, 8), (30, 60), (3600, 1800))
"""Seconds, and what may be sent within them. As many conversations may be made; twice as much may be read."""


class RateLimit:
    """Counts per conversation what was let through; updates count as sends (undocumented, assumed)."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self.is_on = True
        self._now = now
        self._past: dict[tuple[str, str], deque[float]] = defaultdict(deque)

    def pass_through(self, what: str, conversation: str, *, factor: int = 1) -> None:
        """Count one request. Raises ApiError, with the seconds after which there is room again."""
        if not self.is_on:
            return
        now, past = self._now().timestamp(), self._past[what, conversation]
        while past and past[0] <= now - WINDOWS[-1][0]:
            past.popleft()
        waits = [self._wait(past, now, seconds, most * factor) for seconds, most in WINDOWS]
        if max(waits) > 0:
            raise rate_limited(math.ceil(max(waits)))
        past.append(now)

    def _wait(self, past: deque[float], now: float, seconds: int, most: int) -> float:
        """Return the seconds until a window has room."""
        return past[-most] + seconds - now if len(past) >= most else 0.0
