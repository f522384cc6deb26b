"""A refused credential, and a secret that ends soon, are announced to the SDAdmins once, with what to do."""

from datetime import UTC, date, datetime

import pytest
from support.clock import Clock
from support.memory.unit_of_work import MemoryUnitOfWork

from adapters.credential_watch import Credential, CredentialWatch
from adapters.tasks import Tasks
from bot.i18n import Language, Text
from bot.jobs import WarnAdmins

SECRET, SETTING = Text("The client secret"), "TVBOT_SECRET"


class Process:
    """One process on the database. Each knows only what it saw itself."""

    def __init__(self, unit_of_work: MemoryUnitOfWork, clock: Clock) -> None:
        self.tasks = Tasks()
        self.watch = CredentialWatch(unit_of_work, clock, self.tasks)

    async def note(self, *, is_accepted: bool) -> None:
        self.watch.note(Credential.ZOHO, is_accepted=is_accepted)
        await self.tasks.drain(10)

    async def note_end(self, last_day: date) -> None:
        self.watch.note_end(SECRET, SETTING, last_day)
        await self.tasks.drain(10)


@pytest.fixture
def unit_of_work() -> MemoryUnitOfWork:
    return MemoryUnitOfWork()


def warnings(unit_of_work: MemoryUnitOfWork) -> list[str]:
    jobs = [one.job for one in unit_of_work.jobs]
    return [Language("en").say(Text.from_json(job.text)) for job in jobs if isinstance(job, WarnAdmins)]


async def test_refusal_is_announced_once_for_all_processes_and_so_is_its_end(
    unit_of_work: MemoryUnitOfWork, clock: Clock
) -> None:
    web, worker = (Process(unit_of_work, clock) for _process in range(2))
    for process in (web, worker, web):
        await process.note(is_accepted=False)
    (refused,) = warnings(unit_of_work)
    assert refused.startswith("Zoho refuses the bot’s access")
    assert "`tvbot doctor` says what to change" in refused

    restarted = Process(unit_of_work, clock)
    await restarted.note(is_accepted=False)
    assert warnings(unit_of_work) == [refused], "a restart says nothing new"

    for process in (worker, restarted, web):
        await process.note(is_accepted=True)
    assert warnings(unit_of_work) == [refused, "Zoho accepts the bot’s access to ServiceDesk Plus again."]
    clock.move(hours=1)
    await worker.note(is_accepted=False)
    assert warnings(unit_of_work)[2:] == [refused]


async def test_accepted_credential_is_not_announced(unit_of_work: MemoryUnitOfWork, clock: Clock) -> None:
    await Process(unit_of_work, clock).note(is_accepted=True)
    assert warnings(unit_of_work) == []


async def test_end_of_a_secret_is_announced_a_month_and_a_week_before(
    unit_of_work: MemoryUnitOfWork, clock: Clock
) -> None:
    process, last_day = Process(unit_of_work, clock), date(2027, 5, 31)
    counts = []
    for day in (
        datetime(2027, 4, 30, tzinfo=UTC),
        datetime(2027, 5, 3, tzinfo=UTC),
        datetime(2027, 5, 20, tzinfo=UTC),
    ):
        clock.now = day
        await process.note_end(last_day)
        counts.append(len(warnings(unit_of_work)))
    for day in (
        datetime(2027, 5, 26, tzinfo=UTC),
        datetime(2027, 5, 31, tzinfo=UTC),
        datetime(2027, 6, 2, tzinfo=UTC),
    ):
        clock.now = day
        await Process(unit_of_work, clock).note_end(last_day)
        counts.append(len(warnings(unit_of_work)))
    assert counts == [0, 1, 1, 2, 2, 2]
    assert set(warnings(unit_of_work)) == {
        "The client secret ends on 2027-05-31. Make a new one before that day, set TVBOT_SECRET, and restart the bot."
    }


async def test_first_start_in_the_last_week_announces_the_end_once(
    unit_of_work: MemoryUnitOfWork, clock: Clock
) -> None:
    clock.now = datetime(2027, 5, 28, tzinfo=UTC)
    for _start in range(2):
        await Process(unit_of_work, clock).note_end(date(2027, 5, 31))
    assert len(warnings(unit_of_work)) == 1
