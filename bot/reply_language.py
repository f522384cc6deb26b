"""Choose the language of a reply that is written without a view's own reader, such as an error message."""

import asyncio

from bot.model.technician import Actor
from bot.unit_of_work import UnitOfWork
from bot.views.parts import Reader

READER_SECONDS = 0.3
"""Time limit for finding the reader's language when reporting an error."""


async def find_reader(actor: Actor, unit_of_work: UnitOfWork, default: Reader) -> Reader:
    """Return the language and time zone of a person's stored profile, or ``default`` where none can be read in time."""
    try:
        async with asyncio.timeout(READER_SECONDS), unit_of_work.read() as tx:
            stored = await tx.people.profile(actor)
    except Exception:  # noqa: BLE001 - an error is being reported already; a second one must not hide it
        stored = None
    return Reader.of(stored[0]) if stored else default
