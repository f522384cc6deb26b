"""Stored sessions: one open session for a request, technician and kind; no change overwrites another."""

import asyncio
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from support.clock import Clock

from bot.i18n import Words, _
from bot.model.card import Audience, Card
from bot.model.ids import (
    CommandKey,
    Email,
    OrgId,
    RequestId,
    RequestNumber,
    SessionCode,
    bare_code,
    new_join_token,
    new_session_id,
)
from bot.model.listed_session import ListedSession
from bot.model.request import Requester
from bot.model.secret import Secret
from bot.model.session import Kind, RemoteSession, Session, SessionSummary, State
from bot.model.technician import Actor, Platform
from bot.unit_of_work import UnitOfWork
from bot.values import field_names, replace
from storage.database import Database
from storage.tables import sessions
from storage.unit_of_work import SqlUnitOfWork


def session(clock: Clock, **changes: Any) -> Session:
    new = Session(
        id=new_session_id(),
        org_id=OrgId("itdesk"),
        number=RequestNumber("101"),
        kind=Kind.REMOTE,
        technician=Email("tom@example.test"),
        technician_name="Tom Ray",
        join_token=new_join_token(),
        created_at=clock(),
        requester=Requester("Ann Lee", "ann@example.test", Secret("+33612345678")),
    )
    return replace(new, **changes)


REMOTE = RemoteSession(
    SessionCode("s12-345-678"),
    Secret("https://tv/s12345678"),
    Secret("https://tv/s12345678-AbCdEfGhIjKl"),
    None,
    Secret("https://tv/browser?servicequeuetoken=AbCdEfGhIjKl"),
)


async def test_session_is_read_as_it_was_stored(unit_of_work: UnitOfWork, clock: Clock) -> None:
    stored = replace(session(clock).opened(REMOTE), problem=_("Type {words}.", words=Words("auth")))
    async with unit_of_work.write() as tx:
        assert await tx.sessions.open(stored, CommandKey("key"), another=False) == stored
    async with unit_of_work.read() as tx:
        assert await tx.sessions.get(stored.id) == stored
        assert await tx.sessions.by_join_token(stored.join_token) == stored
        assert await tx.sessions.command_key(stored.id) == "key"


async def test_arrival_is_read_as_it_was_stored(unit_of_work: UnitOfWork, clock: Clock) -> None:
    """Its exact time is the key of its ping."""
    clock.move(seconds=0.123456)
    there = session(clock).opened(REMOTE).seen(is_online=True, at=clock())
    async with unit_of_work.write() as tx:
        await tx.sessions.open(there, CommandKey("key"), another=False)
    clock.move(minutes=5)
    left = there.seen(is_online=False, at=clock())
    async with unit_of_work.write() as tx:
        assert await tx.sessions.save(left, known=there)
    async with unit_of_work.read() as tx:
        assert await tx.sessions.get(left.id) == left


async def test_twenty_concurrent_opens_store_one_session(unit_of_work: UnitOfWork, clock: Clock) -> None:
    async def one() -> Session:
        async with unit_of_work.write() as tx:
            return await tx.sessions.open(session(clock), CommandKey("key"), another=False)

    existing = await asyncio.gather(*(one() for _number in range(20)))
    async with unit_of_work.read() as tx:
        (only,) = await tx.sessions.open_page(after=None, limit=1000)
    assert {one.id for one in existing} == {only.id}


async def test_other_kind_other_technician_and_ended_session_do_not_block_a_new_session(
    unit_of_work: UnitOfWork, clock: Clock
) -> None:
    first, pilot = session(clock), session(clock, kind=Kind.PILOT)
    hers, another = session(clock, technician=Email("ines@example.test")), session(clock)
    after = session(clock)
    async with unit_of_work.write() as tx:
        await tx.sessions.open(first, CommandKey("1"), another=False)
        assert await tx.sessions.open(pilot, CommandKey("2"), another=False) == pilot
        assert await tx.sessions.open(hers, CommandKey("3"), another=False) == hers
        assert await tx.sessions.open(another, CommandKey("4"), another=True) == another
        assert await tx.sessions.open(session(clock), CommandKey("5"), another=False) == first
        await tx.sessions.save(first.ended(clock(), by="Tom Ray"), known=first)
        assert await tx.sessions.open(after, CommandKey("6"), another=False) == after


