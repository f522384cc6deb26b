"""Work on many items, a few at the same time."""

import asyncio

from support.bot_in_memory import REFUSED

from bot.workflows.bounded_gather import AT_ONCE, bounded_gather, gather_to_the_end, run_and_log_failure


async def test_every_item_is_worked_on_a_few_at_once() -> None:
    running, most, done = 0, 0, []

    async def work(item: int) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0)
        running -= 1
        done.append(item)

    await bounded_gather(range(3 * AT_ONCE), work, name="test")
    assert sorted(done) == list(range(3 * AT_ONCE))
    assert most == AT_ONCE


async def test_item_that_fails_does_not_stop_the_others() -> None:
    done = []

    async def work(item: int) -> None:
        if item == 0:
            raise REFUSED
        if item == 1:
            raise ValueError("a person's words")
        done.append(item)

    await bounded_gather(range(3), work, name="test")
    assert done == [2]


async def test_work_that_succeeds_is_awaited() -> None:
    done = asyncio.Event()

    async def work() -> None:
        done.set()

    await run_and_log_failure(work(), name="test")
    assert done.is_set()


async def test_work_that_is_stopped_is_reported_when_the_others_have_ended() -> None:
    """The job must not count as ended while a call of it is under way."""
    may_end, done = asyncio.Event(), list[str]()

    async def be_stopped() -> None:
        raise asyncio.CancelledError

    async def finish() -> None:
        await may_end.wait()
        done.append("finished")

    gathering = asyncio.create_task(gather_to_the_end(be_stopped(), finish()))
    await asyncio.sleep(0)
    may_end.set()
    await asyncio.wait({gathering})
    assert (gathering.cancelled(), done) == (True, ["finished"])
