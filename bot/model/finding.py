"""What a check of the doctor found: whether one thing that the bot depends on works."""

from enum import StrEnum

from bot.i18n import Text
from bot.values import value_class


class Verdict(StrEnum):
    """The outcome of a check. Only OK says that something was seen to work."""

    OK = "ok"
    FAILED = "failed"
    UNKNOWN = "unknown"
    """It cannot be known, or not now. The detail says why."""
    SKIPPED = "skipped"
    """It is not set up, so there is nothing to check."""


@value_class
class Finding:
    """The outcome of one check. ``check`` is its stable name, ``remedy`` what to do if it failed. It holds no secret."""

    check: str
    title: Text
    verdict: Verdict
    detail: Text
    remedy: Text
