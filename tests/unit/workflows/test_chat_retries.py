"""Retry what a chat did not take."""

import pytest
from support.bot_in_memory import ANA as TECHNICIAN
from support.bot_in_memory import AWAY, LOST, REFUSED, BotInMemory, actor_of

from bot.errors import BotError, Rejected, Unavailable
from bot.i18n import Text
from bot.jobs import RefreshHome
from bot.workflows.chat_retries import LONGEST_PAUSE_SECONDS, TRIES_WHILE_UNSURE, ChatRetries

HOME = RefreshHome(actor_of(TECHNICIAN))


async def fail(bot: BotInMemory, error: BotError, *, after: int = 0, tries: int = 20) -> None:
    """Make a call that fails, after so many tries before it."""

    async def call() -> None:
        raise error

    job = RefreshHome(HOME.actor, tries=after)
    await ChatRetries(bot.unit_of_work).call_or_retry(job, call, tries=tries)


async def test_call_that_works_enqueues_nothing(bot: BotInMemory) -> None:
    called = []

    async def call() -> None:
        called.append(True)

    await ChatRetries(bot.unit_of_work).call_or_retry(HOME, call, tries=3)
    assert (called, bot.jobs) == ([True], [])


@pytest.mark.parametrize(("after", "shortest"), [(0, 1), (1, 2), (5, 32), (50, LONGEST_PAUSE_SECONDS)])
async def test_pauses_between_the_tries_double_up_to_a_limit(
    bot: BotInMemory, after: int, shortest: int
) -> None:
    await fail(bot, AWAY, after=after, tries=100)
    (queued,) = bot.queue
    assert queued.job == RefreshHome(HOME.actor, tries=after + 1)
    assert shortest <= queued.delay_seconds <= shortest * 1.25 + 1


@pytest.mark.parametrize(
    ("asked", "shortest"), [(30.5, 31), (1e9, LONGEST_PAUSE_SECONDS)], ids=["half a minute", "thirty years"]
)
async def test_chat_that_says_when_to_come_back_is_left_alone_until_then(
    bot: BotInMemory, asked: float, shortest: int
) -> None:
    """A time that no sensible chat asks for must not keep a card from being shown."""
    await fail(bot, Unavailable(Text("Later."), retry_after=asked))
    (queued,) = bot.queue
    assert shortest <= queued.delay_seconds <= shortest * 1.25 + 1


async def test_last_try_raises_the_reason(bot: BotInMemory) -> None:
    with pytest.raises(Rejected) as raised:
        await fail(bot, AWAY, after=2, tries=3)
    assert (raised.value.text, bot.jobs) == (AWAY.text, [])


async def test_what_each_try_may_have_posted_is_tried_less_often(bot: BotInMemory) -> None:
    await fail(bot, LOST, after=TRIES_WHILE_UNSURE - 2, tries=100)
    assert len(bot.jobs) == 1
    with pytest.raises(Rejected):
        await fail(bot, LOST, after=TRIES_WHILE_UNSURE - 1, tries=100)


async def test_refusal_is_not_retried(bot: BotInMemory) -> None:
    with pytest.raises(Rejected):
        await fail(bot, REFUSED)
    assert bot.jobs == []


async def test_two_places_that_fail_at_once_are_both_retried(bot: BotInMemory) -> None:
    for _place in range(2):
        await fail(bot, AWAY)
    assert len(bot.jobs) == 2
