"""Outages: their sessions, the requests that got none, and the message of their card."""

from datetime import timedelta

from support.clock import Clock
from support.sessions import make_session

from bot.i18n import Text
from bot.model.ids import CommandKey, OutageId, RequestNumber, SessionId, new_join_token
from bot.model.outage import Outage, OutagePlace, Refusal
from bot.model.session import Session
from bot.model.technician import Actor, Platform
from bot.unit_of_work import UnitOfWork
from bot.values import replace

REPORTED = OutageId("reported")
PLACE = OutagePlace("C1", "1.1", is_private=False, locale="fr", timezone="Europe/Paris")


def make_outage(clock: Clock) -> Outage:
    session = make_session()
    return Outage(
        REPORTED,
        CommandKey("1"),
        Actor(Platform.SLACK, "T1", "U1"),
        session.technician,
        session.technician_name,
        session.kind,
        "mail server",
        clock(),
    )


def session_of(number: str) -> Session:
    return replace(
        make_session(),
        id=SessionId(f"session-{number}"),
        number=RequestNumber(number),
        join_token=new_join_token(),
        outage=REPORTED,
    )


async def test_an_outage_is_stored_once_with_the_sessions_that_name_it(
    unit_of_work: UnitOfWork, clock: Clock
) -> None:
    outage = make_outage(clock)
    first, second = session_of("101"), session_of("102")
    async with unit_of_work.write() as tx:
        await tx.outages.add(outage)
        await tx.outages.add(replace(outage, note="another note"))
        for session in (first, second, replace(make_session(), number=RequestNumber("103"))):
            await tx.sessions.open(session, outage.command, another=False)
        assert await tx.outages.get(REPORTED) == outage
        assert await tx.outages.get(OutageId("none")) is None
        found = await tx.sessions.summaries_of_outage(REPORTED)
        assert {one.number for one in found} == {"101", "102"}
        assert {one.outage for one in found} == {REPORTED}
        assert await tx.outages.with_open_sessions() == [outage]
        for session in (first, second):
            await tx.sessions.save(session.ended(clock(), "Ana"), known=session)
        assert await tx.outages.with_open_sessions() == []


async def test_first_reason_for_a_refused_request_stays(unit_of_work: UnitOfWork, clock: Clock) -> None:
    refused = [Refusal(RequestNumber(one), Text("No {what}.", {"what": one})) for one in ("102", "104")]
    async with unit_of_work.write() as tx:
        await tx.outages.add(make_outage(clock))
        for refusal in (*refused, Refusal(RequestNumber("104"), Text("Later."))):
            await tx.outages.add_refusal(REPORTED, refusal)
        assert await tx.outages.refusals(REPORTED) == refused


async def test_mark_of_an_attempt_is_taken_back(unit_of_work: UnitOfWork, clock: Clock) -> None:
    async with unit_of_work.write() as tx:
        await tx.outages.add(make_outage(clock))
        assert not await tx.outages.mark_attempted(REPORTED, clock())
        assert await tx.outages.mark_attempted(REPORTED, clock())
        await tx.outages.unmark_attempted(REPORTED)
        assert not await tx.outages.mark_attempted(REPORTED, clock())


async def test_place_of_the_card_and_what_it_shows_are_stored(unit_of_work: UnitOfWork, clock: Clock) -> None:
    async with unit_of_work.write() as tx:
        await tx.outages.add(make_outage(clock))
        await tx.outages.store_place(REPORTED, PLACE)
        assert await tx.outages.store_shown(REPORTED, PLACE.message, "digest")
        assert not await tx.outages.store_shown(REPORTED, "another message", "another digest")
        stored = await tx.outages.get(REPORTED)
        assert stored is not None
        assert (stored.place, stored.shown) == (PLACE, "digest")
        await tx.outages.store_place(REPORTED, None)
        stored = await tx.outages.get(REPORTED)
    assert stored is not None
    assert stored.place is None


async def test_old_outages_are_deleted_with_their_refusals(unit_of_work: UnitOfWork, clock: Clock) -> None:
    async with unit_of_work.write() as tx:
        await tx.outages.add(make_outage(clock))
        await tx.outages.add_refusal(REPORTED, Refusal(RequestNumber("104"), Text("No.")))
        assert not await tx.outages.purge(clock(), limit=5)
        assert await tx.outages.get(REPORTED) is not None
        await tx.outages.purge(clock() + timedelta(days=1), limit=5)
        assert await tx.outages.get(REPORTED) is None
        assert await tx.outages.refusals(REPORTED) == []
