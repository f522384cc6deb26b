"""The figures of a month are posted in each admin channel, once."""

from datetime import UTC, datetime

import pytest
from support.bot_in_memory import AWAY, BotInMemory

from bot.i18n import ChannelRef
from bot.jobs import PostReport, Sweep
from bot.model.technician import Platform
from bot.views.report import ReportPage

IN_NOVEMBER = datetime(2026, 11, 20, tzinfo=UTC)
CHANNELS = {"C9": ChannelRef("C9"), "19:admins": ChannelRef("19:admins")}


async def sweep(bot: BotInMemory, at: datetime) -> list[PostReport]:
    """Make a round of the sweep at a moment, and return the posts that it enqueued."""
    bot.clock.move(seconds=(at - bot.clock()).total_seconds())
    await bot.run_job(Sweep(up_seconds=0))
    return [one.job for one in bot.unit_of_work.take_jobs() if isinstance(one.job, PostReport)]


@pytest.fixture
async def watched() -> BotInMemory:
    bot = BotInMemory(admin_channels=CHANNELS)
    await bot.start()
    for channel, chat in (("C9", bot.slack), ("19:admins", bot.teams)):
        chat.tenants[channel] = ("T1",)
    return bot


async def test_report_of_a_month_is_posted_once_in_every_admin_channel(watched: BotInMemory) -> None:
    assert await sweep(watched, IN_NOVEMBER) == [], "a new installation has no month to report"
    assert await sweep(watched, datetime(2026, 12, 1, 23, tzinfo=UTC)) == [], "sessions may still be open"
    posts = await sweep(watched, datetime(2026, 12, 2, 2, tzinfo=UTC))
    assert posts == [
        PostReport(Platform.TEAMS, "19:admins", "2026-12-01"),
        PostReport(Platform.SLACK, "C9", "2026-12-01"),
    ]
    assert await sweep(watched, datetime(2026, 12, 3, tzinfo=UTC)) == []
    for post in posts:
        await watched.run_job(post)
    for chat in (watched.slack, watched.teams):
        (view,) = [one for one in chat.messages.values() if isinstance(one, ReportPage)]
        assert view.title.values == {
            "first": datetime(2026, 11, 1, tzinfo=UTC).date(),
            "last": datetime(2026, 11, 30, tzinfo=UTC).date(),
        }
        assert view.page is None


async def test_post_is_tried_again_while_the_chat_is_away(watched: BotInMemory) -> None:
    await sweep(watched, IN_NOVEMBER)
    slack = (await sweep(watched, datetime(2026, 12, 2, 2, tzinfo=UTC)))[1]
    watched.slack.fail_once("post", AWAY)
    await watched.run_job(slack)
    await watched.run_jobs()
    assert [one for one in watched.slack.messages.values() if isinstance(one, ReportPage)]
