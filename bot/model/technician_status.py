"""What `status` shows a technician about their own account."""

from dataclasses import dataclass

from bot.model.connection import Connection


@dataclass(frozen=True, slots=True)
class TechnicianStatus:
    """A technician's active connection, what they chose, and how many of their sessions can be entered: read in one query."""

    connection: Connection | None
    wants_pings: bool
    open_sessions: int
