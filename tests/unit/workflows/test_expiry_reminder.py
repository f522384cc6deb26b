"""Remind a technician, once, that the link of their session expires soon."""

from datetime import timedelta

import pytest
from support.bot_in_memory import ANA, BotInMemory, actor_of

from bot.commands import Command, OnSession, Verb
from bot.jobs import RemindOfExpiry
from bot.model.ids import SessionCode, SessionId
from bot.model.renewal import MOST_RENEWALS
from bot.model.technician import Platform
from bot.values import replace
from bot.views.pages import Message
from bot.views.parts import Button
from bot.workflows.expiry_reminder import BEFORE, enqueue_due_reminders


async def enqueue(bot: BotInMemory) -> list[str]:
    """Make a round, and return the keys of what it enqueued."""
    bot.unit_of_work.take_jobs()
    await enqueue_due_reminders(bot.unit_of_work, bot.clock)
    return [one.key for one in bot.queue]


@pytest.mark.parametrize(
    ("remaining", "is_due"),
    [(BEFORE, True), (BEFORE + timedelta(seconds=1), False), (timedelta(minutes=1), True)],
)
async def test_session_that_expires_within_the_hour_is_reminded_of(
    bot: BotInMemory, remaining: timedelta, *, is_due: bool
) -> None:
    session = await bot.open_session()
    await bot.set_expiry(session.id, remaining)
    assert await enqueue(bot) == ([f"remind:{session.id}:{bot.clock().isoformat()}"] if is_due else [])


async def test_session_is_reminded_of_once(bot: BotInMemory) -> None:
    session = await bot.open_session()
    await bot.set_expiry(session.id, BEFORE)
    assert len(await enqueue(bot)) == 1
    assert await enqueue(bot) == []


async def test_session_that_is_over_is_not_reminded_of(bot: BotInMemory) -> None:
    session = await bot.open_session()
    await bot.set_expiry(session.id, BEFORE)
    await bot.end(session.id)
    assert await enqueue(bot) == []


async def test_reminder_offers_to_renew_or_to_end_the_session(bot: BotInMemory) -> None:
    session = await bot.open_session()
    await bot.run_job(RemindOfExpiry(Platform.SLACK, session.id))
    answer = bot.answers[-1]
    assert answer.to.actor == actor_of(ANA)
    assert isinstance(answer.view, Message)
    assert offered(answer.view) == [OnSession(Verb.RENEW, session.id), OnSession(Verb.END, session.id)]


async def test_reminder_of_a_session_that_cannot_be_renewed_again_offers_its_end_alone(
    bot: BotInMemory,
) -> None:
    session = await bot.open_session()
    codes = (SessionCode("s1-000-000"),) * MOST_RENEWALS
    await bot.change(session.id, lambda one: replace(one, former_codes=codes, version=one.version + 1))
    await bot.run_job(RemindOfExpiry(Platform.SLACK, session.id))
    view = bot.answers[-1].view
    assert isinstance(view, Message)
    assert offered(view) == [OnSession(Verb.END, session.id)]


def offered(view: Message) -> list[Command]:
    """Return the commands of a view's buttons."""
    return [button.command for button in view.buttons if isinstance(button, Button)]


async def test_nothing_is_sent_for_a_session_without_a_link_or_that_is_gone(bot: BotInMemory) -> None:
    session = await bot.accept_session()
    await bot.run_job(RemindOfExpiry(Platform.SLACK, session.id))
    await bot.run_job(RemindOfExpiry(Platform.SLACK, SessionId("none")))
    assert bot.answers == []
