"""A notice in words: what became of each e-mail, SMS, note and message in a chat."""

from collections.abc import Sequence

from bot.i18n import Text, _
from bot.model.notice import Channel, Notice, NoticeState, Recipient
from bot.model.session import Session
from bot.values import value_class
from bot.views.chat_notice import chat_notice_text


@value_class
class NoticeLine:
    """One notice in words, with a sign for its state."""

    text: Text
    state: NoticeState


def latest_notices(notices: Sequence[Notice]) -> Sequence[Notice]:
    """Return the latest notice to each person by SMS, by chat, and by any other way: those replace each other."""
    latest = {(notice.recipient, notice.channel.is_sms, notice.channel.is_chat): notice for notice in notices}
    return [notice for notice in latest.values() if notice.is_worth_showing]


def notice_line(notice: Notice, session: Session) -> NoticeLine:
    """Return a notice as a line of its session's card."""
    # A note is no e-mail: it is shown as an e-mail that failed.
    is_note = notice.channel is Channel.NOTE and notice.state is NoticeState.SENT
    return NoticeLine(notice_text(notice, session), NoticeState.FAILED if is_note else notice.state)


def notice_text(notice: Notice, session: Session) -> Text:  # noqa: PLR0911 - one case a state
    """Return a notice in words: its recipient, channel and outcome."""
    requester = session.requester.name if session.requester else ""
    who = (
        session.technician_name
        if notice.recipient is Recipient.TECHNICIAN
        else requester or _("the requester")
    )
    if notice.channel.is_sms:
        return _sms_text(notice, who)
    if notice.channel is Channel.NOTE:
        return _note_text(notice, who)
    if notice.channel.is_chat:
        return chat_notice_text(notice, who)
    match notice.state:
        case NoticeState.PENDING:
            return _("E-mail to {name}: on its way", name=who)
        case NoticeState.SENT:
            # The technician's e-mail always goes this way, so there it needs no words.
            if notice.channel is Channel.MAIL and notice.recipient is Recipient.REQUESTER:
                return _("E-mail to {name}: sent by the bot’s own mail server", name=who)
            return _("E-mail to {name}: sent", name=who)
        case NoticeState.UNSURE:
            return _("E-mail to {name}: not sure it was sent", name=who)
        case NoticeState.FAILED | NoticeState.SKIPPED:
            why = notice.problem or _("no reason was given")
            return _("E-mail to {name}: not sent. {why}", name=who, why=why)


def no_sms_text() -> Text:
    """Return why no requester gets an SMS: the settings say so."""
    return _("The bot is set up to send no SMS.")


def _sms_text(notice: Notice, who: Text | str) -> Text:
    """Return an SMS in words. Nobody reports whether an SMS arrived, so the most that is said is that it was accepted."""
    way = "TeamViewer" if notice.channel is Channel.TEAMVIEWER_SMS else _("the SMS gateway")
    match notice.state:
        case NoticeState.PENDING:
            return _("SMS to {name}: to be sent by {way}", name=who, way=way)
        case NoticeState.SENT:
            return _("SMS to {name}: accepted by {way}", name=who, way=way)
        case NoticeState.UNSURE:
            return _("SMS to {name}: not sure it was sent by {way}", name=who, way=way)
        case NoticeState.FAILED | NoticeState.SKIPPED:
            why = notice.problem or _("no reason was given")
            return _("SMS to {name}: not sent. {why}", name=who, why=why)


def _note_text(notice: Notice, who: Text | str) -> Text:
    """Return a note that the requester can see in words. It says that no e-mail was sent by the bot."""
    why = notice.problem or _("No reason was given.")
    match notice.state:
        case NoticeState.PENDING:
            return _("Note for {name} on the request: on its way", name=who)
        case NoticeState.SENT:
            return _(
                "E-mail to {name}: not sent. {why} The link is in a note on the request that {name} can see. To be sure, press “Get link” and send it yourself.",
                name=who,
                why=why,
            )
        case NoticeState.UNSURE:
            return _("Note for {name} on the request: not sure it was added", name=who)
        case NoticeState.FAILED | NoticeState.SKIPPED:
            return _("E-mail to {name}: not sent. {why}", name=who, why=why)
