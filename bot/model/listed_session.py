"""A session as a row of a list shows it."""

from datetime import datetime

from bot.model.ids import RequestNumber, SessionCode, SessionId
from bot.model.request import Requester
from bot.model.session_state import Kind, State
from bot.values import value_class


@value_class(kw_only=True)
class ListedSession:
    """What a list shows of a session that is open, and no more: a list reads many of them.

    ``requester`` may lack the phone number.
    ``ending_since`` is when somebody asked for its end.
    ``left_at`` and ``stayed_seconds`` are about the requester's last departure.
    ``moving_to`` is the name of the technician whom it is being handed over to, until TeamViewer has confirmed that.
    ``renewed_at`` is when it last got a new TeamViewer session.
    """

    id: SessionId
    number: RequestNumber
    kind: Kind
    technician_name: str
    created_at: datetime
    state: State = State.CREATING
    subject: str = ""
    requester: Requester | None = None
    code: SessionCode | None = None
    left_at: datetime | None = None
    stayed_seconds: int = 0
    ending_since: datetime | None = None
    ended_by: str | None = None
    renewed_at: datetime | None = None
    moving_to: str | None = None

    def __hash__(self) -> int:
        """Return the hash of what tells sessions apart: all fields take as long as reading the row."""
        return hash(self.id)

    @property
    def is_moving(self) -> bool:
        """Whether it is being handed over to another technician. Nobody may enter it meanwhile."""
        return self.moving_to is not None and self.state.is_live

    @property
    def is_ending(self) -> bool:
        """Whether somebody asked for its end, and TeamViewer has not confirmed it yet. Nobody is let in any more."""
        return self.ending_since is not None and self.state.is_open

    @property
    def is_usable(self) -> bool:
        """Whether it can be entered, or will be: it is open, and nobody asked for its end."""
        return self.ending_since is None and self.state.is_open
