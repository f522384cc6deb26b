"""What became of one SMS."""

from enum import Enum, auto


class SmsOutcome(Enum):
    """What happened to an SMS. ``UNSURE``: it may have been sent."""

    SENT = auto()
    REFUSED = auto()
    NOT_REACHED = auto()
    UNSURE = auto()
