"""One person can create so many sessions in an hour. The refusal says from when on more are possible."""

from datetime import datetime, timedelta

import pytest
from support.bot_in_memory import BEN, BotInMemory, N

from bot.commands import Command, Create, CreateSeveral
from bot.errors import NotAllowed
from bot.model.ids import RequestNumber
from bot.views.pages import Message

MOST_IN_AN_HOUR = 30
SECOND, THIRD = RequestNumber("8102"), RequestNumber("8103")
NUMBERS = (N, SECOND, THIRD)


@pytest.fixture
async def bot() -> BotInMemory:
    """A bot that limits creations."""
    bot = BotInMemory(creations_per_hour=MOST_IN_AN_HOUR)
    await bot.start()
    return bot


async def create_in_the_last_hour(bot: BotInMemory, count: int) -> None:
    """Create this many sessions, one a minute, for requests from 1 on."""
    for number in range(1, count + 1):
        await bot.send(Create(RequestNumber(str(number))))
        bot.clock.move(seconds=60)
    bot.unit_of_work.take_jobs()


@pytest.mark.parametrize("command", [Create(N), CreateSeveral((N, SECOND, RequestNumber("1")))])
async def test_more_sessions_than_the_limit_are_refused_until_enough_of_them_are_an_hour_old(
    bot: BotInMemory, command: Command
) -> None:
    """One that is open already does not count: here that of request 1."""
    began, new = bot.clock(), 2 if isinstance(command, CreateSeveral) else 1
    await create_in_the_last_hour(bot, MOST_IN_AN_HOUR)
    with pytest.raises(NotAllowed) as caught:
        await bot.send(command)
    possible = began + timedelta(hours=1, minutes=new - 1)
    assert caught.value.text.values["limit"] == MOST_IN_AN_HOUR
    told = caught.value.text.values["time"]
    assert isinstance(told, datetime)
    assert possible <= told < possible + timedelta(minutes=1)
    assert (len(await bot.sessions()), bot.jobs) == (MOST_IN_AN_HOUR, [])
    bot.clock.move(seconds=(told - bot.clock()).total_seconds())
    await bot.send(command)
    assert len(await bot.sessions()) == MOST_IN_AN_HOUR + new


async def test_the_limit_is_reached_exactly(bot: BotInMemory) -> None:
    await create_in_the_last_hour(bot, MOST_IN_AN_HOUR - 3)
    await bot.send(CreateSeveral(NUMBERS))
    with pytest.raises(NotAllowed):
        await bot.send(Create(RequestNumber("8105")))


async def test_an_open_session_is_shown_and_others_are_created_at_the_limit(bot: BotInMemory) -> None:
    await create_in_the_last_hour(bot, MOST_IN_AN_HOUR)
    await bot.connect(BEN, "u2")
    view = await bot.send(Create(RequestNumber("1")))
    assert isinstance(view, Message)
    assert "open for request #1 already" in str(view.text)
    with pytest.raises(NotAllowed):
        await bot.send(Create(RequestNumber("1"), another=True))
    await bot.send(Create(N), by=BEN)


async def test_a_command_that_runs_again_at_the_limit_is_not_refused(bot: BotInMemory) -> None:
    await create_in_the_last_hour(bot, MOST_IN_AN_HOUR - 3)
    for _delivery in range(2):
        await bot.send(CreateSeveral(NUMBERS), key="k1")
    assert len(await bot.sessions()) == MOST_IN_AN_HOUR


async def test_a_session_whose_request_does_not_exist_does_not_count(bot: BotInMemory) -> None:
    await create_in_the_last_hour(bot, MOST_IN_AN_HOUR - 1)
    await bot.send(Create(THIRD))
    await bot.run_jobs()
    await bot.send(Create(N))


async def test_without_the_setting_nobody_is_limited() -> None:
    bot = BotInMemory()
    await bot.start()
    await create_in_the_last_hour(bot, MOST_IN_AN_HOUR + 5)
    assert len(await bot.sessions()) == MOST_IN_AN_HOUR + 5
