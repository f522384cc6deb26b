"""What is shown of an invitation: its card to who is invited, and the answers about it."""

from collections.abc import Sequence

from bot.commands import Leave, OnSession, Verb
from bot.i18n import Text, _
from bot.model.card import Audience
from bot.model.ids import Email
from bot.model.invitation import Invitation
from bot.model.secret import Secret
from bot.model.session import Session
from bot.values import replace
from bot.views.pages import Message
from bot.views.parts import Button, LinkButton, Style, Tone
from bot.views.session import SessionCard, enter_button, kind_text, make_session_card, verb_label
from bot.words_to_type import words_about


def make_invited_card(
    session: Session, invitation: Invitation, enter_page: Secret, *, is_on: bool = True
) -> SessionCard:
    """Make the card of a session for who is invited to it. Its way in is theirs alone.

    It has no details of a connection: those stay the creator's. While the integration is off (``is_on``), Enter is a
    command, which is refused.
    """
    card = make_session_card(session, (), Audience.INVITED, is_on=is_on)
    # Whether the mails arrived, and the requester's link, are the concern of the session's technician.
    card = replace(card, invited=[_("{name} invites you to this session.", name=invitation.invited_by_name)])
    if not session.state.is_live or session.is_ending:
        return replace(card, requester_link=None)
    way_in = enter_link(enter_page) if is_on else enter_button(session)
    give_up = _("Decline") if invitation.entered_at is None else _("Leave")
    return replace(
        card,
        requester_link=None,
        buttons=[
            way_in,
            Button(verb_label(Verb.LINK), OnSession(Verb.LINK, session.id)),
            Button(give_up, Leave(session.id)),
        ],
    )


def enter_link(enter_page: Secret) -> LinkButton:
    """Return the button of an invited technician's way in."""
    return LinkButton(verb_label(Verb.ENTER), enter_page, Style.PRIMARY)


def enter_answer(session: Session, enter_page: Secret) -> Message:
    """Return the answer to who enters by an invitation."""
    return Message(
        _(
            "{kind} for request #{number}: this button is only for you.",
            kind=kind_text(session.kind),
            number=session.number,
        ),
        details=[_("It works until you leave, the invitation is withdrawn, or the session ends.")],
        buttons=[enter_link(enter_page)],
    )


def invitation_in_words(session: Session, invitation: Invitation) -> Message:
    """Return the invitation as a message without a button, for where cards are switched off."""
    return Message(
        _(
            "{name} invites you to the session for request #{number}. To enter, type {words}.",
            name=invitation.invited_by_name,
            number=session.number,
            words=words_about("enter", session.number),
        ),
        Tone.CALL,
    )


def over_text(session: Session) -> Message:
    """Return what replaces the card of an invitation that is over."""
    return Message(_("Your invitation to the session for request #{number} is over.", number=session.number))


def invited_arrival_view(session: Session, enter_page: Secret) -> Message:
    """Return the notification to an invited technician that the requester is there."""
    requester = session.requester.name if session.requester and session.requester.name else _("The requester")
    text = _("{requester} is there, for request #{number}.", requester=requester, number=session.number)
    details = [_("You are invited to this session of {technician}.", technician=session.technician_name)]
    return Message(text, Tone.CALL, details, [enter_link(enter_page)])


def withdrawal(session: Session, invitation: Invitation) -> Message:
    """Return the answer to a withdrawn invitation. It says what cannot be taken back at TeamViewer."""
    text = _(
        "The invitation of {name} to the session for request #{number} is withdrawn.",
        name=invitation.name,
        number=session.number,
    )
    if invitation.entered_at is None:
        return Message(text, details=[_("They had not entered, so TeamViewer’s link was not given to them.")])
    return Message(
        text,
        details=[
            _(
                "They had entered, and TeamViewer’s link in their browser may work until the session ends. To be sure, end it: {words}.",
                words=words_about("end", session.number),
            )
        ],
    )


def nobody_invited(session: Session) -> Text:
    """Return the sentence for a session to which nobody is invited."""
    return _("Nobody is invited to the session for request #{number}.", number=session.number)


def not_invited(session: Session, who: Email | str) -> Text:
    """Return the sentence for somebody who is not invited."""
    return _("{name} is not invited to the session for request #{number}.", name=who, number=session.number)


def gave_up_text(session: Session, invitation: Invitation) -> Text:
    """Return what the technician who invited somebody reads when they decline or leave."""
    if invitation.entered_at is None:
        return _(
            "{name} declined your invitation to the session for request #{number}.",
            name=invitation.name,
            number=session.number,
        )
    return _("{name} left the session for request #{number}.", name=invitation.name, number=session.number)


def entered_line(invitations: Sequence[Invitation]) -> Text | None:
    """Return who entered a session by an invitation, whatever became of it. None: nobody did."""
    names = [one.name for one in invitations if one.entered_at is not None]
    return _("Entered by invitation: {names}", names=", ".join(names)) if names else None


def participation_lines(invitations: Sequence[Invitation]) -> Sequence[Text]:
    """Return who was invited, for the record of a session. Who entered is said by evidence: they used their way in."""
    return [
        _("Invited by {by}: {name}, who did not enter by the bot", by=one.invited_by_name, name=one.name)
        if one.entered_at is None
        else _(
            "Invited by {by}: {name}, who entered at {time}",
            by=one.invited_by_name,
            name=one.name,
            time=one.entered_at,
        )
        for one in invitations
    ]