async def test_session_whose_end_was_asked_for_does_not_block_a_new_session(
    unit_of_work: UnitOfWork, clock: Clock
) -> None:
    first, second = session(clock).opened(REMOTE), session(clock)
    ending = first.ending(clock())
    async with unit_of_work.write() as tx:
        await tx.sessions.open(first, CommandKey("1"), another=False)
        assert await tx.sessions.save(ending, known=first)
        assert await tx.sessions.open(second, CommandKey("2"), another=False) == second
    async with unit_of_work.read() as tx:
        assert await tx.sessions.get(first.id) == ending
        assert {one.id for one in await tx.sessions.open_page(after=None, limit=1000)} == {
            first.id,
            second.id,
        }


async def test_open_sessions_are_found_by_number_code_and_long_id(
    unit_of_work: UnitOfWork, clock: Clock
) -> None:
    """A person types a code in any case, without its dashes too. ServiceDesk Plus sends the long id or the number."""
    found = session(clock, request_id=RequestId("100000000000000001")).opened(REMOTE)
    other, over = replace(session(clock), number=RequestNumber("7")), session(clock)
    assert found.code is not None
    async with unit_of_work.write() as tx:
        for one in (found, other, over):
            await tx.sessions.open(one, CommandKey(one.id), another=True)
        await tx.sessions.save(over.ended(clock(), by=None), known=over)
    async with unit_of_work.read() as tx:
        first, second = sorted([found, other], key=lambda one: one.id)
        assert await tx.sessions.open_page(after=None, limit=1) == [first]
        assert await tx.sessions.open_page(after=first.id, limit=2) == [second]
        for reference in (found.number, bare_code(found.code)):
            assert await tx.sessions.open_called(reference) == [found], reference
        for reference in (found.number, f"0{found.number}", "100000000000000001"):
            assert await tx.sessions.open_about(reference) == [found], reference
        assert await tx.sessions.open_called("none") == await tx.sessions.open_about("none") == []


async def test_cards_of_open_sessions_and_homes_are_read_in_batches(
    unit_of_work: UnitOfWork, clock: Clock
) -> None:
    """Each is read once, whatever the batch. The cards of a session that is over are left out."""
    shown, over = session(clock), session(clock)
    places = [
        Card(one.id, platform, "T1", "C1", f"{one.id}{number}", Audience.SHARED, "en", "UTC")
        for one in (shown, over)
        for platform in Platform
        for number in range(3)
    ]
    homes = [Actor(platform, "T1", f"U{number}") for platform in Platform for number in range(3)]
    async with unit_of_work.write() as tx:
        for one in (shown, over):
            await tx.sessions.open(one, CommandKey(one.id), another=True)
        for place in places:
            await tx.cards.add(place, CommandKey("k"))
        for actor in homes:
            await tx.homes.add(actor)
        await tx.sessions.save(over.ended(clock(), by=None), known=over)
    read_cards: list[Card] = []
    read_homes: list[Actor] = []
    async with unit_of_work.read() as tx:
        while batch := await tx.cards.of_open_sessions(after=read_cards[-1] if read_cards else None, limit=4):
            read_cards += batch
        while page := await tx.homes.page(after=read_homes[-1] if read_homes else None, limit=4):
            read_homes += page
    assert len(read_cards) == 6
    assert set(read_cards) == {place for place in places if place.session_id == shown.id}
    assert sorted(read_homes, key=str) == sorted(homes, key=str)


