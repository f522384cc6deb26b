"""How a step ends: with an outcome, or with another attempt. And which outcomes are stored for a next run of the job."""

import asyncio
from pathlib import Path

import pytest

from adapters.engine.outcomes import Outcomes
from adapters.engine.steps import ATTEMPTS, LONGEST_PAUSE_SECONDS, DurableSteps
from bot.errors import ErrorCode, Rejected, Unavailable
from bot.i18n import Text
from bot.ports import StepOutcome
from storage.database import Database
from storage.tables import metadata


def busy(seconds: float | None = None) -> Unavailable:
    """Return the error of an outside system that is away, or that wants to be left alone for so long."""
    return Unavailable(Text("Too many calls."), retry_after=seconds)


class Call:
    """A call of a step: it raises these errors, one at each attempt, and then works."""

    def __init__(self, *errors: Exception) -> None:
        self._errors = iter(errors)
        self.attempts = 0

    async def __call__(self) -> None:
        self.attempts += 1
        for error in self._errors:
            raise error


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses that were made, in seconds. None takes any time."""
    made: list[float] = []

    async def pause(length: float) -> None:
        made.append(length)

    monkeypatch.setattr(asyncio, "sleep", pause)
    monkeypatch.setattr("random.random", lambda: 0.5)
    return made


@pytest.mark.parametrize("seconds", [1, 121, 300, LONGEST_PAUSE_SECONDS])
async def test_pause_that_is_asked_for_is_made(seconds: float, pauses: list[float]) -> None:
    """TeamViewer and ServiceDesk Plus lock a client out for minutes, and for longer if it goes on calling."""
    call = Call(busy(seconds))
    assert await DurableSteps().run_step("call", call)
    assert [seconds <= length <= seconds + 2 for length in pauses] == [True]
    assert call.attempts == 2


async def test_pauses_double_and_the_last_attempt_has_none_after_it(pauses: list[float]) -> None:
    call = Call(*[busy()] * ATTEMPTS)
    outcome = await DurableSteps().run_step("call", call)
    assert outcome.code is ErrorCode.UNAVAILABLE
    assert pauses == [1, 2, 4, 8, 16, 32, 64]
    assert call.attempts == ATTEMPTS


async def test_pause_that_is_too_long_for_a_step_ends_it(pauses: list[float]) -> None:
    outcome = await DurableSteps().run_step("call", Call(busy(LONGEST_PAUSE_SECONDS + 1)))
    assert (outcome.code, outcome.retry_after, pauses) == (ErrorCode.UNAVAILABLE, 481.0, [])


async def test_step_that_is_not_retried_ends_with_the_pause_that_was_asked_for(pauses: list[float]) -> None:
    outcome = await DurableSteps().run_step("call", Call(busy(7)), is_retried=False)
    assert (outcome.code, outcome.retry_after, pauses) == (ErrorCode.UNAVAILABLE, 7, [])


async def test_refusal_is_no_reason_to_try_again(pauses: list[float]) -> None:
    outcome = await DurableSteps().run_step("call", Call(Rejected(Text("It said no."))))
    assert (outcome.code, pauses) == (ErrorCode.REJECTED, [])


async def _new_outcomes(folder: Path) -> tuple[Outcomes, Database]:
    database = Database(f"sqlite:///{folder}/tvbot.db")
    async with database.writer.begin() as connection:
        await connection.run_sync(metadata.create_all)
    return Outcomes(database), database


class _StepsOfJob(DurableSteps):
    """The steps of one run of the job ``job``. The engine itself does not run here."""

    @property
    def job_key(self) -> str:
        return "job"


async def _run_in_new_job_run(outcomes: Outcomes, call: Call, *, is_repeatable: bool) -> StepOutcome:
    steps = _StepsOfJob(outcomes=outcomes)
    return await steps.run_step("call", call, is_retried=False, is_repeatable=is_repeatable)


@pytest.mark.parametrize(
    ("error", "is_repeatable", "attempts"),
    [
        (None, False, 1),
        (None, True, 2),
        (Rejected(Text("It said no.")), False, 1),
        (Rejected(Text("It said no.")), True, 1),
    ],
)
async def test_only_the_success_of_a_repeatable_step_is_not_stored(
    tmp_path: Path,
    error: Exception | None,
    is_repeatable: bool,  # noqa: FBT001 - a parameter of a test
    attempts: int,
) -> None:
    """A problem decides how the job goes on, so a next run has to know it."""
    outcomes, database = await _new_outcomes(tmp_path)
    call = Call(*([error] if error else []))
    first = await _run_in_new_job_run(outcomes, call, is_repeatable=is_repeatable)
    second = await _run_in_new_job_run(outcomes, call, is_repeatable=is_repeatable)
    assert (first == second, call.attempts) == (True, attempts)
    await database.close()


async def test_outcomes_are_deleted_with_their_job(tmp_path: Path) -> None:
    outcomes, database = await _new_outcomes(tmp_path)
    await outcomes.store("job", "call", {})
    await outcomes.store("other", "call", {})
    await outcomes.delete(["job"])
    assert (await outcomes.load("job"), await outcomes.load("other")) == ({}, {"call": {}})
    await database.close()


async def test_job_whose_outcome_cannot_be_stored_is_cancelled(tmp_path: Path, pauses: list[float]) -> None:
    """A cancelled job has no outcome, so it runs again. An error would be taken for its outcome."""
    database = Database(f"sqlite:///{tmp_path}/tvbot.db")
    with pytest.raises(asyncio.CancelledError):
        await Outcomes(database).store("job", "call", {})
    assert len(pauses) >= 5
    await database.close()
