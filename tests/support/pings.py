"""Requesters who arrive and leave, and the pings that their technicians get."""

from datetime import timedelta

from support.bot_in_memory import BotInMemory
from support.fakes.chat import FakeChat

from bot.model.session import Session
from bot.views.pages import Message


async def arrive(bot: BotInMemory, session: Session) -> Session:
    """Let the requester arrive, and run every job."""
    await bot.change(session.id, lambda one: one.seen(is_online=True, at=bot.clock()))
    await bot.run_jobs()
    return await bot.session(session.id)


async def leave(bot: BotInMemory, session: Session, after: timedelta = timedelta(minutes=12)) -> Session:
    """Let the requester leave, and run every job. The departure's ping counts as due."""
    bot.clock.move(seconds=after.total_seconds())
    await bot.change(session.id, lambda one: one.seen(is_online=False, at=bot.clock()))
    await bot.run_jobs()
    return await bot.session(session.id)


def replies(chat: FakeChat) -> list[Message]:
    """Return what was posted below cards."""
    return [view for _card, view in chat.replies]


def private(chat: FakeChat) -> list[Message]:
    """Return the messages to one person alone that are no card."""
    views = [chat.messages[place] for place in chat.private]
    return [one for one in views if isinstance(one, Message)]


def pings(bot: BotInMemory) -> list[str]:
    """Return the texts of every ping."""
    shown = [*replies(bot.slack), *replies(bot.teams), *private(bot.slack), *private(bot.teams)]
    return [str(one.text) for one in shown]
