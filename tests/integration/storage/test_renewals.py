"""Renewals of sessions: one runs at a time, and what each leaves is found until it is closed."""

from datetime import timedelta

from support.clock import Clock
from support.sessions import make_session

from bot.model.ids import CommandKey, Email, RenewalId, SessionCode
from bot.model.renewal import Renewal
from bot.model.secret import Secret
from bot.model.session import RemoteSession, Session
from bot.unit_of_work import UnitOfWork

FIRST, SECOND = RenewalId("first"), RenewalId("second")
OLD, NEW = SessionCode("s12-345-678"), SessionCode("s12-345-679")
A_MINUTE = timedelta(minutes=1)


def remote(code: SessionCode) -> RemoteSession:
    return RemoteSession(code, Secret(f"https://tv/{code}"), Secret(f"https://tv/{code}-A"), None)


async def open_session(unit_of_work: UnitOfWork) -> Session:
    """Store a session that waits for its requester."""
    session = make_session()
    async with unit_of_work.write() as tx:
        await tx.sessions.open(session, CommandKey("1"), another=False)
        opened = session.opened(remote(OLD))
        assert await tx.sessions.save(opened, known=session)
    return opened


async def test_one_renewal_of_a_session_runs_at_a_time(unit_of_work: UnitOfWork, clock: Clock) -> None:
    session = await open_session(unit_of_work)
    first, second = (Renewal(one, session.id, session.technician, clock()) for one in (FIRST, SECOND))
    async with unit_of_work.write() as tx:
        assert await tx.renewals.begin(first)
        assert await tx.renewals.begin(first), "the same command runs again"
        assert not await tx.renewals.begin(second)
        assert await tx.renewals.get(FIRST) == first
        assert await tx.renewals.get(SECOND) is None
        await tx.renewals.finish(FIRST, OLD, clock())
        assert await tx.renewals.begin(second)


async def test_mark_of_an_attempt_is_taken_back_while_it_runs(unit_of_work: UnitOfWork, clock: Clock) -> None:
    session = await open_session(unit_of_work)
    async with unit_of_work.write() as tx:
        await tx.renewals.begin(Renewal(FIRST, session.id, session.technician, clock()))
        assert not await tx.renewals.mark_attempted(FIRST, "u1", clock())
        assert await tx.renewals.mark_attempted(FIRST, "u1", clock())
        await tx.renewals.unmark_attempted(FIRST)
        assert not await tx.renewals.mark_attempted(FIRST, "u1", clock())
        await tx.renewals.abandon(FIRST, clock())
        await tx.renewals.unmark_attempted(FIRST)
        stored = await tx.renewals.get(FIRST)
    assert stored is not None
    assert (stored.account, stored.is_running) == ("u1", False)


async def test_code_that_was_replaced_is_due_until_it_is_closed(
    unit_of_work: UnitOfWork, clock: Clock
) -> None:
    session = await open_session(unit_of_work)
    whose = session.technician, "u1"
    async with unit_of_work.write() as tx:
        await tx.renewals.begin(Renewal(FIRST, session.id, session.technician, clock()))
        assert not await tx.renewals.has_to_close(*whose)
        await tx.renewals.mark_attempted(FIRST, "u1", clock())
        assert await tx.renewals.has_to_close(*whose), "TeamViewer may create one at any moment"
        assert [one.id for one in await tx.renewals.running(clock())] == [FIRST]
        assert await tx.renewals.running(clock() - A_MINUTE) == []
        await tx.renewals.finish(FIRST, OLD, clock() + A_MINUTE)
        assert await tx.renewals.running(clock()) == []
        assert await tx.renewals.due_to_close(clock()) == []
        (due,) = await tx.renewals.due_to_close(clock() + A_MINUTE)
        assert (due.id, due.code, due.account, due.is_running) == (FIRST, OLD, "u1", False)
        assert await tx.renewals.has_to_close(*whose)
        assert not await tx.renewals.has_to_close(Email("ines@example.test"), "u1")
        assert not await tx.renewals.has_to_close(session.technician, "u2")
        await tx.renewals.set_close_after(FIRST, None)
        assert await tx.renewals.due_to_close(clock() + A_MINUTE) == []
        assert not await tx.renewals.has_to_close(*whose)


async def test_renewal_that_never_asked_teamviewer_leaves_nothing(
    unit_of_work: UnitOfWork, clock: Clock
) -> None:
    session = await open_session(unit_of_work)
    async with unit_of_work.write() as tx:
        for renewal, is_asked in ((FIRST, False), (SECOND, True)):
            await tx.renewals.begin(Renewal(renewal, session.id, session.technician, clock()))
            if is_asked:
                await tx.renewals.mark_attempted(renewal, "u1", clock())
            await tx.renewals.abandon(renewal, clock())
        assert [one.id for one in await tx.renewals.due_to_close(clock())] == [SECOND]


async def test_renewed_session_is_stored_and_found_by_both_codes(
    unit_of_work: UnitOfWork, clock: Clock
) -> None:
    session = await open_session(unit_of_work)
    renewed = session.renewed(remote(NEW), clock())
    async with unit_of_work.write() as tx:
        await tx.renewals.begin(Renewal(FIRST, session.id, session.technician, clock()))
        await tx.renewals.finish(FIRST, OLD, clock())
        assert await tx.sessions.save(renewed, known=session)
    async with unit_of_work.read() as tx:
        assert await tx.sessions.get(session.id) == renewed
        for code in ("s12345678", "s12345679"):
            assert await tx.sessions.open_called(code) == [renewed]
        assert await tx.sessions.open_called("s12345670") == []


async def test_renewed_session_is_reminded_of_once_more(unit_of_work: UnitOfWork, clock: Clock) -> None:
    session = await open_session(unit_of_work)
    before = clock() + timedelta(days=2)
    async with unit_of_work.write() as tx:
        assert await tx.sessions.mark_reminded(clock(), before=before) == [session.id]
        assert await tx.sessions.mark_reminded(clock(), before=before) == []
        await tx.sessions.forget_reminder(session.id)
        assert await tx.sessions.mark_reminded(clock(), before=before) == [session.id]


async def test_renewals_are_deleted_with_their_session(unit_of_work: UnitOfWork, clock: Clock) -> None:
    session = await open_session(unit_of_work)
    async with unit_of_work.write() as tx:
        await tx.renewals.begin(Renewal(FIRST, session.id, session.technician, clock()))
        await tx.sessions.delete(session.id)
        assert await tx.renewals.get(FIRST) is None
