"""Why a step failed, in words, with the time at which another try makes sense."""

from datetime import datetime, timedelta

from bot.i18n import Text, _
from bot.ports import StepOutcome

_WORTH_A_TIME_SECONDS = 60
"""A wait of this length or more is shown with the time at which it ends."""


def failure_text(outcome: StepOutcome, now: datetime) -> Text:
    """Return why a step failed, and from when on a new try makes sense where that is known."""
    why = outcome.problem or _("No reason was given.")
    time = worthwhile_time(outcome.retry_after, now)
    return why if time is None else _("{why} Try again after {time}.", why=why, time=time)


def worthwhile_time(retry_after: float | None, now: datetime) -> datetime | None:
    """Return when a wait of so many seconds ends. None where it is so short that people need no time."""
    if retry_after is None or retry_after < _WORTH_A_TIME_SECONDS:
        return None
    return now + timedelta(seconds=retry_after)
