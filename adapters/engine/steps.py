"""Run one step of a job. The engine stores its outcome, and repeats it where that helps."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping

import structlog
from dbos import DBOS, StepOptions

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
    """The ``Steps`` of one job. ``running_jobs`` learns when a step runs, so that a stop does not cut it short."""

    def __init__(self, running_jobs: RunningJobs | None = None) -> None:
        self._running_jobs = running_jobs or RunningJobs()

    @property
    def job_key(self) -> str:
        """The id of the engine's workflow, which is the key under which the job was enqueued."""
        return DBOS.workflow_id or ""

    async def run_step(
        self, name: str, call: Callable[[], Awaitable[None]], *, is_retried: bool = True
    ) -> StepOutcome:
        """Run ``call``, unless it finished in an earlier run of the job, and return its outcome."""
        attempts = ATTEMPTS if is_retried else 1
        options = StepOptions(
            name=name,
            retries_allowed=is_retried,
            max_attempts=attempts,
            interval_seconds=FIRST_PAUSE_SECONDS,
            backoff_rate=2.0,
            should_retry=self._worth_another_try,
        )
        with self._running_jobs.step():
            return _outcome(await DBOS.run_step_async(options, self._attempt, name, call, attempts))

    async def _attempt(self, name: str, call: Callable[[], Awaitable[None]], attempts: int) -> dict[str, str]:
        self._running_jobs.resume_step()
        return await _attempt(name, call, attempts)

    async def _worth_another_try(self, error: BaseException) -> bool:
        """Return whether to retry, after the pause that the outside system asked for. The engine adds its own pause."""
        if not isinstance(error, Unavailable):
            return False
        self._running_jobs.pause_step()
        if error.retry_after:
            await asyncio.sleep(add_jitter(choose_pause(0, error.retry_after)))
        return True


def add_jitter(pause: float) -> float:
    """Return a pause, up to a second longer, in seconds: steps that fail together must not come back together."""
    return pause + random.random()  # noqa: S311 - no secret


async def _attempt(name: str, call: Callable[[], Awaitable[None]], attempts: int) -> dict[str, str]:
    try:
        await call()
    except Unavailable as error:
        log.warning("step unavailable", step=name, attempt=_attempt_number(), error=error.log_text)
        if _attempt_number() < attempts and choose_pause(0, error.retry_after) <= LONGEST_PAUSE_SECONDS:
            raise
        return _problem(error)
    except BotError as error:
        log.info("step refused", step=name, error=error.log_text)
        return _problem(error)
    except Exception as error:
        log.error("step broke", step=name, error=type(error).__name__, exc_info=safe_exc_info(error))  # noqa: TRY400 - without its message
        return {"problem": _broken().to_json(), "code": ErrorCode.INTERNAL.value}
    return {}


def _attempt_number() -> int:
    status = DBOS.step_status
    attempt = status.current_attempt if status else None
    return (attempt or 0) + 1


def _problem(error: BotError) -> dict[str, str]:
    problem = {"problem": error.text.to_json(), "code": error.error_code.value}
    if isinstance(error, Unavailable) and error.retry_after is not None:
        problem["retry_after"] = str(error.retry_after)
    return problem


def _broken() -> Text:
    return _("Something went wrong in the bot. Try again. If it happens again, tell your administrator.")


def _outcome(stored: Mapping[str, str]) -> StepOutcome:
    """Read the outcome that the engine stored: perhaps in an earlier run of the job, by another process."""
    if "problem" not in stored:
        return StepOutcome()
    retry_after = stored.get("retry_after")
    return StepOutcome(
        Text.from_json(stored["problem"]),
        ErrorCode(stored["code"]),
        float(retry_after) if retry_after is not None else None,
    )
