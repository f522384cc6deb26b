"""What `status` shows a technician about their own account."""

from bot.model.connection import Connection
from bot.values import value_class


@value_class
class TechnicianStatus:
    """A technician's active connection, what they chose, and how many of their sessions can be entered: read in one query."""

    connection: Connection | None
    wants_pings: bool
    open_sessions: int
