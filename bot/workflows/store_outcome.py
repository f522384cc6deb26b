"""Store what an outside call has done, also where the database is away at that very moment."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from bot.errors import Unavailable

PAUSES_SECONDS = (0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
"""The pauses between the tries: a database that restarts is back within a minute."""
log = structlog.get_logger("bot")


async def store_outcome(store: Callable[[], Awaitable[None]]) -> None:
    """Run a transaction that stores the outcome of a call, again and again for a minute while the database is away.

    Without it the call would be made a second time. ``store`` may have been committed when it raises, so it must be
    harmless to repeat. Raises Unavailable.
    """
    for pause in PAUSES_SECONDS:
        try:
            await store()
        except Unavailable as error:
            log.warning("outcome of a call not stored yet", error=error.log_text)
            await asyncio.sleep(pause)
        else:
            return
    await store()
