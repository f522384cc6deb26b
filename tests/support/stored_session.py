"""One session, its technician and its link at TeamViewer, for tests that ask a database how it finds them."""

from datetime import UTC, datetime

from bot.model.ids import Email, OrgId, RequestNumber, SessionCode, SessionId, new_join_token
from bot.model.secret import Secret
from bot.model.session import Kind, RemoteSession, Session
from bot.model.technician import Actor, Platform

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
TOM = Email("tom@example.test")
ACTOR = Actor(Platform.SLACK, "T1", "U1")
NUMBER = RequestNumber("7")
KNOWN = SessionId("known")
SESSION = Session(
    id=KNOWN,
    org_id=OrgId("itdesk"),
    number=NUMBER,
    kind=Kind.REMOTE,
    technician=TOM,
    technician_name="Tom Ray",
    join_token=new_join_token(),
    created_at=NOW,
)
REMOTE = RemoteSession(SessionCode("s12-345-678"), Secret("https://tv/s12"), Secret("https://tv/s12-A"), None)
