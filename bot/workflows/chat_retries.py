"""Retry what a chat did not take: the job is enqueued again, for later, so that waiting takes no slot of its queue."""

import random
from collections.abc import Awaitable, Callable
from math import ceil

import structlog

from bot.coalesced_refreshes import begin_retry, queue_retry, shares_retry
from bot.errors import ErrorCode
from bot.jobs import ChatJob
from bot.pauses import choose_pause
from bot.ports import StepOutcome, Steps
from bot.unit_of_work import UnitOfWork
from bot.values import replace

LONGEST_PAUSE_SECONDS = 900
"""The longest pause between two tries. The pauses double up to it. A chat that asks for longer is left alone for longer."""
TRIES_TO_SHOW = 100
"""How often a card or a home is tried: for about a day."""
TRIES_TO_ANSWER = 12
"""How often an answer is tried: for about three quarters of an hour. A later one would help nobody."""
TRIES_WHILE_UNSURE = 8
"""How often something is tried that each try may have posted once more."""
_AWAY = {ErrorCode.UNAVAILABLE, ErrorCode.OUTCOME_UNKNOWN}
log = structlog.get_logger("bot")


class ChatRetries:
    """Makes the one call of a chat job, and enqueues the job again where the chat is away."""

    def __init__(self, unit_of_work: UnitOfWork) -> None:
        self._unit_of_work = unit_of_work

    async def call_or_retry(
        self,
        name: str,
        call: Callable[[], Awaitable[None]],
        job: ChatJob,
        steps: Steps,
        *,
        tries: int,
        is_repeatable: bool = False,
    ) -> StepOutcome:
        """Run ``call`` once, as the step ``name``. Where it raises Unavailable, enqueue the job again.

        Returns success where the job is enqueued again, and the problem after the last of ``tries``. ``is_repeatable``: as for
        a step, for a call that shows the same thing once more if it is repeated.
        """

        async def begin_and_call() -> None:
            if shares_retry(job):
                async with self._unit_of_work.write() as tx:
                    await begin_retry(job, tx)
            await call()

        outcome = await steps.run_step(name, begin_and_call, is_retried=False, is_repeatable=is_repeatable)
        if outcome.code not in _AWAY:
            return outcome
        most_tries = min(tries, TRIES_WHILE_UNSURE) if outcome.code is ErrorCode.OUTCOME_UNKNOWN else tries
        log.warning("chat call to be repeated", job=job.tag, tries=job.tries + 1)
        if job.tries + 1 >= most_tries:
            return outcome
        # A step of its own: after a crash the call must not be made again where its retry is enqueued already.
        return await steps.run_step(
            "enqueue the retry",
            lambda: self._enqueue_retry(job, steps.job_key, outcome.retry_after),
            is_repeatable=True,
        )

    async def _enqueue_retry(self, job: ChatJob, key: str, retry_after: float | None) -> None:
        """Enqueue a job again, for after a pause. ``retry_after`` is in seconds: what the chat asked for.

        Where a retry waits already that shows the same place, it is enough.
        """
        pause = choose_pause(min(2**job.tries, LONGEST_PAUSE_SECONDS), retry_after)
        # Many jobs fail at the same moment. They must not all come back at the same moment.
        delay = ceil(pause * (1 + random.random() / 4))  # noqa: S311 - no secret
        async with self._unit_of_work.write() as tx:
            again = replace(job, tries=job.tries + 1)
            if await queue_retry(again, tx):
                await tx.enqueue(again, key=_key_of_retry(job, key), delay_seconds=delay)


def first_key(job: ChatJob, key: str) -> str:
    """Return the key of a job's first try. ``key`` is the one of this try."""
    return key.removesuffix(_suffix(job.tries))


def _key_of_retry(job: ChatJob, key: str) -> str:
    """Return the key of a job's next try: the same one in every run of this try, so that it is enqueued once."""
    return f"{first_key(job, key)}{_suffix(job.tries + 1)}"


def _suffix(tries: int) -> str:
    return f":try{tries}"
