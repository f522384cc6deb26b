"""The outside systems as the product sees them, as Protocols. The adapters implement them."""

from collections.abc import Callable
from datetime import datetime

from bot.ports.chat import AnswerFormat, Chat, ChatCapabilities, Posted, ReturnAddress
from bot.ports.engine import Doctor, Meter, StepOutcome, Steps
from bot.ports.messages import CalendarEvent, Mail, Mailer, PhoneNumbers, Texter
from bot.ports.servicedesk import Reply, ServiceDesk, TechnicianList, Worklog
from bot.ports.teamviewer import (
    AssignedSession,
    ConnectionReport,
    NewRemoteSession,
    OpenSession,
    SessionStatus,
    TeamViewer,
    TokenSource,
)

__all__ = [
    "AnswerFormat",
    "AssignedSession",
    "CalendarEvent",
    "Chat",
    "ChatCapabilities",
    "Clock",
    "ConnectionReport",
    "Doctor",
    "Mail",
    "Mailer",
    "Meter",
    "NewRemoteSession",
    "OpenSession",
    "PhoneNumbers",
    "Posted",
    "Reply",
    "ReturnAddress",
    "ServiceDesk",
    "SessionStatus",
    "StepOutcome",
    "Steps",
    "TeamViewer",
    "TechnicianList",
    "Texter",
    "TokenSource",
    "Worklog",
]


Clock = Callable[[], datetime]
"""Returns the current time in UTC, with its time zone."""