async def test_session_that_is_over_is_due_to_be_closed_from_its_time_on(
    unit_of_work: UnitOfWork, clock: Clock
) -> None:
    over, another = session(clock), session(clock)
    async with unit_of_work.write() as tx:
        await tx.sessions.open(over, CommandKey("1"), another=True)
        await tx.sessions.open(another, CommandKey("2"), another=True)
        await tx.sessions.set_close_after(over.id, clock() + timedelta(minutes=1))
        assert await tx.sessions.due_to_close(clock()) == []
        clock.move(minutes=1)
        assert [one.id for one in await tx.sessions.due_to_close(clock())] == [over.id]
        # A change of the session leaves the time as it is.
        assert await tx.sessions.save(over.ended(clock(), by=None), known=over)
        assert [one.id for one in await tx.sessions.due_to_close(clock())] == [over.id]
        await tx.sessions.set_close_after(over.id, None)
        assert await tx.sessions.due_to_close(clock() + timedelta(days=1)) == []


async def test_account_has_to_be_kept_while_a_session_is_to_be_closed_in_it(
    unit_of_work: UnitOfWork, clock: Clock
) -> None:
    one = session(clock)
    whose = one.technician, "u1"
    async with unit_of_work.write() as tx:
        await tx.sessions.open(one, CommandKey("1"), another=False)
        await tx.sessions.mark_attempted(one.id, "u1", clock())
        opened = replace(one.opened(REMOTE), account="u1")
        await tx.sessions.save(opened, known=one)
        assert not await tx.sessions.has_to_close(*whose)
        ending = opened.ending(clock())
        await tx.sessions.save(ending, known=opened)
        assert await tx.sessions.has_to_close(*whose)
        assert not await tx.sessions.has_to_close(one.technician, "u2")
        assert not await tx.sessions.has_to_close(Email("ines@example.test"), "u1")
        await tx.sessions.save(ending.ended(clock(), by=None), known=ending)
        assert not await tx.sessions.has_to_close(*whose)
        await tx.sessions.set_close_after(one.id, clock())
        assert await tx.sessions.has_to_close(*whose)


async def test_save_with_an_old_version_stores_nothing(unit_of_work: UnitOfWork, clock: Clock) -> None:
    first = session(clock)
    async with unit_of_work.write() as tx:
        await tx.sessions.open(first, CommandKey("1"), another=False)
        opened = first.opened(REMOTE)
        assert await tx.sessions.save(opened, known=first)
        assert not await tx.sessions.save(first.ended(clock(), by=None), known=first)
        stored = await tx.sessions.get(first.id)
    assert stored is not None
    assert stored.state is State.WAITING


async def test_history_lists_newest_sessions_first(unit_of_work: UnitOfWork, clock: Clock) -> None:
    made = []
    async with unit_of_work.write() as tx:
        for number in range(5):
            clock.move(minutes=1)
            made.append(session(clock, number=RequestNumber("7")))
            await tx.sessions.open(made[-1], CommandKey(str(number)), another=True)
        first = await tx.sessions.history(number=RequestNumber("7"), limit=3)
        second = await tx.sessions.history(number=RequestNumber("7"), limit=3, page=2)
        older = await tx.sessions.history(number=RequestNumber("7"), limit=3, after=made[3].id)
    assert [one.id for one in first] == [made[4].id, made[3].id, made[2].id]
    assert [one.id for one in second] == [made[2].id, made[1].id, made[0].id]
    assert [one.id for one in older] == [made[2].id, made[1].id, made[0].id]


