"""The views that report an error."""

from bot.errors import BotError
from bot.i18n import _
from bot.views.pages import Message
from bot.views.parts import Tone


def error_view(error: BotError) -> Message:
    """Show an error that carries its own explanation. Its reference is in the log too."""
    return Message(error.text, Tone.REFUSED)


def refusal_view(error: BotError) -> Message:
    """Tell somebody why they are no technician here. The text names their address, so others do not see it."""
    return Message(error.text, Tone.REFUSED, is_personal=True)


def internal_error_view() -> Message:
    """Report an unexpected error without its details: they are in the log."""
    text = _("Something went wrong in the bot, and nothing was done. Try again in a moment.")
    return Message(text, Tone.PROBLEM)
