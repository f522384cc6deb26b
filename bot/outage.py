"""Outlast a database that is away for a moment: one rule for work that cannot be enqueued, because nothing can be stored."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from bot.errors import Unavailable

PAUSES_SECONDS = (0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
"""The pauses between the tries: a database that restarts is back within a minute."""
log = structlog.get_logger("bot")


async def outlast_outage(work: Callable[[], Awaitable[None]], *, name: str) -> None:
    """Run work again and again for a minute while it raises Unavailable. ``name`` says in the log what it is.

    It is for what would be lost, or be done a second time, if it waited for no database: the outcome of a call that was
    made, or an answer that is stored nowhere. Everything else is a job, which is retried for longer. ``work`` may have been
    done when it raises, so it must be harmless to repeat. Raises Unavailable after the last try.
    """
    for pause in PAUSES_SECONDS:
        try:
            await work()
        except Unavailable as error:
            log.warning("to be tried again shortly", work=name, error=error.log_text)
            await asyncio.sleep(pause)
        else:
            return
    await work()
