"""The invitation that a requester gets in their own chat with the bot."""

from collections.abc import Sequence

from bot.commands import DeclineInvitation
from bot.i18n import Text, _
from bot.model.ids import Email
from bot.model.notice import Notice
from bot.model.secret import Secret
from bot.model.session import Kind, Session
from bot.model.technician import Actor
from bot.values import value_class
from bot.views.parts import Button, LinkButton, Style


@value_class
class Invitation:
    """What a requester sees in chat while they can join: who would like to help, and the way to their own join page.

    ``invited`` is the account that may see it, as long as it has the e-mail address ``address``. ``is_open``: it is not
    answered yet.
    """

    invited: Actor
    address: Email
    text: Text
    details: Sequence[Text]
    buttons: Sequence[Button | LinkButton]
    is_open: bool = True


def make_invitation(
    session: Session, notice: Notice, *, invited: Actor, address: Email, join_page: str
) -> Invitation:
    """Make the invitation to a session that can be joined. The address that it leads to is the join page."""
    # Before an open session TeamViewer names no end.
    until = (
        [_("The link works until {time}, or until the session ends.", time=session.valid_until)]
        if session.valid_until
        else []
    )
    answered = (
        [_("You answered “Not now”. It is shown to {technician}.", technician=session.technician_name)]
        if notice.declined_at
        else []
    )
    join = LinkButton(_("Join"), Secret(join_page), Style.PRIMARY)
    not_now = Button(_("Not now"), DeclineInvitation(notice.id))
    return Invitation(
        invited,
        address,
        invitation_text(session),
        [
            *answered,
            joining_text(session),
            *until,
            _("Didn’t ask for help? Don’t join, and tell your service desk."),
        ],
        [join] if notice.declined_at else [join, not_now],
        is_open=notice.declined_at is None,
    )


def invitation_text(session: Session) -> Text:
    """Return who would like to help, and with which request."""
    return _(
        "{technician} would like to help you with your request #{number}, “{subject}”.",
        technician=session.technician_name,
        number=session.number,
        subject=session.subject,
    )


def joining_text(session: Session) -> Text:
    """Return on which device the requester opens the link, and what others see then."""
    if session.kind is Kind.PILOT:
        return _(
            "Open the link on your phone. Its camera shows {technician} what you see.",
            technician=session.technician_name,
        )
    return _("Open the link on the device that needs help. Nobody sees your screen until you allow it.")


def over_text(session: Session) -> Text:
    """Return what replaces an invitation once its session is over."""
    return _(
        "The session for your request #{number} is over. The link no longer works.", number=session.number
    )


def replaced_text(session: Session) -> Text:
    """Return what replaces an invitation once there is a newer one for the same session."""
    return _("There is a newer invitation for your request #{number}, further down.", number=session.number)


def not_invited_any_more_text() -> Text:
    """Return what replaces an invitation whose reader is not the requester any more."""
    return _("This invitation is no longer for you.")
