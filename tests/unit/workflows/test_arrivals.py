"""Which changes of a session enqueue a ping, and under which key."""

from datetime import timedelta

import pytest
from support.bot_in_memory import BotInMemory
from support.sessions import NOW, make_session

from bot.jobs import CheckDeparture, PingArrival
from bot.model.session import SAME_ARRIVAL, Session, State
from bot.model.session_connection import SessionConnection
from bot.model.technician import Platform
from bot.workflows.arrivals import enqueue_pings

WAITING = make_session(State.WAITING)
PRESENT = WAITING.seen(is_online=True, at=NOW)
LEFT = PRESENT.seen(is_online=False, at=NOW + timedelta(minutes=12))
CONNECTED = WAITING.reported([SessionConnection("1", NOW, None)], NOW)


async def keys(bot: BotInMemory, before: Session, after: Session) -> list[str]:
    """Return the keys of what a change enqueues."""
    bot.unit_of_work.take_jobs()
    async with bot.unit_of_work.write() as tx:
        await enqueue_pings(before, after, tx)
    return [one.key for one in bot.queue]


@pytest.mark.parametrize("after", [PRESENT, CONNECTED], ids=["there", "connected by a report"])
async def test_arrival_is_pinged_once_for_each_platform(bot: BotInMemory, after: Session) -> None:
    assert await keys(bot, WAITING, after) == [
        f"arrival:{WAITING.id}:{NOW.isoformat()}:{platform}" for platform in Platform
    ]
    assert bot.jobs == [PingArrival(platform, WAITING.id, NOW) for platform in Platform]


async def test_departure_is_pinged_after_the_time_in_which_a_return_is_the_same_arrival(
    bot: BotInMemory,
) -> None:
    assert LEFT.left_at is not None
    assert await keys(bot, PRESENT, LEFT) == [f"departure:{LEFT.id}:{LEFT.left_at.isoformat()}"]
    (queued,) = bot.queue
    assert queued.job == CheckDeparture(LEFT.id, LEFT.left_at)
    assert queued.delay_seconds > SAME_ARRIVAL.total_seconds()


async def test_return_in_the_same_arrival_is_not_pinged(bot: BotInMemory) -> None:
    assert LEFT.left_at is not None
    back = LEFT.seen(is_online=True, at=LEFT.left_at + timedelta(seconds=30))
    assert await keys(bot, LEFT, back) == []


async def test_later_arrival_is_pinged_again(bot: BotInMemory) -> None:
    back = LEFT.seen(is_online=True, at=NOW + timedelta(hours=1))
    assert len(await keys(bot, LEFT, back)) == len(Platform)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (PRESENT, PRESENT.entered(NOW)),
        (PRESENT, PRESENT.reported([SessionConnection("1", NOW, None)], NOW)),
        (PRESENT, PRESENT.ended(NOW, by=None)),
        (PRESENT, LEFT.ended(NOW, by=None)),
        (LEFT, LEFT.with_problem(None)),
    ],
    ids=["entered", "connected", "ended", "left and ended", "something else"],
)
async def test_other_changes_are_not_pinged(bot: BotInMemory, before: Session, after: Session) -> None:
    assert await keys(bot, before, after) == []
