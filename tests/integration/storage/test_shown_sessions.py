"""What a card shows of a session is read in one query, and is the same as what each repository reads by itself."""

from support.clock import Clock
from support.sessions import make_session

from bot.model.card import Audience, Card
from bot.model.chat_invitation import ChatInvitation
from bot.model.ids import CommandKey, Email, NoticeId, RequestNumber, SessionId, new_join_token
from bot.model.invitation import Invitation
from bot.model.notice import Channel, Notice, NoticeState, Recipient
from bot.model.session import Session
from bot.model.shown_session import ShownSession
from bot.model.switches import Location, Switches
from bot.model.technician import Actor, Platform, Profile
from bot.unit_of_work import Transaction, UnitOfWork
from bot.values import replace

OTHER = SessionId("other")


async def read_each(session_id: SessionId, tx: Transaction) -> ShownSession:
    """Read what a card shows by one repository after another."""
    session = await tx.sessions.get(session_id)
    assert session is not None
    return ShownSession(
        session,
        await tx.notices.of_session(session_id),
        await tx.switches.read(),
        await tx.invitations.of_session(session_id),
        await tx.cards.of_session(session_id),
    )


async def fill(session: Session, count: int, tx: Transaction, clock: Clock) -> None:
    """Store so many notices, invitations and cards of a session."""
    for number in range(count):
        # The newest first, and of two at the same moment the one with the lower id first.
        at = clock.now.replace(minute=30 - number // 2)
        notice = NoticeId(f"{session.id}{number}")
        await tx.notices.add(
            Notice(notice, session.id, Recipient.REQUESTER, Channel.MAIL, NoticeState.PENDING, at)
        )
        who = Email(f"{9 - number}@example.com")
        by = (session.technician, session.technician_name)
        await tx.invitations.save(Invitation.new(session.id, (who, "Ben"), by, CommandKey("k"), clock()))
        card = Card(session.id, Platform.SLACK, "T1", "C1", f"{9 - number}", Audience.SHARED, "en", "UTC")
        await tx.cards.add(replace(card, message=f"{session.id}{9 - number}"), CommandKey("k"))


async def test_shown_session_is_what_each_repository_reads(unit_of_work: UnitOfWork, clock: Clock) -> None:
    session, other = (
        make_session(id=SessionId(one), join_token=new_join_token(), created_at=clock())
        for one in ("one", OTHER)
    )
    async with unit_of_work.write() as tx:
        for one in (session, other):
            await tx.sessions.open(one, CommandKey(f"key of {one.id}"), another=True)
        await fill(other, 1, tx, clock)
    for count in (0, 1, 3):
        async with unit_of_work.write() as tx:
            await fill(session, count, tx, clock)
        async with unit_of_work.read() as tx:
            shown = await tx.shown_sessions.get(session.id)
            expected = await read_each(session.id, tx)
        assert shown is not None
        assert (shown, list(shown.cards)) == (expected, list(expected.cards))
        assert [len(part) for part in (shown.notices, shown.invitations, shown.cards)] == [count] * 3


async def test_open_sessions_of_a_technician_and_of_a_request_are_shown_as_each_by_itself(
    unit_of_work: UnitOfWork, clock: Clock
) -> None:
    """The newest first. What is over is left out, and what is somebody else's is none of a technician's own."""
    names = ("a", "b", "c", "over", "of another")
    made = [
        make_session(
            id=SessionId(name), join_token=new_join_token(), created_at=clock.now.replace(second=second)
        )
        for second, name in enumerate(names)
    ]
    made[-1] = replace(made[-1], technician=Email("somebody.else@example.com"))
    async with unit_of_work.write() as tx:
        for count, session in enumerate(made):
            await tx.sessions.open(session, CommandKey(f"key of {session.id}"), another=True)
            await fill(session, count, tx, clock)
        await tx.sessions.save(made[3].ended(clock(), "Tom"), known=made[3])
    technician = made[0].technician
    async with unit_of_work.read() as tx:
        shown = await tx.shown_sessions.newest_open(technician, limit=9)
        expected = [await read_each(SessionId(name), tx) for name in ("c", "b", "a")]
        newest = await tx.shown_sessions.newest_open(technician, limit=2)
        of_request = await tx.shown_sessions.open_of_request(made[0].number)
        of_another = await tx.shown_sessions.open_of_request(RequestNumber("999"))
    assert list(shown) == expected
    assert [one.session.id for one in of_request] == ["of another", "c", "b", "a"]
    assert list(of_request)[1:] == expected
    assert list(of_another) == []
    assert [list(one.cards) for one in shown] == [list(one.cards) for one in expected]
    assert list(newest) == expected[:2]


async def test_shown_session_has_the_switches_that_are_stored(unit_of_work: UnitOfWork, clock: Clock) -> None:
    session = make_session(join_token=new_join_token(), created_at=clock())
    for switches in (Switches(), Switches(integration=False), Switches(locations=frozenset({Location.HOME}))):
        async with unit_of_work.write() as tx:
            await tx.sessions.open(session, CommandKey("k"), another=True)
            if switches != Switches():
                await tx.switches.lock()
                await tx.switches.write(switches)
        async with unit_of_work.read() as tx:
            shown = await tx.shown_sessions.get(session.id)
        assert shown is not None
        assert shown.switches == switches


async def test_unknown_session_is_not_shown(unit_of_work: UnitOfWork) -> None:
    async with unit_of_work.read() as tx:
        assert await tx.shown_sessions.get(OTHER) is None


async def test_places_of_a_session_are_those_that_are_stored(unit_of_work: UnitOfWork, clock: Clock) -> None:
    session, other = (
        make_session(id=SessionId(one), join_token=new_join_token(), created_at=clock())
        for one in ("one", OTHER)
    )
    actor = Actor(Platform.SLACK, "T1", "U1")
    found = []

    async def find() -> None:
        async with unit_of_work.read() as tx:
            places = await tx.shown_sessions.find_places(session.id)
        found.append(
            [bool(places.cards), places.has_chat_invitations, places.has_invitations, places.has_homes]
        )

    async with unit_of_work.write() as tx:
        for one in (session, other):
            await tx.sessions.open(one, CommandKey(f"key of {one.id}"), another=True)
        await fill(other, 1, tx, clock)
    await find()
    async with unit_of_work.write() as tx:
        await fill(session, 1, tx, clock)
    await find()
    async with unit_of_work.write() as tx:
        notice = NoticeId(f"{session.id}0")
        await tx.chat_invitations.add(ChatInvitation(notice, session.id, actor, "en", "UTC", "m1"))
        await tx.people.store_profile(Profile(actor, "Tom", session.technician), clock())
        await tx.homes.add(actor)
    await find()
    assert found == [[False] * 4, [True, False, True, False], [True] * 4]
