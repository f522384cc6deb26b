"""The messages about a transfer: the offer, its answer, and the form in which a colleague is chosen."""

from collections.abc import Sequence
from datetime import datetime
from typing import assert_never

from bot.commands import AnswerOffer, Auth, OnSession, OpenTransferForm, Verb
from bot.i18n import Text, _
from bot.model.ids import RequestNumber, SessionId
from bot.model.session import Session
from bot.model.transfer import Transfer, TransferNews, TransferState
from bot.views.pages import Message
from bot.views.parts import Button, Style, Tone
from bot.views.session import enter_button, kind_text, state_text, verb_label
from bot.words_to_type import words_about


def transfer_message(
    transfer: Transfer, session: Session, news: TransferNews, *, is_connected: bool = True
) -> Message:
    """Return the message about a transfer to one of its people. It holds no link.

    ``is_connected``: the colleague has connected a TeamViewer account.
    """
    number = session.number
    match news:
        case TransferNews.OFFER:
            return _offer(transfer, session, is_connected=is_connected)
        case TransferNews.SETTLED:
            return settled_offer(transfer, number)
        case TransferNews.DECLINED:
            text = _(
                "{name} does not take over your session for request #{number}. It stays yours.",
                name=transfer.to.name,
                number=number,
            )
            return Message(text, Tone.CALL, buttons=[_transfer_again(session.id)], is_personal=True)
        case TransferNews.EXPIRED:
            text = _(
                "{name} has not answered within an hour. Your session for request #{number} stays yours.",
                name=transfer.to.name,
                number=number,
            )
            return Message(text, Tone.CALL, buttons=[_transfer_again(session.id)], is_personal=True)
        case TransferNews.TAKEN:
            return _taken(transfer, session)
        case TransferNews.RECEIVED:
            return _received(transfer, session)
        case _:
            assert_never(news)


def _offer(transfer: Transfer, session: Session, *, is_connected: bool) -> Message:
    text = _(
        "{name} would like to hand the session for request #{number} over to you.",
        name=transfer.former.name,
        number=session.number,
    )
    details = [
        *([Text("{subject}", {"subject": session.subject})] if session.subject else []),
        _("{kind} · {state}", kind=kind_text(session.kind), state=state_text(session)),
        _("The offer ends at {time}, or with the session.", time=transfer.expires_at),
        _(
            "Instead of pressing a button, you can type {words}.",
            words=words_about("transfer --accept", session.number),
        ),
    ]
    answers = [
        Button(_("Accept"), AnswerOffer(transfer.id, accepts=True), Style.PRIMARY),
        Button(_("Decline"), AnswerOffer(transfer.id, accepts=False)),
    ]
    if is_connected:
        return Message(text, Tone.CALL, details, answers, is_personal=True)
    details.append(_("Connect your TeamViewer account first, then accept."))
    connect = Button(_("Connect TeamViewer"), Auth())
    return Message(text, Tone.CALL, details, [*answers, connect], is_personal=True)


def settled_offer(transfer: Transfer, number: RequestNumber) -> Message:
    """Return what replaces the buttons of an offer that was answered, withdrawn, or not answered in time."""
    return Message(_outcome(transfer, number), is_personal=True)


def _outcome(transfer: Transfer, number: RequestNumber) -> Text:
    match transfer.state:
        case TransferState.OFFERED | TransferState.WITHDRAWN:
            return _("The session for request #{number} is no longer offered to you.", number=number)
        case TransferState.MOVING | TransferState.DONE:
            return _(
                "You accepted the session for request #{number} from {name}.",
                number=number,
                name=transfer.former.name,
            )
        case TransferState.DECLINED:
            return _("You declined the session for request #{number}.", number=number)
        case TransferState.EXPIRED:
            return _(
                "The offer of the session for request #{number} is over. Nobody answered it in time.",
                number=number,
            )
        case TransferState.FAILED:
            return _(
                "The session for request #{number} was not handed over, and stays with {name}.",
                number=number,
                name=transfer.former.name,
            )
        case _:
            assert_never(transfer.state)


def _taken(transfer: Transfer, session: Session) -> Message:
    text = _(
        "The session for request #{number} is with {name} now. You can no longer enter it.",
        number=session.number,
        name=transfer.to.name,
    )
    details = [_("If you are still connected, close the TeamViewer window too.")]
    return Message(text, Tone.CALL, details, is_personal=True)


def _received(transfer: Transfer, session: Session) -> Message:
    text = _(
        "The session for request #{number} is yours now. {name} had it before.",
        number=session.number,
        name=transfer.former.name,
    )
    details = [_("{kind} · {state}", kind=kind_text(session.kind), state=state_text(session))]
    link = Button(verb_label(Verb.LINK), OnSession(Verb.LINK, session.id))
    buttons = [enter_button(session), link] if session.is_usable else []
    return Message(text, Tone.CALL, details, buttons, is_personal=True)


def _transfer_again(session_id: SessionId) -> Button:
    return Button(_("Offer again"), OpenTransferForm(session_id))


def offered_message(transfer: Transfer, session: Session) -> Message:
    """Return the answer to who offered a session. It is final: what comes of the offer is a message of its own."""
    return Message(
        _(
            "The session for request #{number} is offered to {name}.",
            number=session.number,
            name=transfer.to.name,
        ),
        Tone.PLAIN,
        [
            _(
                "The offer ends at {time}, or with the session. Until then the session stays yours.",
                time=transfer.expires_at,
            ),
            _(
                "To withdraw it, type {words}.",
                words=words_about("transfer --withdraw", session.number),
            ),
        ],
        is_personal=True,
    )


def moving_message(to_name: str, number: RequestNumber) -> Message:
    """Return the first answer to who makes a session change hands."""
    text = _("Handing the session for request #{number} over to {name}…", number=number, name=to_name)
    return Message(text, Tone.WAIT)


def transfer_note(transfer: Transfer, number: RequestNumber, at: datetime) -> Sequence[Text]:
    """Return the lines of the note on the request."""
    moved_by = _("Moved by {name}, an SDAdmin.", name=transfer.by.name)
    return [
        _(
            "The TeamViewer session for request #{number} is with {name} now, who took it over from {former} at {time}.",
            number=number,
            name=transfer.to.name,
            former=transfer.former.name,
            time=at,
        ),
        *([moved_by] if transfer.accepted_by is None else []),
    ]
