"""Sessions for tests of rules."""

from datetime import UTC, datetime

from bot.model.ids import Email, JoinToken, OrgId, RequestNumber, SessionId
from bot.model.session import Kind, Session, State
from bot.values import replace

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


def make_session(state: State = State.CREATING, **changes: object) -> Session:
    """Return a session in a state."""
    new = Session(
        id=SessionId("0" * 32),
        org_id=OrgId("itdesk"),
        number=RequestNumber("101"),
        kind=Kind.REMOTE,
        technician=Email("tom@example.test"),
        technician_name="Tom Ray",
        join_token=JoinToken("token"),
        created_at=NOW,
        state=state,
    )
    return replace(new, **changes)  # type: ignore[arg-type]  # a test names any field
