"""An invitation of a second technician to a session: their own way in, which its session's technician can withdraw."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from bot.model.ids import CommandKey, Email, EnterToken, SessionId, new_enter_token
from bot.values import replace, value_class

MOST_INVITED = 3
"""Most people invited to one session at once. TeamViewer's link is one for all, so each has it until the session ends."""


class InvitationState(StrEnum):
    """The state of an invitation. Only an open one lets somebody in."""

    OPEN = "open"
    DECLINED = "declined"
    LEFT = "left"
    WITHDRAWN = "withdrawn"


@value_class
class Invitation:
    """One technician's invitation to one session. There is one at most for each of them, however often it is repeated.

    ``token`` is in the address of their way in. It is a new one whenever they are invited again. ``command`` is the command
    that invited them last. ``entered_at`` is when they last entered by this way in, or None.
    """

    session_id: SessionId
    technician: Email
    name: str
    invited_by: Email
    invited_by_name: str
    invited_at: datetime
    command: CommandKey
    token: EnterToken
    state: InvitationState = InvitationState.OPEN
    entered_at: datetime | None = None

    @classmethod
    def new(
        cls,
        session_id: SessionId,
        technician: tuple[Email, str],
        by: tuple[Email, str],
        command: CommandKey,
        at: datetime,
    ) -> "Invitation":
        """Return an open invitation with a way in of its own. ``technician`` and ``by`` are each an address and a name."""
        return cls(session_id, *technician, *by, at, command, new_enter_token())

    @property
    def is_open(self) -> bool:
        """Whether it lets its technician in, as long as the session does."""
        return self.state is InvitationState.OPEN

    @property
    def post_key(self) -> CommandKey:
        """The key under which its card is posted: one for each time that somebody is invited."""
        reason = f"{self.session_id}/{self.technician}/{self.command}"
        return CommandKey(f"invitation:{hashlib.sha256(reason.encode()).hexdigest()[:32]}")

    def entered(self, at: datetime) -> "Invitation":
        """Return the invitation after its technician entered."""
        return replace(self, entered_at=at)

    def given_up(self) -> "Invitation":
        """Return the invitation after its technician declined it, or left the session that they had entered."""
        state = InvitationState.DECLINED if self.entered_at is None else InvitationState.LEFT
        return replace(self, state=state)

    def withdrawn(self) -> "Invitation":
        """Return the invitation after it was withdrawn."""
        return replace(self, state=InvitationState.WITHDRAWN)


def find_open(invitations: Sequence[Invitation], technician: Email) -> Invitation | None:
    """Return the open invitation of a technician among those of a session."""
    return next((one for one in invitations if one.is_open and one.technician == technician), None)
