"""What a technician does first, on their home."""

from collections.abc import Sequence

from bot.i18n import Words, _
from bot.views.home import FirstStep


def make_first_steps(*, is_connected: bool, has_created: bool, is_in_channel: bool) -> Sequence[FirstStep]:
    """Return the first steps, and which are done. Once all are done there are none.

    Each argument rests on something that is stored: an authorization, a session that TeamViewer created, and an event that
    says that the bot is in a channel (or a card in one).
    """
    steps = (
        FirstStep(_("Connect your TeamViewer account."), is_connected),
        FirstStep(
            _("Create a session for a request, for example by {words}.", words=Words(_("create 123"))),
            has_created,
        ),
        FirstStep(
            _(
                "Add the bot to a channel in Slack or a team in Teams: everybody there sees the cards of sessions that are created there."
            ),
            is_in_channel,
        ),
    )
    return () if all(one.is_done for one in steps) else steps
