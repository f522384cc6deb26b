"""What people read about the renewal of a session."""

from collections.abc import Sequence
from datetime import datetime
from typing import assert_never

from bot.i18n import Text, _
from bot.model.effect import Effect
from bot.model.ids import SessionCode
from bot.model.renewal import MOST_RENEWALS, RenewalObstacle
from bot.model.session import Session
from bot.views.pages import Message
from bot.views.parts import Confirmation, Tone, confirm
from bot.words_to_type import words_about


def obstacle_text(obstacle: RenewalObstacle, session: Session) -> Text:  # noqa: PLR0911 - one case an obstacle
    """Return why a session cannot be renewed now, and what to do."""
    number, create = session.number, words_about("create", session.number)
    match obstacle:
        case RenewalObstacle.OVER:
            return _(
                "The session for request #{number} is over, so it cannot be renewed. For a new one, type {words}.",
                number=number,
                words=create,
            )
        case RenewalObstacle.ENDING:
            return _(
                "The session for request #{number} is being ended. For a new one, type {words}.",
                number=number,
                words=create,
            )
        case RenewalObstacle.MOVING:
            return _(
                "The session for request #{number} is being transferred to {name}, who can renew it then.",
                number=number,
                name=session.moving_to,
            )
        case RenewalObstacle.CREATING:
            return _("The session for request #{number} is still being created.", number=number)
        case RenewalObstacle.IN_USE:
            return _(
                "{requester} is there, so the session for request #{number} is not renewed now. Its links work until {time}. "
                "Renew it once {requester} has left.",
                requester=_requester(session),
                number=number,
                time=session.valid_until,
            )
        case RenewalObstacle.LATELY:
            return _renewed_before(session)
        case RenewalObstacle.TOO_OFTEN:
            return _(
                "The session for request #{number} was renewed {limit} times, which is the most. Its links work until {time}. "
                "After that, type {words} for a new one.",
                number=number,
                limit=MOST_RENEWALS,
                time=session.valid_until,
                words=create,
            )
        case _:
            assert_never(obstacle)


def renewing_view(session: Session) -> Message:
    """Return the first answer to the person who renews a session."""
    return Message(_("Renewing the session for request #{number}…", number=session.number), Tone.WAIT)


def renewing_already_view(session: Session) -> Message:
    """Return the answer while another renewal of the session runs. It is final: only the other one's sender gets a result."""
    return Message(_("The session for request #{number} is being renewed already.", number=session.number))


def renewal_confirmation(session: Session, effect: Effect) -> Confirmation:
    """Return what the person who renewed a session reads. ``session`` is the renewed one."""
    changed = _(
        "The session for request #{number} is renewed: its links work until {time}.",
        number=session.number,
        time=session.valid_until,
    )
    return confirm(effect, changed=changed, nothing=_renewed_before(session))


def renewal_details(session: Session, *, gets_email: bool) -> Sequence[Text]:
    """Return what a renewal means for the requester."""
    requester = _requester(session)
    if gets_email:
        return [
            _(
                "{requester} gets an e-mail. The invitation page that {requester} has leads to the new session.",
                requester=requester,
            )
        ]
    return [_("The invitation page that {requester} has leads to the new session.", requester=requester)]


def failed_renewal_view(session: Session | None, why: Text) -> Message:
    """Return the answer where a session was not renewed. One that is still open stays as it is."""
    if session is None:
        return Message(_("The session could not be renewed. {why}", why=why), Tone.PROBLEM)
    text = _("The session for request #{number} could not be renewed. {why}", number=session.number, why=why)
    still_open = _("It stays open, and its links work until {time}.", time=session.valid_until)
    return Message(text, Tone.PROBLEM, [still_open] if session.is_usable and session.valid_until else [])


def former_in_use_view(session: Session, code: SessionCode) -> Message:
    """Return what the person who renewed a session reads if somebody is still in the TeamViewer session before."""
    return Message(
        _(
            "The session for request #{number} is renewed, but meanwhile somebody came into the earlier one ({code}).",
            number=session.number,
            code=code,
        ),
        Tone.PROBLEM,
        [
            _(
                "If you are not connected there, ask {requester} to open the invitation page again.",
                requester=_requester(session),
            ),
            _("The earlier session is closed once nobody is there any more."),
        ],
    )


def _renewed_before(session: Session) -> Text:
    return _(
        "The session for request #{number} was renewed before. Its links work until {time}.",
        number=session.number,
        time=session.valid_until,
    )


def _requester(session: Session) -> Text | str:
    return session.requester.name if session.requester and session.requester.name else _("the requester")


def renewal_note_lines(
    former_code: SessionCode, code: SessionCode, by: str, valid_until: datetime
) -> Sequence[Text]:
    """Return the lines of the note on the request. They hold no link."""
    return [
        _(
            "Session {former} was renewed by {name}. Its new code is {code}.",
            former=former_code,
            name=by,
            code=code,
        ),
        _("Its links work until {time}.", time=valid_until),
    ]
