"""The forms: for a new session, and for inviting a colleague."""

from collections.abc import Sequence
from datetime import datetime

from bot.i18n import Text, _
from bot.model.ids import RequestNumber, SessionId
from bot.model.session import Kind
from bot.values import value_class


@value_class
class ChannelChoice:
    """A channel that the session's card can be posted in. ``value`` names it to the platform."""

    value: str
    name: Text


@value_class
class InviteForm:
    """The form in which a colleague is chosen who is to be invited to a session."""

    session: SessionId
    number: RequestNumber


def invite_form_title(form: InviteForm) -> Text:
    """Return what the form asks."""
    return _("Who should join the session for request #{number}?", number=form.number)


INVITE_HINT = _("They get a link of their own, which you can withdraw.")


@value_class
class SessionForm:
    """The form, with the values it opens with.

    ``channel`` is where the session's card will be posted, on a platform whose submitted form does not say it. Empty: in
    private. ``choices`` are other channels, on a platform that has no picker of its own for them. ``offers_chat``: it has
    a switch that says whether the requester is invited in a chat too. ``at`` is the time as it was typed, ``starts_at`` the
    moment that is meant, in the reader's ``timezone``.
    """

    number: RequestNumber | None
    kind: Kind
    note: str
    channel: str
    choices: Sequence[ChannelChoice] = ()
    offers_chat: bool = False
    at: str = ""
    starts_at: datetime | None = None
    timezone: str = "UTC"


AT_LABEL = _("Create it later")
AT_HINT = _("Leave it empty to create the session now.")
IN_CHAT_LABEL = _("Also invite in chat")
IN_CHAT_HINT = _("For requesters who have an account in Slack or Teams.")
