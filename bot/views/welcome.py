"""What the bot says when it is added to a chat."""

from bot.i18n import Words, _
from bot.views.pages import Message
from bot.views.parts import Tone


def greeting() -> Message:
    """Return what the bot does, and how to begin."""
    return Message(
        _("I start TeamViewer sessions for requests in ServiceDesk Plus, right from this chat."),
        Tone.GOOD,
        details=(
            _("Begin with {words}: it connects your TeamViewer account.", words=Words("auth")),
            _("{words} shows everything I can do.", words=Words("help")),
        ),
    )
