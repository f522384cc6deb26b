"""The worker of this process looks for jobs at once when one is enqueued here, also by another job."""

import threading
from pathlib import Path

import pytest
from support.bot import settings_for

from adapters.bootstrap import Bot
from adapters.engine.queue import JobQueue
from adapters.engine.wake import CLAIMING_THREADS, WakeableEvent
from adapters.settings import settings_from
from bot.jobs import RefreshCards
from bot.model.ids import SessionId
from sandbox.environment import Environment
from storage.migrate import upgrade_schema


async def test_job_wakes_the_worker_once_it_is_committed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = Environment()
    await environment.start()
    bot = Bot(settings_from(settings_for(environment, f"sqlite:///{tmp_path}/bot.db")))
    assert bot.engine is not None
    upgrade_schema(bot.database)
    JobQueue.migrate(bot.database)
    wakes: list[str] = []
    monkeypatch.setattr(bot.engine, "wake", lambda: wakes.append("woken"))
    async with bot.unit_of_work.write() as tx:
        await tx.enqueue(RefreshCards(SessionId("later")), key="later", delay_seconds=60)
    assert wakes == [], "it cannot start yet"
    async with bot.unit_of_work.write() as tx:
        await tx.enqueue(RefreshCards(SessionId("now")), key="now")
        assert wakes == []
    assert wakes == ["woken"]
    await bot.database.close()
    await environment.stop()


def test_wake_ends_the_wait_of_the_threads_that_claim_alone() -> None:
    """A wait that ended with True would stop the thread: the engine's queue of its own would not be looked at any more."""
    event, waits = WakeableEvent.make_wakeable(threading.Event()), threading.Semaphore(0)
    ended: dict[str, bool] = {}

    def wait(seconds: float) -> None:
        waits.release()
        ended[threading.current_thread().name] = event.wait(seconds)

    claiming = [threading.Thread(target=wait, args=(20,), name=name) for name in sorted(CLAIMING_THREADS)]
    other = threading.Thread(target=wait, args=(1,), name="queue-worker-_dbos_internal_queue")
    for thread in (*claiming, other):
        thread.start()
        assert waits.acquire(timeout=20)
    event.wake()
    for thread in (*claiming, other):
        thread.join(20)
    assert ended == dict.fromkeys([*sorted(CLAIMING_THREADS), other.name], False)
    event.set()
    assert event.wait(20)
