"""What a job needs to begin is read in one query, and is the same as what each repository reads by itself."""

import asyncio

import pytest
from support.clock import Clock
from support.sessions import make_session

from bot.commands import CommandRequest, ListOpen, Place
from bot.model.ids import CommandKey, Email, NoticeId, SessionId
from bot.model.notice import Channel, Notice, NoticeState, Recipient
from bot.model.secret import Secret
from bot.model.switches import Switches
from bot.model.technician import Actor, Platform, Profile
from bot.unit_of_work import UnitOfWork
from bot.unit_of_work.work import Asked, NoticeToSend, SessionToCreate
from bot.values import replace

KEY = CommandKey("k")
ASKED = CommandRequest(
    KEY,
    Actor(Platform.SLACK, "T1", "U1"),
    Place("C1"),
    ListOpen(),
    return_address=Secret("https://answer.test"),
)
SWITCHES = [None, Switches(), Switches(integration=False)]
"""None: none are stored."""


async def store_switches(switches: Switches | None, unit_of_work: UnitOfWork) -> None:
    if switches is not None:
        async with unit_of_work.write() as tx:
            await tx.switches.lock()
            await tx.switches.write(switches)


@pytest.mark.parametrize("switches", SWITCHES)
async def test_session_to_create_comes_with_its_command_and_the_switches(
    unit_of_work: UnitOfWork, clock: Clock, switches: Switches | None
) -> None:
    session = make_session(created_at=clock())
    await store_switches(switches, unit_of_work)
    async with unit_of_work.write() as tx:
        await tx.sessions.open(session, KEY, another=False)
        without_command = await tx.open_work.session_to_create(session.id)
        await tx.commands.add(ASKED, clock())
        found = await tx.open_work.session_to_create(session.id)
        origin = await tx.commands.origin_of(session.id)
        assert await tx.open_work.session_to_create(SessionId("another")) is None
    assert origin is not None
    assert without_command == SessionToCreate(session, None, switches or Switches())
    assert found == SessionToCreate(session, origin, switches or Switches())


@pytest.mark.parametrize("switches", SWITCHES)
async def test_what_was_asked_comes_with_the_sender_and_the_switches(
    unit_of_work: UnitOfWork, clock: Clock, switches: Switches | None
) -> None:
    session = make_session(created_at=clock())
    profile = Profile(ASKED.actor, "Ana", Email("ana@example.com"))
    await store_switches(switches, unit_of_work)
    async with unit_of_work.write() as tx:
        await tx.sessions.open(session, KEY, another=False)
        assert await tx.open_work.asked_for(session.id) is None, "the command is not stored"
        await tx.commands.add(ASKED, clock())
        without_profile = await tx.open_work.asked(KEY)
        await tx.people.store_profile(profile, clock())
        found = await tx.open_work.asked(KEY)
        origin = await tx.commands.return_address(KEY)
        assert found == await tx.open_work.asked_for(session.id)
        assert await tx.open_work.asked(CommandKey("another")) is None
    assert origin is not None
    assert without_profile == Asked(origin, None, switches or Switches())
    assert found == Asked(origin, profile, switches or Switches())


@pytest.mark.parametrize("switches", SWITCHES)
async def test_notice_to_send_comes_with_its_session_and_the_switches(
    unit_of_work: UnitOfWork, clock: Clock, switches: Switches | None
) -> None:
    session = make_session(created_at=clock())
    await store_switches(switches, unit_of_work)
    notices = [
        Notice(NoticeId(name), session.id, Recipient.REQUESTER, Channel.MAIL, NoticeState.PENDING, clock())
        for name in ("one", "two")
    ]
    async with unit_of_work.write() as tx:
        await tx.sessions.open(session, KEY, another=False)
        for notice in notices:
            await tx.notices.add(notice)
    async with unit_of_work.read() as tx:
        found = [await tx.open_work.notice_to_send(notice.id) for notice in notices]
        assert await tx.open_work.notice_to_send(NoticeId("another")) is None
    assert found == [NoticeToSend(notice, session, switches or Switches()) for notice in notices]


async def test_of_two_results_at_the_same_time_one_sees_both(unit_of_work: UnitOfWork, clock: Clock) -> None:
    """Each holds the session before it stores its result, so the last one knows that it is the last one."""
    session = make_session(created_at=clock())
    ids = [NoticeId(name) for name in ("n1", "n2")]
    notices = [
        Notice(one, session.id, Recipient.REQUESTER, Channel.MAIL, NoticeState.PENDING, clock())
        for one in ids
    ]
    async with unit_of_work.write() as tx:
        await tx.sessions.open(session, KEY, another=False)
        for notice in notices:
            await tx.notices.add(notice)
        assert await tx.open_work.session_with_notices(session.id) == (session, notices)
        assert await tx.open_work.session_with_notices(SessionId("another")) is None
    begun = asyncio.Barrier(2)

    async def store(notice: Notice) -> list[NoticeState]:
        await begun.wait()
        async with unit_of_work.write() as tx:
            await tx.sessions.hold(session.id)
            sent = replace(notice, state=NoticeState.SENT)
            assert await tx.notices.save(sent, known_state=NoticeState.PENDING)
            found = await tx.open_work.session_with_notices(session.id)
        assert found is not None
        return sorted(one.state for one in found[1])

    both = await asyncio.gather(*(store(notice) for notice in notices))
    assert sorted(both) == [[NoticeState.PENDING, NoticeState.SENT], [NoticeState.SENT] * 2]


async def test_session_without_notices_is_found_too(unit_of_work: UnitOfWork, clock: Clock) -> None:
    session = make_session(created_at=clock())
    async with unit_of_work.write() as tx:
        await tx.sessions.open(session, KEY, another=False)
        assert await tx.open_work.session_with_notices(session.id) == (session, [])


async def test_commit_goes_out_with_the_last_statement(unit_of_work: UnitOfWork, clock: Clock) -> None:
    session = make_session(created_at=clock())
    notice = Notice(
        NoticeId("n1"), session.id, Recipient.REQUESTER, Channel.MAIL, NoticeState.PENDING, clock()
    )
    async with unit_of_work.write() as tx:
        await tx.sessions.open(session, KEY, another=False)
        await tx.notices.add(notice)
    marks = []
    for _time in range(3):
        async with unit_of_work.write() as tx:
            tx.end_with_next_statement()
            marks.append(await tx.notices.mark_attempted(notice.id, clock()))
    assert marks == [False, True, True]
