"""A limitation: calls that this ServiceDesk Plus refuses to the bot, whatever they are about."""

from datetime import datetime
from enum import StrEnum

from bot.i18n import Text
from bot.values import value_class


class Limitation(StrEnum):
    """The calls that are refused."""

    REPLIES = "replies"
    TECHNICIANS = "technicians"


@value_class
class KnownLimitation:
    """A limitation that was found. Until ``retry_at`` the refused call is not made again."""

    limitation: Limitation
    reason: Text
    found_at: datetime
    retry_at: datetime
