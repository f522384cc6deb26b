"""What people are told where the bot's own store is in trouble."""

from bot.errors import NotConfirmed, Unavailable
from bot.i18n import _


def store_is_away() -> Unavailable:
    """The error of a database that does not answer."""
    return Unavailable(_("The bot’s own database does not answer."))


def store_is_busy() -> NotConfirmed:
    """The error of a change that others kept getting in the way of."""
    return NotConfirmed(_("Too much is happening at once for this request. Try again in a moment."))
