"""What a check of the doctor found: whether one thing that the bot depends on works."""

from dataclasses import dataclass
from enum import StrEnum

from bot.i18n import Text


class Verdict(StrEnum):
    """The outcome of a check. Only OK says that something was seen to work."""

    OK = "ok"
    FAILED = "failed"
    UNKNOWN = "unknown"
    """It cannot be known, or not now. The detail says why."""
    SKIPPED = "skipped"
    """It is not set up, so there is nothing to check."""


@dataclass(frozen=True, slots=True)
class Finding:
    """The outcome of one check. ``check`` is its stable name, ``remedy`` what to do if it failed. It holds no secret."""

    check: str
    title: Text
    verdict: Verdict
    detail: Text
    remedy: Text
