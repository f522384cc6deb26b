"""Activities of a conversation are sent in order, and a newer version of a card replaces a waiting one."""

import asyncio
from collections.abc import AsyncIterator
from contextvars import ContextVar

import pytest
from support.clock import Clock
from support.microsoft import CONVERSATION, answers, microsoft
from support.teams_wire import Wire, wire_to

from adapters.tasks import Tasks
from adapters.teams.transport.api_response import TeamsRejected
from adapters.teams.transport.queues import ConversationQueues

OTHER = "a:1other"


@pytest.fixture
async def wire(clock: Clock) -> AsyncIterator[Wire]:
    async with microsoft(clock) as playing, wire_to(playing) as whole:
        yield whole


def _card(version: int) -> dict[str, int]:
    return {"version": version}


async def _until_busy(wire: Wire) -> "asyncio.Task[str]":
    """Send something, and delay its response until the gate is opened."""
    wire.playing.gate = asyncio.Event()
    first = asyncio.create_task(
        wire.ordered.send_activity_in_order(wire.playing.service_url, CONVERSATION, _card(0))
    )
    await wire.playing.arrived.wait()
    return first


def _open(wire: Wire) -> None:
    assert wire.playing.gate is not None
    wire.playing.gate.set()


def _versions(wire: Wire) -> list[int]:
    return [body["version"] for _method, _path, body in wire.playing.calls]


async def test_activities_of_a_conversation_are_sent_in_order(wire: Wire) -> None:
    url = wire.playing.service_url
    wire.playing.planned.append(answers(502, {}))  # being tried again is no reason to be overtaken
    await asyncio.gather(
        *(wire.ordered.send_activity_in_order(url, CONVERSATION, _card(number)) for number in range(20))
    )
    assert _versions(wire) == [0, *range(20)]


async def test_threads_share_the_queue_of_their_channel_and_other_conversations_do_not_wait(
    wire: Wire,
) -> None:
    first = await _until_busy(wire)
    url = wire.playing.service_url
    thread = CONVERSATION.partition(";")[0] + ";messageid=17"
    second = asyncio.create_task(wire.ordered.send_activity_in_order(url, thread, _card(1)))
    wire.playing.arrived.clear()
    other = asyncio.create_task(wire.ordered.send_activity_in_order(url, OTHER, _card(2)))
    await wire.playing.arrived.wait()
    assert _versions(wire) == [0, 2]
    _open(wire)
    await asyncio.gather(first, second, other)
    assert _versions(wire) == [0, 2, 1]


async def test_only_the_newest_of_waiting_updates_is_sent(wire: Wire) -> None:
    """All callers get its outcome, and it is sent in the position of the first."""
    first = await _until_busy(wire)
    url = wire.playing.service_url
    updates = [
        asyncio.create_task(wire.ordered.update_activity_in_order(url, CONVERSATION, "card", _card(number)))
        for number in range(1, 8)
    ]
    another = asyncio.create_task(
        wire.ordered.update_activity_in_order(url, CONVERSATION, "other card", _card(8))
    )
    last = asyncio.create_task(wire.ordered.update_activity_in_order(url, CONVERSATION, "card", _card(9)))
    await asyncio.sleep(0)
    _open(wire)
    outcomes = await asyncio.gather(*updates, last)
    await asyncio.gather(first, another)
    assert _versions(wire) == [0, 9, 8]
    assert set(outcomes) == {"m2"}


async def test_failed_update_raises_for_everybody_who_waits_for_it(wire: Wire) -> None:
    first = await _until_busy(wire)
    url = wire.playing.service_url
    updates = [
        asyncio.create_task(wire.ordered.update_activity_in_order(url, CONVERSATION, "card", _card(n)))
        for n in (1, 2)
    ]
    wire.playing.planned.extend([answers(201, {"id": "m1"}), answers(404, {"error": {"code": "Gone"}})])
    await asyncio.sleep(0)
    _open(wire)
    assert await first == "m1"
    for outcome in await asyncio.gather(*updates, return_exceptions=True):
        assert isinstance(outcome, TeamsRejected)
    assert await wire.ordered.update_activity_in_order(url, CONVERSATION, "card", _card(3)) == "m3"


async def test_newer_update_is_sent_after_the_one_that_is_under_way(wire: Wire) -> None:
    url = wire.playing.service_url
    wire.playing.gate = asyncio.Event()
    under_way = asyncio.create_task(
        wire.ordered.update_activity_in_order(url, CONVERSATION, "card", _card(1))
    )
    await wire.playing.arrived.wait()
    newer = asyncio.create_task(wire.ordered.update_activity_in_order(url, CONVERSATION, "card", _card(2)))
    await asyncio.sleep(0)
    _open(wire)
    await asyncio.gather(under_way, newer)
    assert _versions(wire) == [1, 2]


async def test_cancelled_call_is_not_sent(wire: Wire) -> None:
    """Work that was cancelled and is repeated later does not send the same thing twice."""
    first = await _until_busy(wire)
    url = wire.playing.service_url
    given_up = asyncio.create_task(wire.ordered.send_activity_in_order(url, CONVERSATION, _card(1)))
    kept = asyncio.create_task(wire.ordered.delete_activity_in_order(url, CONVERSATION, "m1"))
    await asyncio.sleep(0)
    given_up.cancel()
    await asyncio.sleep(0)
    _open(wire)
    await asyncio.gather(first, kept)
    assert [method for method, _path, _body in wire.playing.calls] == ["POST", "DELETE"]


async def test_empty_queues_are_dropped(wire: Wire) -> None:
    url = wire.playing.service_url
    await asyncio.gather(
        *(wire.ordered.send_activity_in_order(url, f"a:{number}", _card(number)) for number in range(30))
    )
    wire.playing.planned.append(answers(400, {}))
    with pytest.raises(TeamsRejected):
        await wire.ordered.send_activity_in_order(url, CONVERSATION, _card(0))
    await wire.tasks.drain(5)
    assert len(wire.queues) == 0


async def test_waiting_calls_are_cancelled_at_shutdown(wire: Wire) -> None:
    first = await _until_busy(wire)
    second = asyncio.create_task(
        wire.ordered.send_activity_in_order(wire.playing.service_url, CONVERSATION, _card(1))
    )
    await asyncio.sleep(0)
    await wire.tasks.drain(0)
    outcomes = await asyncio.gather(first, second, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [asyncio.CancelledError] * 2
    assert len(wire.queues) == 0


async def test_call_of_a_stopped_job_stops_no_call_behind_it() -> None:
    """The job that began the queue may make no call any more. The others have nothing to do with it."""
    queues, sent = ConversationQueues(Tasks()), list[str]()
    job: ContextVar[str] = ContextVar("job", default="none")

    async def call() -> str:
        if job.get() == "stopped":
            raise asyncio.CancelledError
        sent.append(job.get())
        return job.get()

    async def call_in_order(name: str) -> str:
        job.set(name)
        return await queues.run_call_in_order(CONVERSATION, call)

    stopped, other = (asyncio.create_task(call_in_order(name)) for name in ("stopped", "other"))
    await asyncio.wait({stopped, other})
    assert stopped.cancelled()
    assert (await other, sent, len(queues)) == ("other", ["other"], 0)
