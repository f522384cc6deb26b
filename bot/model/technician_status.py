"""What `status` and the overview show a technician about their own account."""

from bot.model.connection import Connection
from bot.values import value_class


@value_class
class TechnicianStatus:
    """A technician's active connection, what they chose, and how many sessions they can enter and have planned, in one query."""

    connection: Connection | None
    wants_pings: bool
    open_sessions: int
    planned: int


@value_class
class FirstStepsDone:
    """Which of a technician's first steps are done, besides their connection (``bot/views/first_steps.py``)."""

    has_created: bool
    """Whether a stored session of theirs was created at TeamViewer."""
    is_in_channel: bool
    """Whether the bot is in a channel or a team of their tenant, or a stored card is in one."""
