"""Reports for SDAdmins: in the chat, and behind a link that names its reader and expires."""

import pytest
from support.bot_in_memory import ADA, ANA, BEN, BotInMemory
from support.records import end_session

from bot.commands import ShowReport
from bot.errors import NotAllowed
from bot.i18n import ChannelRef, Language
from bot.model.report import Period
from bot.use_cases.report import LINK_FOR, OpenedReport, open_report
from bot.values import replace
from bot.views.report import ReportPage
from bot.workflows.count_sessions import count_sessions


async def store_sessions(bot: BotInMemory) -> None:
    """Let Ana help somebody, and Ben wait in vain."""
    await bot.connect(BEN, "u2")
    helped = await bot.open_session()
    await bot.change(helped.id, lambda one: one.seen(is_online=True, at=bot.clock()))
    bot.clock.move(seconds=42)
    await bot.change(helped.id, lambda one: one.entered(bot.clock()))
    await end_session(bot, await bot.session(helped.id))
    await end_session(bot, await bot.open_session(by=BEN))
    await count_sessions(bot.unit_of_work)


async def ask(bot: BotInMemory, period: Period = Period.WEEK) -> ReportPage:
    view = await bot.send(ShowReport(period), ADA)
    assert isinstance(view, ReportPage)
    return view


def words_of(view: ReportPage) -> list[str]:
    """Return the facts and rows of a report in English."""
    say = Language("en").say
    rows = [f"{say(row.label)}: {row.amount}" for table in view.sections for row in table.rows]
    return [*(say(fact) for fact in view.facts), *rows]


def grant_of(view: ReportPage) -> str:
    assert view.page is not None
    return view.page.url.reveal().rpartition("/")[2]


async def open_page(bot: BotInMemory, grant: str) -> OpenedReport | None:
    return await open_report(grant, bot.unit_of_work, bot.services.installation, bot.clock())


async def test_report_shows_sessions_waits_and_technicians(bot: BotInMemory) -> None:
    await store_sessions(bot)
    words = words_of(await ask(bot))
    for part in (
        "Sessions: 2",
        "Nobody joined: 50% (1 of 2)",
        "Median time from creation to connection: 40 s",
        "Connected: 1",
        "Remote session: 2",
        f"{bot.clock().date()}: 2",
        "Reply on the request: sent: 2",
        "Ana: 1",
        "Ben: 1",
    ):
        assert part in words, part


async def test_report_without_sessions_says_so(bot: BotInMemory) -> None:
    words = words_of(await ask(bot, Period.MONTH))
    assert "Sessions: 0" in words
    assert "Requesters who say that it helped: –" in words


async def test_setting_leaves_technicians_out_of_chat_and_page() -> None:
    bot = BotInMemory(report_names=False)
    await bot.start()
    await store_sessions(bot)
    view = await ask(bot)
    opened = await open_page(bot, grant_of(view))
    assert opened is not None
    for shown in (view, opened.view):
        assert not any("Ana" in line for line in words_of(shown))


async def test_report_is_for_sdadmins_in_administration_channels(bot: BotInMemory) -> None:
    with pytest.raises(NotAllowed):
        await bot.send(ShowReport(), ANA)
    limited = BotInMemory(admin_channels={"C9": ChannelRef("C9")})
    await limited.start()
    with pytest.raises(NotAllowed):
        await limited.send(ShowReport(), ADA)


async def test_page_shows_what_the_chat_showed_and_names_its_reader(bot: BotInMemory) -> None:
    await store_sessions(bot)
    view = await ask(bot)
    opened = await open_page(bot, grant_of(view))
    assert opened is not None
    assert (opened.reader, opened.until) == (ADA.email, bot.clock() + LINK_FOR)
    assert words_of(opened.view) == words_of(view)


async def test_link_expires_and_an_unknown_one_opens_nothing(bot: BotInMemory) -> None:
    grant = grant_of(await ask(bot))
    assert await open_page(bot, grant[:-1]) is None
    bot.clock.move(seconds=LINK_FOR.total_seconds())
    assert await open_page(bot, grant) is None


async def test_link_of_somebody_who_is_no_sdadmin_any_more_opens_nothing(bot: BotInMemory) -> None:
    async with bot.unit_of_work.write() as tx:
        await tx.people.grant_admin(BEN.email)
    view = await bot.send(ShowReport(), replace(BEN, is_admin=True))
    assert isinstance(view, ReportPage)
    assert await open_page(bot, grant_of(view)) is not None
    async with bot.unit_of_work.write() as tx:
        await tx.people.revoke_admin(BEN.email)
    assert await open_page(bot, grant_of(view)) is None
