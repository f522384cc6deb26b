"""Run one step of a job: store its outcome where that is needed, and repeat it where that helps."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping

import structlog
from dbos import DBOS

from adapters.engine.outcomes import Outcome, Outcomes
from adapters.engine.running_jobs import RunningJobs
from adapters.logs import safe_exc_info
from bot.errors import BotError, ErrorCode, Unavailable
from bot.i18n import Text, _
from bot.pauses import choose_pause
from bot.ports import StepOutcome

ATTEMPTS = 8
FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 480.0
"""An outside system that wants to be left alone for longer ends the step. After 10 minutes a session counts as stuck."""
log = structlog.get_logger("engine")


class DurableSteps:
    """The ``Steps`` of one job. ``running_jobs`` learns when a step runs, so that a stop does not cut it short.

    ``outcomes``: where the outcomes of steps are stored. Without it nothing is stored. ``is_first_run``: none of this job is.
    """

    def __init__(
        self,
        running_jobs: RunningJobs | None = None,
        outcomes: Outcomes | None = None,
        *,
        is_first_run: bool = False,
    ) -> None:
        self._running_jobs = running_jobs or RunningJobs()
        self._outcomes = outcomes
        self._stored: Mapping[str, Outcome] | None = {} if is_first_run or outcomes is None else None

    @property
    def job_key(self) -> str:
        """The id of the engine's workflow, which is the key under which the job was enqueued."""
        return DBOS.workflow_id or ""

    async def run_step(
        self,
        name: str,
        call: Callable[[], Awaitable[None]],
        *,
        is_retried: bool = True,
        is_repeatable: bool = False,
    ) -> StepOutcome:
        """Run ``call``, unless its outcome was stored in an earlier run of the job, and return its outcome."""
        with self._running_jobs.step():
            stored = (await self._load()).get(name)
            if stored is not None:
                return _outcome(stored)
            outcome = await self._run(name, call, ATTEMPTS if is_retried else 1)
            if self._outcomes is not None and (outcome or not is_repeatable):
                await self._outcomes.store(self.job_key, name, outcome)
            return _outcome(outcome)

    async def _load(self) -> Mapping[str, Outcome]:
        """Return the outcomes of earlier runs of the job, by the names of the steps."""
        if self._stored is None:
            self._stored = await self._outcomes.load(self.job_key) if self._outcomes is not None else {}
        return self._stored

    async def _run(self, name: str, call: Callable[[], Awaitable[None]], attempts: int) -> Outcome:
        for number in range(1, attempts):
            try:
                return await _attempt(name, call, number, attempts)
            except Unavailable as error:
                self._running_jobs.pause_step()
                await asyncio.sleep(_pause(number, error))
                self._running_jobs.resume_step()
        return await _attempt(name, call, attempts, attempts)


def _pause(number: int, error: Unavailable) -> float:
    """Return the pause after an attempt, in seconds: the bot's own, after the one that the outside system asked for."""
    asked = add_jitter(choose_pause(0, error.retry_after)) if error.retry_after else 0.0
    return asked + FIRST_PAUSE_SECONDS * 2.0 ** (number - 1)


def add_jitter(pause: float) -> float:
    """Return a pause, up to a second longer, in seconds: steps that fail together must not come back together."""
    return pause + random.random()  # noqa: S311 - no secret


async def _attempt(name: str, call: Callable[[], Awaitable[None]], number: int, attempts: int) -> Outcome:
    """Make one of several attempts. Raises Unavailable where another one is worth it."""
    try:
        await call()
    except Unavailable as error:
        log.warning("step unavailable", step=name, attempt=number, error=error.log_text)
        if number < attempts and choose_pause(0, error.retry_after) <= LONGEST_PAUSE_SECONDS:
            raise
        return _problem(error)
    except BotError as error:
        log.info("step refused", step=name, error=error.log_text)
        return _problem(error)
    except Exception as error:
        log.error("step broke", step=name, error=type(error).__name__, exc_info=safe_exc_info(error))  # noqa: TRY400 - without its message
        return {"problem": _broken().to_json(), "code": ErrorCode.INTERNAL.value}
    return {}


def _problem(error: BotError) -> Outcome:
    problem = {"problem": error.text.to_json(), "code": error.error_code.value}
    if isinstance(error, Unavailable) and error.retry_after is not None:
        problem["retry_after"] = str(error.retry_after)
    return problem


def _broken() -> Text:
    return _("Something went wrong in the bot. Try again. If it happens again, tell your administrator.")


def _outcome(stored: Outcome) -> StepOutcome:
    """Read an outcome. It may have been stored in an earlier run of the job, by another process."""
    if "problem" not in stored:
        return StepOutcome()
    retry_after = stored.get("retry_after")
    return StepOutcome(
        Text.from_json(stored["problem"]),
        ErrorCode(stored["code"]),
        float(retry_after) if retry_after is not None else None,
    )
