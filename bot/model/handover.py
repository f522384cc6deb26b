"""A handover: a session changed hands."""

from dataclasses import dataclass
from datetime import datetime

from bot.model.ids import Email


@dataclass(frozen=True, slots=True)
class Handover:
    """The moment from which a session belonged to another technician. ``former`` had it before."""

    former: Email
    former_name: str
    to_name: str
    at: datetime
