"""A handover: a session changed hands."""

from datetime import datetime

from bot.model.ids import Email
from bot.values import value_class


@value_class
class Handover:
    """The moment from which a session belonged to another technician. ``former`` had it before."""

    former: Email
    former_name: str
    to_name: str
    at: datetime
