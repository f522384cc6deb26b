"""Log what strangers can cause as often as they like: each kind of event once a minute, with its number."""

import time
from collections.abc import Callable

from structlog.stdlib import BoundLogger

EVERY_SECONDS = 60.0
MAX_KINDS = 200
"""Fields are texts of the bot itself, so there are only a few kinds."""


class ThrottledLog:
    """Logs the first event of a kind at once, and later ones once a minute. ``repeated`` counts those in between."""

    def __init__(self, log: BoundLogger, *, now: Callable[[], float] = time.monotonic) -> None:
        self._log = log
        self._now = now
        self._kinds: dict[tuple[str, ...], tuple[float, int]] = {}

    def info(self, event: str, **fields: str) -> None:
        """Log an event, or only count it."""
        kind = (event, *fields.values())
        logged_at, repeated = self._kinds.get(kind, (None, 0))
        now = self._now()
        if logged_at is not None and now - logged_at < EVERY_SECONDS:
            self._kinds[kind] = logged_at, repeated + 1
            return
        if len(self._kinds) >= MAX_KINDS:
            self._kinds.clear()
        self._kinds[kind] = now, 0
        self._log.info(event, **fields, **({"repeated": repeated} if repeated else {}))
