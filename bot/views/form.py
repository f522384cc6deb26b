"""The form of a new session."""

from dataclasses import dataclass

from bot.model.ids import RequestNumber
from bot.model.session import Kind


@dataclass(frozen=True, slots=True)
class SessionForm:
    """What the form begins with.

    ``channel`` is where the session's card will stand, on a platform whose form does not tell it itself; empty for
    nowhere in particular.
    """

    number: RequestNumber | None
    kind: Kind
    note: str
    channel: str
