"""A notice: one message to one person over one channel, and its outcome."""

from datetime import datetime
from enum import StrEnum

from bot.i18n import Text
from bot.model.ids import NoticeId, SessionId
from bot.values import value_class


class Recipient(StrEnum):
    REQUESTER = "requester"
    TECHNICIAN = "technician"


class Channel(StrEnum):
    """The channel of a notice.

    ``REPLY`` is a reply on the request, which ServiceDesk Plus sends by e-mail and records. ``NOTE`` is a note on the
    request that the requester can see: the last way, because the bot sends no e-mail with it. ``SMS`` goes through the
    SMS gateway. TeamViewer sends ``TEAMVIEWER_SMS`` itself. ``CHAT`` is a message in the requester's own chat with the bot.
    It becomes ``SLACK`` or ``TEAMS`` once the requester's account is found there.
    """

    REPLY = "reply"
    MAIL = "mail"
    SMS = "sms"
    NOTE = "note"
    TEAMVIEWER_SMS = "tv_sms"
    CHAT = "chat"
    SLACK = "slack"
    TEAMS = "teams"

    @property
    def is_sms(self) -> bool:
        """Whether the notice goes to a phone."""
        return self in {Channel.SMS, Channel.TEAMVIEWER_SMS}

    @property
    def is_chat(self) -> bool:
        """Whether the notice goes to a chat."""
        match self:
            case Channel.CHAT | Channel.SLACK | Channel.TEAMS:
                return True
            case Channel.REPLY | Channel.MAIL | Channel.SMS | Channel.NOTE | Channel.TEAMVIEWER_SMS:
                return False


class NoticeState(StrEnum):
    """The outcome of a notice. ``UNSURE``: it was sent, but no answer came back, so it may have arrived."""

    PENDING = "pending"
    SENT = "sent"
    FAILED = "failed"
    UNSURE = "unsure"
    SKIPPED = "skipped"


@value_class
class Notice:
    """One notice. ``attempted_at`` is written before the call, so that a repeat looks before it sends.

    ``declined_at`` is when the requester answered an invitation in a chat with “Not now”.
    """

    id: NoticeId
    session_id: SessionId
    recipient: Recipient
    channel: Channel
    state: NoticeState
    created_at: datetime
    attempted_at: datetime | None = None
    problem: Text | None = None
    declined_at: datetime | None = None

    @property
    def is_worth_showing(self) -> bool:
        """Whether cards and notes on the request name it. Most requesters are in no chat, and nothing need say so."""
        return not (self.channel.is_chat and self.state is NoticeState.SKIPPED)
