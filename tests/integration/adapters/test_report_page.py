"""The page of a report, and its CSV: for the reader of the link alone, while it works."""

import base64
import csv
import io
from collections.abc import AsyncIterator

import aiohttp
import pytest
from playwright.async_api import Browser
from support.bot_in_memory import ADA, ANA, BotInMemory
from support.demo_page import chromium, in_a_browser
from support.screens import find_axe_faults, find_cut_off

from adapters.web.report import ReportPages, write_csv
from adapters.web.server import WebServer, new_application
from bot.commands import ShowReport
from bot.model.daily_sums import Figure
from bot.model.ids import Email
from bot.model.report import Period, make_report
from bot.use_cases.report import LINK_FOR
from bot.values import replace
from bot.views.report import ReportPage
from bot.workflows.count_sessions import count_sessions


class OpenReport:
    """A report that Ada asked for, and the address of its page."""

    def __init__(self, bot: BotInMemory, url: str, browser: aiohttp.ClientSession) -> None:
        self.bot = bot
        self.url = url
        self.browser = browser

    async def get(self, path: str = "", language: str = "en") -> tuple[int, str]:
        """Return the status and the text of the page, or of what is below it."""
        headers = {"Accept-Language": language}
        async with self.browser.get(f"{self.url}{path}", headers=headers) as answer:
            return answer.status, await answer.text()


@pytest.fixture
async def report() -> AsyncIterator[OpenReport]:
    bot = BotInMemory()
    await bot.start()
    session = await bot.open_session()
    await bot.end(session.id)
    await count_sessions(bot.unit_of_work)
    view = await bot.send(ShowReport(Period.MONTH), ADA)
    assert isinstance(view, ReportPage)
    assert view.page is not None
    path = view.page.url.reveal().removeprefix(bot.services.installation.public_url)
    app = new_application()
    ReportPages(bot.services).add_routes(app)
    server = WebServer(app, "127.0.0.1", 0)
    await server.start()
    async with aiohttp.ClientSession() as browser:
        yield OpenReport(bot, f"http://127.0.0.1:{server.port}{path}", browser)
    await server.stop()


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("For ada@example.com", "Nobody joined", "Remote session", "Download as CSV", "Ana")),
        ("fr", ("Pour ada@example.com", "Session à distance", "Télécharger en CSV", "Ana")),
    ],
)
async def test_page_is_in_the_language_of_the_browser(
    report: OpenReport, language: str, words: tuple[str, ...]
) -> None:
    status, page = await report.get(language=language)
    assert status == 200
    for one in words:
        assert one in page, one


async def test_csv_has_every_figure(report: OpenReport) -> None:
    status, text = await report.get("/figures.csv")
    rows = list(csv.reader(io.StringIO(text)))
    assert (status, rows[0]) == (200, ["table", "row", "amount"])
    day = report.bot.clock().date().isoformat()
    for row in (
        ["summary", "sessions", "1"],
        ["result", "nobody", "1"],
        ["kind", "remote", "1"],
        ["day", day, "1"],
        ["delivery", "reply/sent", "1"],
        ["technician", ANA.email, "1"],
    ):
        assert row in rows, row


@pytest.mark.parametrize("path", ["", "/figures.csv"])
async def test_expired_link_shows_nothing_but_how_to_get_another(report: OpenReport, path: str) -> None:
    report.bot.clock.move(seconds=LINK_FOR.total_seconds())
    status, page = await report.get(path)
    assert status == 410
    assert "Ask the bot for the report again" in page
    assert "Ana" not in page


def test_csv_runs_no_formula_and_leaves_names_out_if_the_setting_says_so() -> None:
    totals = {figure: dict[str, int]() for figure in Figure} | {
        Figure.TECHNICIAN: {Email("=cmd@example.test"): 3}
    }
    day = BotInMemory().clock().date()
    report = make_report(day, day, {}, totals)
    assert "technician,'=cmd@example.test,3" in write_csv(report, has_names=True)
    assert "technician" not in write_csv(replace(report), has_names=False)


@pytest.fixture
async def phone() -> AsyncIterator[Browser]:
    async with chromium() as browser:
        yield browser


@in_a_browser
@pytest.mark.long
@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_page_fits_a_phone_and_axe_finds_nothing(
    report: OpenReport, phone: Browser, language: str, scheme: str
) -> None:
    context = await phone.new_context(
        viewport={"width": 360, "height": 740},
        locale=language,
        color_scheme="dark" if scheme == "dark" else "light",
    )
    page = await context.new_page()
    await page.goto(report.url)
    assert await find_axe_faults(page) == []
    assert await find_cut_off(page) == []


@in_a_browser
@pytest.mark.long
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_charts_are_drawn_in_the_colours_of_the_screen_and_the_policy_lets_them(
    report: OpenReport, phone: Browser, scheme: str
) -> None:
    context = await phone.new_context(color_scheme="dark" if scheme == "dark" else "light")
    page = await context.new_page()
    refused: list[str] = []
    page.on("console", lambda message: refused.append(message.text))
    await page.goto(report.url)
    drawn = await page.eval_on_selector_all(
        "img.chart", "images => images.map(one => [one.complete, one.naturalWidth, one.currentSrc, one.alt])"
    )
    assert len(drawn) == await page.locator("table").count() > 0
    color = "#56b4e9" if scheme == "dark" else "#0072b2"
    for is_complete, width, address, alt in drawn:
        assert is_complete
        assert width > 0, "the browser could not read the image"
        assert color in base64.b64decode(address.partition("base64,")[2]).decode()
        assert alt.startswith("Bar chart: ")
    assert not [one for one in refused if "Content Security Policy" in one]
