"""The form for a new session."""

from dataclasses import dataclass

from bot.model.ids import RequestNumber
from bot.model.session import Kind


@dataclass(frozen=True, slots=True)
class SessionForm:
    """The form, with the values it opens with.

    ``channel`` is where the session's card will be posted, on a platform whose submitted form does not say it. Empty: in
    private.
    """

    number: RequestNumber | None
    kind: Kind
    note: str
    channel: str
