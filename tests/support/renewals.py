"""Renew sessions in unit tests."""

from support.bot_in_memory import ANA, BotInMemory, N

from bot.commands import OnSession, Verb
from bot.i18n import Language
from bot.jobs import RenewSession
from bot.model.technician import Technician
from bot.views.pages import Message

RENEW = OnSession(Verb.RENEW, N)


async def renew(bot: BotInMemory, by: Technician = ANA) -> None:
    """Renew the session of the request, and run every job."""
    await bot.send(RENEW, by)
    await bot.run_jobs()


async def accepted(bot: BotInMemory, by: Technician = ANA) -> RenewSession:
    """Accept a renewal, and return its job instead of running it."""
    await bot.send(RENEW, by)
    (job,) = [one.job for one in bot.unit_of_work.take_jobs() if isinstance(one.job, RenewSession)]
    return job


def last_answer(bot: BotInMemory) -> list[str]:
    """Return the lines of the last answer."""
    view = bot.answers[-1].view
    assert isinstance(view, Message)
    return [Language("en").say(line) for line in (view.text, *view.details)]
