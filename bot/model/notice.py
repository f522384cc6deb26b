"""A notice: one message to one person over one channel, and its outcome."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.i18n import Text
from bot.model.ids import NoticeId, SessionId


class Recipient(StrEnum):
    REQUESTER = "requester"
    TECHNICIAN = "technician"


class Channel(StrEnum):
    """The channel of a notice.

    ``REPLY`` is a reply on the request, which ServiceDesk Plus sends by e-mail and records. ``NOTE`` is a note on the
    request that the requester can see: the last way, because the bot sends no e-mail with it. ``SMS`` goes through the
    SMS gateway. TeamViewer sends ``TEAMVIEWER_SMS`` itself.
    """

    REPLY = "reply"
    MAIL = "mail"
    SMS = "sms"
    NOTE = "note"
    TEAMVIEWER_SMS = "tv_sms"

    @property
    def is_sms(self) -> bool:
        """Whether the notice goes to a phone."""
        return self in {Channel.SMS, Channel.TEAMVIEWER_SMS}


class NoticeState(StrEnum):
    """The outcome of a notice. ``UNSURE``: it was sent, but no answer came back, so it may have arrived."""

    PENDING = "pending"
    SENT = "sent"
    FAILED = "failed"
    UNSURE = "unsure"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Notice:
    """One notice. ``attempted_at`` is written before the call, so that a repeat looks before it sends."""

    id: NoticeId
    session_id: SessionId
    recipient: Recipient
    channel: Channel
    state: NoticeState
    created_at: datetime
    attempted_at: datetime | None = None
    problem: Text | None = None
