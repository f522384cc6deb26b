"""Stored records of sessions: what was written, when the rest is due, and who writes it now."""

from datetime import timedelta

import pytest
from support.clock import Clock
from support.sessions import make_session

from bot.model.ids import CommandKey, EntryId, SessionId, new_join_token
from bot.model.session import Session
from bot.model.session_record import SessionRecord, Written
from bot.unit_of_work import UnitOfWork
from bot.values import replace


async def store_session(unit_of_work: UnitOfWork, name: str) -> Session:
    """Store a session that a record can belong to."""
    session = make_session(id=SessionId(name), join_token=new_join_token())
    async with unit_of_work.write() as tx:
        await tx.sessions.open(session, CommandKey(name), another=True)
    return session


async def test_record_is_read_as_it_was_stored(unit_of_work: UnitOfWork, clock: Clock) -> None:
    session = await store_session(unit_of_work, "1")
    new = SessionRecord(session.id, clock(), clock() + timedelta(minutes=15))
    async with unit_of_work.write() as tx:
        assert await tx.session_records.get(session.id) is None
        await tx.session_records.add(new)
        await tx.session_records.add(replace(new, due_at=None))
    changed = replace(
        new,
        due_at=None,
        note=Written(EntryId("216826000006437040"), "0123456789abcdef", "a" * 64, "b" * 64),
        worklog=Written(None, "fedcba9876543210", "12", ""),
        failed_at=clock(),
    )
    async with unit_of_work.write() as tx:
        assert await tx.session_records.get(session.id) == new
        await tx.session_records.save(changed)
    async with unit_of_work.read() as tx:
        assert await tx.session_records.get(session.id) == changed


async def test_due_records_are_listed_longest_due_first(unit_of_work: UnitOfWork, clock: Clock) -> None:
    now = clock()
    dues = {"1": now - timedelta(hours=1), "2": now, "3": now + timedelta(seconds=1), "4": None, "5": now}
    for name, due_at in dues.items():
        session = await store_session(unit_of_work, name)
        wanted_at = now - timedelta(days=9 if name == "5" else 2)
        async with unit_of_work.write() as tx:
            await tx.session_records.add(SessionRecord(session.id, wanted_at, due_at))
    since = now - timedelta(days=2)
    async with unit_of_work.read() as tx:
        due = await tx.session_records.due(now, wanted_since=since, limit=9)
        first = await tx.session_records.due(now, wanted_since=since, limit=1)
    assert [one.session_id for one in due] == ["1", "2"]
    assert [one.session_id for one in first] == ["1"]


async def test_lease_is_held_by_one_owner_until_it_is_released_or_over(
    unit_of_work: UnitOfWork, clock: Clock
) -> None:
    session = await store_session(unit_of_work, "1")
    until = clock() + timedelta(seconds=30)
    async with unit_of_work.write() as tx:
        records = tx.session_records
        assert not await records.lease(session.id, "a", clock(), until)
        await records.add(SessionRecord(session.id, clock(), None))
        assert await records.lease(session.id, "a", clock(), until)
        assert not await records.lease(session.id, "b", clock(), until)
        assert not await records.extend(session.id, "b", until)
        assert await records.extend(session.id, "a", until + timedelta(seconds=30))
        await records.release(session.id, "b")
        clock.move(seconds=45)
        assert not await records.lease(session.id, "b", clock(), clock() + timedelta(seconds=30))
        await records.release(session.id, "a")
        assert await records.lease(session.id, "b", clock(), clock() + timedelta(seconds=30))
        clock.move(seconds=31)
        assert await records.lease(session.id, "c", clock(), clock() + timedelta(seconds=30))


async def test_saving_a_record_keeps_its_lease(unit_of_work: UnitOfWork, clock: Clock) -> None:
    session = await store_session(unit_of_work, "1")
    record = SessionRecord(session.id, clock(), None)
    async with unit_of_work.write() as tx:
        await tx.session_records.add(record)
        assert await tx.session_records.lease(session.id, "a", clock(), clock() + timedelta(seconds=30))
        await tx.session_records.save(record.wanted(clock()))
        assert not await tx.session_records.lease(session.id, "b", clock(), clock() + timedelta(seconds=30))


@pytest.mark.parametrize("how", ["delete", "purge"])
async def test_record_is_deleted_with_its_session(unit_of_work: UnitOfWork, clock: Clock, how: str) -> None:
    session = await store_session(unit_of_work, "1")
    async with unit_of_work.write() as tx:
        await tx.session_records.add(SessionRecord(session.id, clock(), None))
        ended = session.ended(clock(), by=None)
        assert await tx.sessions.save(ended, known=session)
        if how == "delete":
            await tx.sessions.delete(session.id)
        else:
            assert await tx.daily_sums.claim(ended) is not None
            await tx.sessions.purge(clock() + timedelta(days=1), limit=10)
    async with unit_of_work.read() as tx:
        assert await tx.session_records.get(session.id) is None
