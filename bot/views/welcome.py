"""What the bot says when it is added to a chat."""

from collections.abc import Sequence

from bot.i18n import Words, _
from bot.views.pages import Message
from bot.views.parts import Button, Tone
from bot.words_to_type import HELP


def greeting(
    buttons: Sequence[Button] = (), *, must_mention: bool = False, is_connected: bool = False
) -> Message:
    """Return what the bot does, and how to begin.

    ``must_mention``: commands must mention the bot here. ``is_connected``: the reader has connected a TeamViewer account.
    """
    begin = (
        _("Create a session for a request, for example by {words}.", words=Words(_("create 123")))
        if is_connected
        else _("Begin with {words}: it connects your TeamViewer account.", words=Words("auth"))
    )
    mention = _(
        "In this conversation, mention me in front of each command: {words}.",
        words=Words(_("create 123")),
    )
    return Message(
        _("I start TeamViewer sessions for requests in ServiceDesk Plus, right from this chat."),
        Tone.GOOD,
        details=(
            begin,
            _("{words} shows everything I can do.", words=HELP),
            *([mention] if must_mention else []),
        ),
        buttons=buttons,
    )
