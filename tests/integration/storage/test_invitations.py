"""Stored invitations: one for each session and technician, found by the token of its way in."""

import pytest
import sqlalchemy as sa
from support.clock import Clock
from support.sessions import make_session

from bot.model.card import Audience, Card
from bot.model.ids import CommandKey, Email, EnterToken, SessionId, new_join_token
from bot.model.invitation import Invitation
from bot.model.session import Session
from bot.model.technician import Platform
from bot.unit_of_work import UnitOfWork
from bot.values import replace
from storage.database import Database
from storage.unit_of_work import SqlUnitOfWork

BEN, CLEO = Email("ben@example.com"), Email("cleo@example.com")


async def store_session(unit_of_work: UnitOfWork, name: str, clock: Clock) -> Session:
    """Store a session that somebody can be invited to."""
    session = make_session(id=SessionId(name), join_token=new_join_token(), created_at=clock())
    async with unit_of_work.write() as tx:
        await tx.sessions.open(session, CommandKey(name), another=True)
    clock.move(seconds=1)
    return session


def invite(session: Session, who: Email, clock: Clock) -> Invitation:
    by = (session.technician, session.technician_name)
    return Invitation.new(session.id, (who, who.title()), by, CommandKey(f"k{who}"), clock())


async def test_invitation_is_read_as_it_was_stored(unit_of_work: UnitOfWork, clock: Clock) -> None:
    session = await store_session(unit_of_work, "1", clock)
    ben, cleo = invite(session, BEN, clock), invite(session, CLEO, clock)
    async with unit_of_work.write() as tx:
        await tx.invitations.save(cleo)
        await tx.invitations.save(ben)
    entered = ben.entered(clock())
    async with unit_of_work.write() as tx:
        assert await tx.invitations.of_session(session.id) == [ben, cleo]
        await tx.invitations.save(entered)
    async with unit_of_work.read() as tx:
        assert await tx.invitations.of_session(session.id) == [entered, cleo]
        assert await tx.invitations.of_session(SessionId("2")) == []


async def test_who_is_invited_again_has_the_new_way_in_only(unit_of_work: UnitOfWork, clock: Clock) -> None:
    session = await store_session(unit_of_work, "1", clock)
    first, second = invite(session, BEN, clock), invite(session, BEN, clock)
    async with unit_of_work.write() as tx:
        await tx.invitations.save(first)
        await tx.invitations.save(second)
    async with unit_of_work.read() as tx:
        assert await tx.invitations.by_token(first.token) is None
        assert await tx.invitations.by_token(second.token) == second
        assert await tx.invitations.by_token(EnterToken("x" * 27)) is None


async def test_open_sessions_of_a_technician_are_those_they_may_enter(
    unit_of_work: UnitOfWork, clock: Clock
) -> None:
    sessions = [await store_session(unit_of_work, str(name), clock) for name in range(4)]
    invited = {session.id: invite(session, BEN, clock) for session in sessions}
    async with unit_of_work.write() as tx:
        for invitation in invited.values():
            await tx.invitations.save(invitation)
        await tx.invitations.save(invite(sessions[1], BEN, clock).withdrawn())
        over = sessions[2].ended(clock(), "Tom")
        await tx.sessions.save(over, known=sessions[2])
    async with unit_of_work.read() as tx:
        found = await tx.invitations.open_of(BEN, limit=9)
        newest = await tx.invitations.open_of(BEN, limit=1)
        others = await tx.invitations.open_of(CLEO, limit=9)
    assert list(found) == [(session, invited[session.id]) for session in (sessions[3], sessions[0])]
    assert list(newest) == list(found)[:1]
    assert list(others) == []


async def test_invitation_is_deleted_with_its_session(unit_of_work: UnitOfWork, clock: Clock) -> None:
    session = await store_session(unit_of_work, "1", clock)
    async with unit_of_work.write() as tx:
        await tx.invitations.save(invite(session, BEN, clock))
        await tx.sessions.delete(session.id)
    async with unit_of_work.read() as tx:
        assert await tx.invitations.of_session(session.id) == []


@pytest.mark.parametrize("invited", [None, BEN])
async def test_card_remembers_whose_invitation_it_shows(
    unit_of_work: UnitOfWork, clock: Clock, invited: Email | None
) -> None:
    session = await store_session(unit_of_work, "1", clock)
    card = Card(session.id, Platform.SLACK, "T1", "D1", "1.1", Audience.INVITED, "en", "UTC", invited)
    async with unit_of_work.write() as tx:
        await tx.cards.add(card, CommandKey("k"))
    async with unit_of_work.read() as tx:
        assert await tx.cards.of_session(session.id) == [card]


async def test_token_of_a_way_in_is_stored_encrypted(
    sql_unit_of_work: SqlUnitOfWork, database: Database, clock: Clock
) -> None:
    session = await store_session(sql_unit_of_work, "1", clock)
    invitation = replace(invite(session, BEN, clock), token=EnterToken("secret-token-of-a-way-in"))
    async with sql_unit_of_work.write() as tx:
        await tx.invitations.save(invitation)
    async with database.reader.connect() as connection:
        row = (await connection.execute(sa.text("SELECT * FROM invitations"))).mappings().one()
    assert invitation.token.encode() not in b"".join(
        value if isinstance(value, bytes) else str(value).encode() for value in row.values()
    )
