"""Retry what a chat did not take."""

import pytest
from support.bot_in_memory import ANA as TECHNICIAN
from support.bot_in_memory import AWAY, BEN, LOST, REFUSED, BotInMemory, actor_of
from support.fakes.steps import Crash, ImmediateSteps, ResumedSteps

from bot.coalesced_refreshes import LATEST_SHARED_TRY
from bot.errors import LONGEST_RETRY_AFTER_SECONDS, BotError, Unavailable
from bot.i18n import Text
from bot.jobs import RefreshCard, RefreshHome
from bot.model.card import Audience, Card
from bot.model.ids import SessionId
from bot.model.technician import Platform
from bot.ports import StepOutcome, Steps
from bot.values import replace
from bot.workflows.chat_retries import LONGEST_PAUSE_SECONDS, TRIES_WHILE_UNSURE, ChatRetries

HOME = RefreshHome(actor_of(TECHNICIAN))


async def fail(
    bot: BotInMemory,
    error: BotError,
    *,
    of: RefreshCard | RefreshHome | None = None,
    after: int = 0,
    tries: int = 20,
    steps: Steps | None = None,
) -> StepOutcome:
    """Make a call that fails, after so many tries before it."""

    async def call() -> None:
        raise error

    job = replace(of or HOME, tries=after)
    retries = ChatRetries(bot.unit_of_work)
    return await retries.call_or_retry("call", call, job, steps or bot.steps, tries=tries)


async def test_call_that_works_enqueues_nothing(bot: BotInMemory) -> None:
    called = []

    async def call() -> None:
        called.append(True)

    assert await ChatRetries(bot.unit_of_work).call_or_retry("call", call, HOME, bot.steps, tries=3)
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
    ("asked", "shortest"),
    [(30.5, 31), (7200, 7200), (1e9, LONGEST_RETRY_AFTER_SECONDS)],
    ids=["half a minute", "two hours", "thirty years"],
)
async def test_chat_that_says_when_to_come_back_is_left_alone_until_then(
    bot: BotInMemory, asked: float, shortest: int
) -> None:
    """A time that no sensible chat asks for must not keep a card from being shown."""
    await fail(bot, Unavailable(Text("Later."), retry_after=asked))
    (queued,) = bot.queue
    assert shortest <= queued.delay_seconds <= shortest * 1.25 + 1


async def test_last_try_returns_the_reason(bot: BotInMemory) -> None:
    outcome = await fail(bot, AWAY, after=2, tries=3)
    assert (outcome.problem, bot.jobs) == (AWAY.text, [])


async def test_what_each_try_may_have_posted_is_tried_less_often(bot: BotInMemory) -> None:
    assert await fail(bot, LOST, after=TRIES_WHILE_UNSURE - 2, tries=100)
    assert len(bot.jobs) == 1
    assert not await fail(bot, LOST, after=TRIES_WHILE_UNSURE - 1, tries=100)
    assert len(bot.jobs) == 1


async def test_refusal_is_not_retried(bot: BotInMemory) -> None:
    outcome = await fail(bot, REFUSED)
    assert (outcome.problem, bot.jobs) == (REFUSED.text, [])


async def test_two_places_that_fail_at_once_are_both_retried(bot: BotInMemory) -> None:
    for place in (HOME, RefreshHome(actor_of(BEN))):
        await fail(bot, AWAY, of=place, steps=ImmediateSteps(f"home:{place.actor.user}"))
    assert len(bot.jobs) == 2


async def test_keys_of_the_tries_differ_and_do_not_grow(bot: BotInMemory) -> None:
    key = "home:1"
    keys = []
    for after in range(3):
        await fail(bot, AWAY, after=after, steps=ImmediateSteps(key))
        (queued,) = bot.unit_of_work.take_jobs()
        key = queued.key
        keys.append(key)
    assert keys == ["home:1:try1", "home:1:try2", "home:1:try3"]


