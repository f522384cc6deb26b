"""What is said in a conversation keeps its order; a card that waits to be updated gives way to a newer one."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from support.clock import Clock
from support.microsoft import CONVERSATION, answers, microsoft
from support.teams_wire import Wire, wire_to

from adapters.teams.answer import TeamsRejected

OTHER = "a:1other"


@pytest.fixture
async def wire(clock: Clock) -> AsyncIterator[Wire]:
    async with microsoft(clock) as playing, wire_to(playing) as whole:
        yield whole


def _card(version: int) -> dict[str, int]:
    return {"version": version}


async def _until_busy(wire: Wire) -> "asyncio.Task[str]":
    """Send something, and hold its answer back until the gate is opened."""
    wire.playing.gate = asyncio.Event()
    first = asyncio.create_task(wire.outbox.send(wire.playing.service_url, CONVERSATION, _card(0)))
    await wire.playing.arrived.wait()
    return first


def _open(wire: Wire) -> None:
    assert wire.playing.gate is not None
    wire.playing.gate.set()


def _versions(wire: Wire) -> list[int]:
    return [body["version"] for _method, _path, body in wire.playing.calls]


async def test_a_conversation_keeps_its_order(wire: Wire) -> None:
    url = wire.playing.service_url
    wire.playing.planned.append(answers(502, {}))  # being tried again is no reason to be overtaken
    await asyncio.gather(*(wire.outbox.send(url, CONVERSATION, _card(number)) for number in range(20)))
    assert _versions(wire) == [0, *range(20)]


async def test_threads_of_a_channel_share_its_queue_and_other_conversations_do_not_wait(wire: Wire) -> None:
    first = await _until_busy(wire)
    url = wire.playing.service_url
    thread = CONVERSATION.partition(";")[0] + ";messageid=17"
    second = asyncio.create_task(wire.outbox.send(url, thread, _card(1)))
    wire.playing.arrived.clear()
    other = asyncio.create_task(wire.outbox.send(url, OTHER, _card(2)))
    await wire.playing.arrived.wait()
    assert _versions(wire) == [0, 2]
    _open(wire)
    await asyncio.gather(first, second, other)
    assert _versions(wire) == [0, 2, 1]


async def test_of_updates_that_wait_only_the_newest_is_sent(wire: Wire) -> None:
    """Each who asked for one gets its outcome, and it stands in the place of the first."""
    first = await _until_busy(wire)
    url = wire.playing.service_url
    updates = [
        asyncio.create_task(wire.outbox.update(url, CONVERSATION, "card", _card(number)))
        for number in range(1, 8)
    ]
    another = asyncio.create_task(wire.outbox.update(url, CONVERSATION, "other card", _card(8)))
    last = asyncio.create_task(wire.outbox.update(url, CONVERSATION, "card", _card(9)))
    await asyncio.sleep(0)
    _open(wire)
    outcomes = await asyncio.gather(*updates, last)
    await asyncio.gather(first, another)
    assert _versions(wire) == [0, 9, 8]
    assert set(outcomes) == {"m2"}


async def test_a_failed_update_is_everybody_s_who_waited_for_it(wire: Wire) -> None:
    first = await _until_busy(wire)
    url = wire.playing.service_url
    updates = [asyncio.create_task(wire.outbox.update(url, CONVERSATION, "card", _card(n))) for n in (1, 2)]
    wire.playing.planned.extend([answers(201, {"id": "m1"}), answers(404, {"error": {"code": "Gone"}})])
    await asyncio.sleep(0)
    _open(wire)
    assert await first == "m1"
    for outcome in await asyncio.gather(*updates, return_exceptions=True):
        assert isinstance(outcome, TeamsRejected)
    assert await wire.outbox.update(url, CONVERSATION, "card", _card(3)) == "m3"


async def test_an_update_under_way_is_followed_by_the_newer_one(wire: Wire) -> None:
    url = wire.playing.service_url
    wire.playing.gate = asyncio.Event()
    under_way = asyncio.create_task(wire.outbox.update(url, CONVERSATION, "card", _card(1)))
    await wire.playing.arrived.wait()
    newer = asyncio.create_task(wire.outbox.update(url, CONVERSATION, "card", _card(2)))
    await asyncio.sleep(0)
    _open(wire)
    await asyncio.gather(under_way, newer)
    assert _versions(wire) == [1, 2]


async def test_what_nobody_waits_for_any_more_is_not_sent(wire: Wire) -> None:
    """So that work which gave up and will be done again does not say it twice."""
    first = await _until_busy(wire)
    url = wire.playing.service_url
    given_up = asyncio.create_task(wire.outbox.send(url, CONVERSATION, _card(1)))
    kept = asyncio.create_task(wire.outbox.delete(url, CONVERSATION, "m1"))
    await asyncio.sleep(0)
    given_up.cancel()
    await asyncio.sleep(0)
    _open(wire)
    await asyncio.gather(first, kept)
    assert [method for method, _path, _body in wire.playing.calls] == ["POST", "DELETE"]


async def test_idle_queues_are_dropped(wire: Wire) -> None:
    url = wire.playing.service_url
    await asyncio.gather(*(wire.outbox.send(url, f"a:{number}", _card(number)) for number in range(30)))
    wire.playing.planned.append(answers(400, {}))
    with pytest.raises(TeamsRejected):
        await wire.outbox.send(url, CONVERSATION, _card(0))
    await wire.tasks.drain(5)
    assert len(wire.queues) == 0


async def test_whoever_waits_at_the_end_is_let_go(wire: Wire) -> None:
    first = await _until_busy(wire)
    second = asyncio.create_task(wire.outbox.send(wire.playing.service_url, CONVERSATION, _card(1)))
    await asyncio.sleep(0)
    await wire.tasks.drain(0)
    outcomes = await asyncio.gather(first, second, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [asyncio.CancelledError] * 2
    assert len(wire.queues) == 0