async def test_session_is_stored_if_the_blocking_one_ends_meanwhile(
    postgres_unit_of_work: SqlUnitOfWork, postgres_database: Database, clock: Clock
) -> None:
    """The open session ends after it blocked the insert, and before it is read."""
    first, second = session(clock), session(clock)
    async with postgres_unit_of_work.write() as tx:
        await tx.sessions.open(first, CommandKey("1"), another=False)
    ended = sa.update(sessions).values(state=State.ENDED.value, slot=None)
    other = sa.create_engine(postgres_database.sync_url)

    @sa.event.listens_for(postgres_database.writer.sync_engine, "after_cursor_execute", once=True)
    def end_the_first(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        assert statement.startswith("INSERT INTO sessions")
        with other.begin() as connection:
            connection.execute(ended)

    async with postgres_unit_of_work.write() as tx:
        assert await tx.sessions.open(second, CommandKey("2"), another=False) == second
    async with postgres_unit_of_work.read() as tx:
        assert [one.id for one in await tx.sessions.open_page(after=None, limit=1000)] == [second.id]
    other.dispose()


async def test_summaries_are_the_sessions_without_their_secrets_page_by_page(
    unit_of_work: UnitOfWork, clock: Clock
) -> None:
    made = [session(clock, number=RequestNumber(str(number))) for number in (1, 2, 3)]
    other = session(clock, technician=Email("ines@example.test"))
    over = replace(session(clock, number=RequestNumber("9")).opened(REMOTE), version=1).ended(
        clock(), "Tom Ray"
    )
    async with unit_of_work.write() as tx:
        for one in (*made, other):
            await tx.sessions.open(one, CommandKey(one.id), another=False)
            opened = one.opened(REMOTE)
            assert await tx.sessions.save(opened, known=one)
        await tx.sessions.open(over, CommandKey(over.id), another=True)
    tom = made[0].technician
    async with unit_of_work.read() as tx:
        stored = await tx.sessions.open_of_technician(tom)
        assert {one.id for one in stored} == {one.id for one in made}
        first = await tx.sessions.listed_open(tom, limit=2)
        second = await tx.sessions.listed_open(tom, limit=2, skipped=2)
        assert [one.id for one in (*first, *second)] == [one.id for one in stored]
        (ended,) = await tx.sessions.summaries_of_over(tom, limit=5)
    assert ended.id == over.id
    for read, whole, kind in ((first[0], stored[0], ListedSession), (ended, over, SessionSummary)):
        assert type(read) is kind
        for shown in field_names(kind):
            if shown != "requester":
                assert getattr(read, shown) == getattr(whole, shown), shown
        assert read.requester == Requester("Ann Lee", "ann@example.test")


async def test_attempt_that_is_taken_back_is_a_first_attempt_again(
    unit_of_work: UnitOfWork, clock: Clock
) -> None:
    one = session(clock)
    async with unit_of_work.write() as tx:
        await tx.sessions.open(one, CommandKey("1"), another=False)
        assert not await tx.sessions.mark_attempted(one.id, "u1", clock())
        await tx.sessions.unmark_attempted(one.id)
        stored = await tx.sessions.get(one.id)
        assert stored is not None
        assert stored.account is None
        assert not await tx.sessions.mark_attempted(one.id, "u2", clock())
        assert await tx.sessions.mark_attempted(one.id, "u1", clock())


async def test_account_of_a_session_that_is_open_is_not_taken_back(
    unit_of_work: UnitOfWork, clock: Clock
) -> None:
    one = session(clock)
    async with unit_of_work.write() as tx:
        await tx.sessions.open(one, CommandKey("1"), another=False)
        await tx.sessions.mark_attempted(one.id, "u1", clock())
        await tx.sessions.save(replace(one.opened(REMOTE), account="u1"), known=one)
        await tx.sessions.unmark_attempted(one.id)
        stored = await tx.sessions.get(one.id)
    assert stored is not None
    assert stored.account == "u1"


async def test_times_of_the_newest_sessions_of_a_technician_are_read(
    unit_of_work: UnitOfWork, clock: Clock
) -> None:
    """Newest first, after a point in time, and not more than asked for. Sessions of others do not count."""
    begun = clock()
    minutes = [begun + timedelta(minutes=one) for one in range(4)]
    async with unit_of_work.write() as tx:
        for number, at in enumerate(minutes):
            for who in ("tom", "ines"):
                stored = session(
                    clock,
                    number=RequestNumber(str(number)),
                    technician=Email(f"{who}@example.test"),
                    created_at=at,
                )
                await tx.sessions.open(stored, CommandKey("key"), another=False)
    tom = Email("tom@example.test")
    async with unit_of_work.read() as tx:
        assert await tx.sessions.newest_created(tom, since=begun, limit=9) == minutes[:0:-1]
        assert await tx.sessions.newest_created(tom, since=begun, limit=2) == minutes[:1:-1]
        assert await tx.sessions.newest_created(tom, since=minutes[-1], limit=9) == []
