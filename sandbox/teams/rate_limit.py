"""Teams' rate limits per bot and conversation (Teams' documentation of rate limits)."""

import math
from collections import defaultdict, deque
from collections.abc import Callable
from datetime import datetime

from sandbox.teams.json_format import rate_limited

WINDOWS = ((1, 7), (2, 8), (30, 60), (3600, 1800))
"""(seconds, maximum sends) of each window. Creations have the same maximum, reads twice as much."""


class RateLimit:
    """Counts accepted requests per conversation. Updates count as sends (undocumented, assumed)."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self.is_enabled = True
        self._now = now
        self._recent: dict[tuple[str, str], deque[float]] = defaultdict(deque)

    def count_request(self, operation: str, conversation: str, *, factor: int = 1) -> None:
        """Count one request. Raises ApiError with the seconds until the next one is accepted."""
        if not self.is_enabled:
            return
        now, recent = self._now().timestamp(), self._recent[operation, conversation]
        # Forget requests older than the longest window.
        while recent and recent[0] <= now - WINDOWS[-1][0]:
            recent.popleft()
        waiting_times = [
            self._compute_seconds_until_free(recent, now, seconds, limit * factor)
            for seconds, limit in WINDOWS
        ]
        if max(waiting_times) > 0:
            raise rate_limited(math.ceil(max(waiting_times)))
        # A refused request does not count.
        recent.append(now)

    def _compute_seconds_until_free(
        self, recent: deque[float], now: float, seconds: int, limit: int
    ) -> float:
        """Return the seconds until a window accepts a request."""
        return recent[-limit] + seconds - now if len(recent) >= limit else 0.0
