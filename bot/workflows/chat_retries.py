"""Retry what a chat did not take: the job is enqueued again, for later, so that waiting takes no slot of its queue."""

import random
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import replace
from math import ceil

import structlog

from bot.errors import OutcomeUnknown, Rejected, Unavailable
from bot.jobs import ChatJob
from bot.unit_of_work import UnitOfWork

LONGEST_PAUSE_SECONDS = 900
"""The longest pause between two tries. The pauses double up to it."""
TRIES_TO_SHOW = 100
"""How often a card or a home is tried: for about a day."""
TRIES_TO_ANSWER = 12
"""How often an answer is tried: for about three quarters of an hour. A later one would help nobody."""
TRIES_WHILE_UNSURE = 8
"""How often something is tried that each try may have posted once more."""
log = structlog.get_logger("bot")


class ChatRetries:
    """Makes the one call of a chat job, and enqueues the job again where the chat is away."""

    def __init__(self, unit_of_work: UnitOfWork) -> None:
        self._unit_of_work = unit_of_work

    async def call_or_retry(self, job: ChatJob, call: Callable[[], Awaitable[None]], *, tries: int) -> None:
        """Make ``call``. Where the chat is away, enqueue the job again.

        Raises Rejected, with the reason, after the last of ``tries``.
        """
        try:
            await call()
        except Unavailable as error:
            most_tries = min(tries, TRIES_WHILE_UNSURE) if isinstance(error, OutcomeUnknown) else tries
            log.warning("chat unavailable", job=job.tag, tries=job.tries + 1, error=error.log_text)
            if job.tries + 1 >= most_tries:
                raise Rejected(error.text) from error
            await self.enqueue_again(job, error.retry_after)

    async def enqueue_again(self, job: ChatJob, retry_after: float | None = None) -> None:
        """Enqueue a job again, for after a pause. ``retry_after`` is in seconds: what the chat asked for."""
        pause = min(max(2**job.tries, retry_after or 0), LONGEST_PAUSE_SECONDS)
        # Many jobs fail at the same moment. They must not all come back at the same moment.
        delay = ceil(pause * (1 + random.random() / 4))  # noqa: S311 - no secret
        async with self._unit_of_work.write() as tx:
            again = replace(job, tries=job.tries + 1)
            await tx.enqueue(again, key=f"{job.tag}:{secrets.token_hex(16)}", delay_seconds=delay)
