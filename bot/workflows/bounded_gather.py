"""Work on many items, a few at the same time. A failure is logged and does not stop the others."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

import structlog

from bot.errors import BotError

AT_ONCE = 4
"""How many items are worked on at the same time."""
T = TypeVar("T")
log = structlog.get_logger("bot")


async def bounded_gather(items: Iterable[T], work: Callable[[T], Awaitable[None]], *, name: str) -> None:
    """Do ``work`` for each item. ``name`` is what the log calls the work. Raises CancelledError where it was stopped."""
    free_slots = asyncio.Semaphore(AT_ONCE)

    async def work_on_item(item: T) -> None:
        async with free_slots:
            await run_and_log_failure(work(item), name=name)

    await gather_to_the_end(*(work_on_item(item) for item in items))


async def gather_to_the_end(*works: Awaitable[None]) -> None:
    """Do several works at the same time. If one raises, that is raised when all of them have ended.

    With ``asyncio.gather`` the others would still run, while the job counts as ended and the process stops.
    """
    for outcome in await asyncio.gather(*works, return_exceptions=True):
        if isinstance(outcome, BaseException):
            raise outcome


async def run_and_log_failure(work: Awaitable[None], *, name: str) -> None:
    """Await ``work``. Log the class of what it raises, never the message: that may quote a person."""
    try:
        await work
    except BotError as error:
        log.info("left for later", work=name, error=type(error).__name__)
    except Exception as error:  # noqa: BLE001 - whatever broke, the others must still be worked on
        log.warning("left for later", work=name, error=type(error).__name__)
