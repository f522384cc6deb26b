"""Does work for many, a few at once; what fails for one is logged and hinders no other."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

import structlog

from bot.errors import BotError

AT_ONCE = 4
"""For how many it is done at the same time."""
T = TypeVar("T")
log = structlog.get_logger("bot")


async def bounded_gather(many: Iterable[T], work: Callable[[T], Awaitable[None]], *, name: str) -> None:
    """Do ``work`` for each of ``many``. ``name`` is what the log calls it."""
    turn = asyncio.Semaphore(AT_ONCE)

    async def one(item: T) -> None:
        async with turn:
            await run_and_log_failure(work(item), name=name)

    await asyncio.gather(*(one(item) for item in many))


async def run_and_log_failure(work: Awaitable[None], *, name: str) -> None:
    """Do one piece of work. Of what it raises the log gets the kind alone: its text may hold somebody's words."""
    try:
        await work
    except BotError as error:
        log.info("left for later", work=name, error=type(error).__name__)
    except Exception as error:  # noqa: BLE001 - whatever broke, the others are looked after
        log.warning("left for later", work=name, error=type(error).__name__)