@pytest.mark.parametrize("dies_after", [0, 1], ids=["the call", "the enqueue"])
async def test_process_that_dies_leaves_one_retry(bot: BotInMemory, dies_after: int) -> None:
    steps = ResumedSteps(dies_after)
    with pytest.raises(Crash):
        await fail(bot, AWAY, steps=steps)
    assert await fail(bot, AWAY, steps=steps)
    assert bot.jobs == [RefreshHome(HOME.actor, tries=1)]


async def test_call_is_not_repeated_once_its_retry_is_enqueued(bot: BotInMemory) -> None:
    """Otherwise the repeated call and the retry would both post."""
    chat_is_away = True
    called = []

    async def call() -> None:
        called.append(chat_is_away)
        if chat_is_away:
            raise AWAY

    retries, steps = ChatRetries(bot.unit_of_work), ResumedSteps(dies_after=1)
    with pytest.raises(Crash):
        await retries.call_or_retry("call", call, HOME, steps, tries=3)
    chat_is_away = False
    assert await retries.call_or_retry("call", call, HOME, steps, tries=3)
    assert (called, len(bot.jobs)) == ([True], 1)


CARD = RefreshCard(Card(SessionId("s1"), Platform.SLACK, "T1", "C1", "m1", Audience.SHARED, "en", "UTC"))


@pytest.mark.parametrize("job", [CARD, HOME], ids=["card", "home"])
async def test_changes_of_one_place_wait_with_one_retry(
    bot: BotInMemory, job: RefreshCard | RefreshHome
) -> None:
    for change in range(5):
        await fail(bot, AWAY, of=job, tries=100, steps=ImmediateSteps(f"change:{change}"))
    assert bot.jobs == [replace(job, tries=1)]
    # The retry fails too. It waits again, and stands for the changes meanwhile.
    (retry,) = bot.unit_of_work.take_jobs()
    await fail(bot, AWAY, of=job, after=1, tries=100, steps=ImmediateSteps(retry.key))
    await fail(bot, AWAY, of=job, tries=100, steps=ImmediateSteps("change:6"))
    assert bot.jobs == [replace(job, tries=2)]


@pytest.mark.parametrize(
    "waiting",
    [replace(CARD, tries=LATEST_SHARED_TRY), replace(CARD, unless_state="as it was posted")],
    ids=["its last tries", "perhaps nothing to show"],
)
async def test_change_does_not_rely_on_a_retry_that_may_not_show_it(
    bot: BotInMemory, waiting: RefreshCard
) -> None:
    await fail(bot, AWAY, of=waiting, after=waiting.tries, tries=100, steps=ImmediateSteps("earlier"))
    await fail(bot, AWAY, of=CARD, tries=100, steps=ImmediateSteps("change"))
    assert bot.jobs == [replace(waiting, tries=waiting.tries + 1), replace(CARD, tries=1)]


async def test_change_while_a_retry_runs_gets_one_of_its_own(bot: BotInMemory) -> None:
    """The retry may have read the state before it."""
    await fail(bot, AWAY, of=CARD, tries=100, steps=ImmediateSteps("first"))
    bot.unit_of_work.take_jobs()

    async def change_meanwhile() -> None:
        await fail(bot, AWAY, of=CARD, tries=100, steps=ImmediateSteps("change"))

    job = replace(CARD, tries=1)
    await ChatRetries(bot.unit_of_work).call_or_retry("call", change_meanwhile, job, bot.steps, tries=100)
    assert bot.jobs == [job]


@pytest.mark.parametrize("dies_after", [0, 1], ids=["the call", "the enqueue"])
async def test_process_that_dies_leaves_one_shared_retry(bot: BotInMemory, dies_after: int) -> None:
    steps = ResumedSteps(dies_after)
    with pytest.raises(Crash):
        await fail(bot, AWAY, of=CARD, steps=steps)
    assert await fail(bot, AWAY, of=CARD, steps=steps)
    assert bot.jobs == [replace(CARD, tries=1)]
