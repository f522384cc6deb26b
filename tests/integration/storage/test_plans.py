"""Stored planned sessions: one for each request, technician and kind, and each is found when its time has come."""

import asyncio
from datetime import timedelta

import pytest
from support.clock import Clock
from support.stored_session import ACTOR, SESSION

from bot.commands import CommandRequest, Create, Place
from bot.i18n import Text
from bot.model.ids import CommandKey, Email, PlanId, RequestId, RequestNumber
from bot.model.notice import Channel, NoticeState
from bot.model.plan import Plan, PlanMail, PlanPlace, PlanState
from bot.model.session import Kind
from bot.unit_of_work import UnitOfWork
from bot.values import replace

ANA = Email("ana@example.com")
HOUR = timedelta(hours=1)


def plan_of(clock: Clock, name: str = "p1", **more: object) -> Plan:
    """Return a new planned session of Ana's, in an hour."""
    plan = Plan(
        PlanId(name),
        SESSION.org_id,
        RequestNumber("101"),
        Kind.REMOTE,
        ANA,
        "Ana",
        CommandKey(f"command {name}"),
        ACTOR,
        clock() + HOUR,
        "Europe/Paris",
        clock(),
    )
    return replace(plan, **more)  # type: ignore[arg-type]  # a test names any field


async def test_plan_is_read_as_it_was_stored(unit_of_work: UnitOfWork, clock: Clock) -> None:
    full = plan_of(
        clock,
        kind=Kind.PILOT,
        note="printer",
        another=True,
        in_chat=False,
        request_id=RequestId("9" * 18),
        subject="VPN",
        requester_name="Rita",
        requester_email="rita@example.com",
        remind_at=clock(),
        sequence=3,
        changed_by="Ada",
        mail=PlanMail(NoticeState.FAILED, Channel.REPLY, Text("no")),
    )
    async with unit_of_work.write() as tx:
        assert await tx.plans.add(full, marker="m1") == full
        assert await tx.plans.add(full, marker="m2") == full
    async with unit_of_work.read() as tx:
        assert await tx.plans.get(full.id) == full
        assert await tx.plans.place(full.id) == PlanPlace("m1")
        assert await tx.plans.get(PlanId("unknown")) is None
        assert await tx.plans.place(PlanId("unknown")) is None
    refused = full.refused(Text("A rule."), clock())
    async with unit_of_work.write() as tx:
        assert await tx.plans.save(refused, known_version=full.version)
        assert not await tx.plans.save(full, known_version=full.version)
        assert await tx.plans.lock(full.id) == refused


async def test_second_plan_for_the_same_request_returns_the_first(
    unit_of_work: UnitOfWork, clock: Clock
) -> None:
    first = plan_of(clock)
    async with unit_of_work.write() as tx:
        await tx.plans.add(first, marker="m1")
        assert await tx.plans.add(plan_of(clock, "p2"), marker="m2") == first
        pilot = plan_of(clock, "p3", kind=Kind.PILOT)
        assert await tx.plans.add(pilot, marker="m3") == pilot
        another = plan_of(clock, "p4", another=True)
        assert await tx.plans.add(another, marker="m4") == another
        # What is cancelled leaves its place to a new one.
        await tx.plans.save(first.cancelled(clock(), "Ana"), known_version=first.version)
        again = plan_of(clock, "p5")
        assert await tx.plans.add(again, marker="m5") == again


async def test_two_plans_at_the_same_moment_are_one(unit_of_work: UnitOfWork, clock: Clock) -> None:
    async def plan(name: str) -> PlanId:
        async with unit_of_work.write() as tx:
            return (await tx.plans.add(plan_of(clock, name), marker=name)).id

    first, second = await asyncio.gather(plan("p1"), plan("p2"))
    assert first == second


