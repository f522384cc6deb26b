"""Each field of a session is written where it changes, and by itself."""

from support.clock import Clock
from support.sessions import make_session
from support.stored_session import REMOTE

from bot.i18n import Words, _
from bot.model.handover import Handover
from bot.model.ids import (
    CommandKey,
    Email,
    OutageId,
    RequestId,
    RequestNumber,
    SessionCode,
    new_join_token,
)
from bot.model.rating import Rating
from bot.model.request import Requester
from bot.model.secret import Secret
from bot.model.session import Kind, Session, State
from bot.model.session_connection import SessionConnection
from bot.unit_of_work import UnitOfWork
from bot.values import field_names, replace


def changed_in_each_field(before: Session, clock: Clock) -> Session:
    """Return a session in which each field that may change differs from ``before``."""
    clock.move(minutes=1)
    connection = SessionConnection("c1", clock(), clock(), "PC-7", 5, "thanks")
    return replace(
        before,
        number=RequestNumber("102"),
        kind=Kind.PILOT,
        technician=Email("ines@example.test"),
        technician_name="Inès",
        created_at=clock(),
        state=State.CONNECTED,
        subject="Printer",
        requester=Requester("Bob", "bob@example.test", Secret("+33687654321")),
        code=SessionCode("s98-765-432"),
        left_at=clock(),
        stayed_seconds=7,
        ending_since=clock(),
        ended_by="Ana",
        renewed_at=clock(),
        moving_to="Ben",
        note="by the lift",
        request_id=RequestId("77"),
        request_url="https://sdp.test/77",
        account="u1",
        valid_until=clock(),
        is_online=True,
        arrival_began_at=clock(),
        arrived_at=clock(),
        entered_at=clock(),
        connections=(connection,),
        ended_at=clock(),
        problem=_("Type {words}.", words=Words("auth")),
        rating=Rating(was_helpful=True, comment="quick", given_at=clock()),
        former_codes=(SessionCode("s11-111-111"),),
        in_chat=True,
        handovers=(Handover(Email("ana@example.test"), "Ana", "Ben", clock()),),
        outage=OutageId("o1"),
        join_token=new_join_token(),
        requester_link=REMOTE.requester_link,
        supporter_link=REMOTE.supporter_link,
        web_client_link=Secret("https://tv/browser?servicequeuetoken=AbCdEfGhIjKl"),
    )


async def test_each_field_is_stored_where_it_changes(unit_of_work: UnitOfWork, clock: Clock) -> None:
    """Only the columns of what has changed are written, so each field is changed once by itself."""
    ann = Requester("Ann Lee", "ann@example.test", Secret("+33612345678"))
    first = make_session(created_at=clock(), requester=ann)
    last = changed_in_each_field(first, clock)
    names = [one for one in field_names(Session) if one not in {"id", "version"}]
    assert [name for name in names if getattr(first, name) == getattr(last, name)] == ["org_id"]
    known = first
    async with unit_of_work.write() as tx:
        await tx.sessions.open(first, CommandKey("key"), another=False)
        for name in names:
            changed = replace(known, **{name: getattr(last, name)}, version=known.version + 1)
            assert await tx.sessions.save(changed, known=known)
            assert await tx.sessions.get(first.id) == changed, name
            known = changed
