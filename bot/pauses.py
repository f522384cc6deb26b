"""How long an outside system is left alone before the next try: one rule, wherever something is tried again."""

from datetime import timedelta

from bot.errors import Unavailable


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
