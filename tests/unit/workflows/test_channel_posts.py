"""Post in channels for administration once, although the process dies or the answer is lost."""

from datetime import timedelta

import pytest
from support.bot_in_memory import AWAY, LOST, BotInMemory
from support.fakes.steps import Crash, ImmediateSteps, ResumedSteps

from bot.errors import Rejected
from bot.i18n import ChannelRef, Text
from bot.jobs import AnnounceInChannel
from bot.model.ids import CommandKey
from bot.model.technician import Platform
from bot.views.pages import Message
from bot.views.parts import Reader
from bot.workflows.channel_posts import LOOK_BACK, ChannelPoster

TEXT = Text("Ada switched the widget off.")
READER = Reader("en")
POST = AnnounceInChannel(Platform.SLACK, "C9", TEXT.to_json(), CommandKey("k1"))


@pytest.fixture
async def bot() -> BotInMemory:
    bot = BotInMemory(admin_channels={"C9": ChannelRef("C9")})
    await bot.start()
    bot.slack.tenants["C9"] = ("T1",)
    return bot


def poster_of(bot: BotInMemory) -> ChannelPoster:
    return bot.workflows.services.channel_poster


async def test_first_try_looks_for_nothing(bot: BotInMemory) -> None:
    attempt = await poster_of(bot).begin(POST, ImmediateSteps())
    assert attempt.looks_since is None
    await poster_of(bot).post("C9", Message(TEXT), READER, attempt)
    assert [one for one in bot.slack.calls if "find" in one] == []
    assert list(bot.slack.messages.values()) == [Message(TEXT)]


@pytest.mark.parametrize("keeps_markers", [True, False])
async def test_run_after_a_crash_looks_for_the_message_of_the_first(
    bot: BotInMemory, *, keeps_markers: bool
) -> None:
    """Where the chat shows none of the bot's messages, a second one is better than none."""
    bot.slack.keeps_markers = keeps_markers
    steps = ResumedSteps(dies_after=1)
    with pytest.raises(Crash):
        await bot.workflows.run_job(POST, steps)
    await bot.workflows.run_job(POST, steps)
    assert list(bot.slack.messages.values()) == [Message(TEXT)] * (1 if keeps_markers else 2)


async def test_message_whose_answer_was_lost_is_found_by_the_next_try(bot: BotInMemory) -> None:
    bot.slack.fail_once("post", LOST)
    await bot.run_job(POST)
    await bot.run_jobs()
    assert len(bot.slack.messages) == 1
    assert bot.answers == []


async def test_message_that_did_not_arrive_is_posted_by_the_next_try(bot: BotInMemory) -> None:
    bot.slack.fail_once("post", AWAY)
    await bot.run_job(POST)
    assert bot.slack.messages == {}
    await bot.run_jobs()
    assert len(bot.slack.messages) == 1


async def test_every_try_of_a_job_has_the_same_marker_and_no_other_job_has_it(bot: BotInMemory) -> None:
    poster = poster_of(bot)
    first = await poster.begin(POST, ImmediateSteps("announce:k1:C9"))
    second = await poster.begin(
        AnnounceInChannel(Platform.SLACK, "C9", TEXT.to_json(), CommandKey("k1"), tries=1),
        ImmediateSteps("announce:k1:C9:try1"),
    )
    other = await poster.begin(POST, ImmediateSteps("announce:k2:C9"))
    assert second.marker == first.marker != other.marker
    assert second.looks_since == bot.clock() - LOOK_BACK
    assert timedelta(days=1) <= LOOK_BACK


async def test_channel_that_the_bot_is_not_in_is_rejected(bot: BotInMemory) -> None:
    bot.slack.closed_channels.add("C9")
    attempt = await poster_of(bot).begin(POST, ImmediateSteps())
    with pytest.raises(Rejected, match="not in this channel"):
        await poster_of(bot).post("C9", Message(TEXT), READER, attempt)