async def test_due_plans_and_reminders_are_found(unit_of_work: UnitOfWork, clock: Clock) -> None:
    soon = plan_of(clock, "p1", starts_at=clock() + HOUR, remind_at=clock() + HOUR / 2)
    later = plan_of(
        clock, "p2", number=RequestNumber("102"), starts_at=clock() + 3 * HOUR, remind_at=clock() + 2 * HOUR
    )
    async with unit_of_work.write() as tx:
        for one in (later, soon):
            await tx.plans.add(one, marker=one.id)
        assert list(await tx.plans.planned_by(ANA, limit=5)) == [soon, later]
        assert list(await tx.plans.planned_by(ANA, limit=1)) == [soon]
        assert list(await tx.plans.planned_by(Email("ben@example.com"), limit=5)) == []
        assert list(await tx.plans.all_planned()) == [soon, later]
        assert await tx.plans.due(clock(), limit=5) == []
        assert await tx.plans.due_reminders(clock(), limit=5) == []
    clock.move(minutes=30)
    async with unit_of_work.write() as tx:
        assert list(await tx.plans.due_reminders(clock(), limit=5)) == [soon]
        await tx.plans.save(soon.reminded(), known_version=soon.version)
        assert await tx.plans.due_reminders(clock(), limit=5) == []
    clock.move(hours=4)
    async with unit_of_work.write() as tx:
        assert list(await tx.plans.due(clock(), limit=5)) == [soon.id, later.id]
        assert list(await tx.plans.due(clock(), limit=1)) == [soon.id]
        started = soon.reminded().started(clock())
        await tx.plans.save(started, known_version=soon.version + 1)
        await tx.plans.save(later.refused(Text("no"), clock()), known_version=later.version)
        assert await tx.plans.due(clock(), limit=5) == []
        assert await tx.plans.due_reminders(clock(), limit=5) == []


async def test_message_is_marked_before_it_is_posted(unit_of_work: UnitOfWork, clock: Clock) -> None:
    plan = plan_of(clock)
    async with unit_of_work.write() as tx:
        await tx.plans.add(plan, marker="m1")
        assert not await tx.plans.mark_attempted(plan.id, clock())
        assert await tx.plans.mark_attempted(plan.id, clock())
        await tx.plans.unmark_attempted(plan.id)
        assert not await tx.plans.mark_attempted(plan.id, clock())
        place = PlanPlace("m1", clock(), "C1", "1.1", is_private=True)
        await tx.plans.store_place(plan.id, place)
    async with unit_of_work.read() as tx:
        assert await tx.plans.place(plan.id) == place


@pytest.mark.parametrize("state", list(PlanState))
async def test_only_what_is_over_is_deleted(unit_of_work: UnitOfWork, clock: Clock, state: PlanState) -> None:
    plan = plan_of(clock)
    async with unit_of_work.write() as tx:
        await tx.plans.add(plan, marker="m1")
        await tx.plans.save(replace(plan, state=state, version=2), known_version=1)
    async with unit_of_work.write() as tx:
        await tx.plans.purge(clock(), limit=5)
        assert await tx.plans.get(plan.id) is not None
        await tx.plans.purge(clock() + HOUR, limit=5)
        assert (await tx.plans.get(plan.id) is not None) == (state is PlanState.PLANNED)


async def test_command_that_planned_a_session_is_kept_until_it_is_created(
    unit_of_work: UnitOfWork, clock: Clock
) -> None:
    command = Create(RequestNumber("101"))
    request = CommandRequest(CommandKey("command p1"), ACTOR, Place("C1"), command)
    plan = plan_of(clock)
    async with unit_of_work.write() as tx:
        await tx.commands.add(request, clock())
        await tx.plans.add(plan, marker="m1")
        await tx.commands.purge(clock() + HOUR, limit=5)
        assert await tx.commands.return_address(request.key) is not None
        await tx.plans.save(plan.cancelled(clock(), "Ana"), known_version=1)
        await tx.commands.purge(clock() + HOUR, limit=5)
        assert await tx.commands.return_address(request.key) is None
