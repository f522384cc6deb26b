"""Lets time pass for one session, which the bot's own clock would take a day for."""

from datetime import timedelta

from support.bot import RunningBot

from bot.model.ids import RequestNumber
from bot.model.session import Session
from bot.values import replace


async def expires_in(bot: RunningBot, number: str, **time: float) -> Session:
    """Let the link of a request's one open session be good for this long from now, whatever the watch does meanwhile."""
    while True:
        async with bot.unit_of_work.write() as tx:
            (kept,) = await tx.sessions.open_of_request(RequestNumber(number))
            until = bot.services.clock() + timedelta(**time)
            moved = replace(kept, valid_until=until, version=kept.version + 1)
            if await tx.sessions.save(moved, known=kept):
                return moved
