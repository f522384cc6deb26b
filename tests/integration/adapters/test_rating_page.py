"""The requester's page asks one question after the end of a session. Its answer can neither be forged nor repeated."""

from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from urllib.parse import urljoin

import aiohttp
import pytest
from support.bot_in_memory import BotInMemory

from adapters.web.join import JoinPage
from adapters.web.server import WebServer, new_application
from bot.model.rating import LONGEST_COMMENT, RATE_WITHIN
from bot.model.session import Session
from storage.vault import Vault, new_key

VAULT = Vault([new_key()])
ANOTHER_SITE = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}


class RatedPage:
    """The page of one session that its requester joined and that has ended."""

    def __init__(self, bot: BotInMemory, session: Session, url: str, browser: aiohttp.ClientSession) -> None:
        self.bot = bot
        self.session = session
        self.browser = browser
        self.url = f"{url}/join/{session.join_token}"

    async def read(self, url: str = "", language: str = "en") -> str:
        """Open the page, and return its HTML."""
        async with self.browser.get(url or self.url, headers={"Accept-Language": language}) as answer:
            return await answer.text()

    async def form(self, url: str = "") -> str:
        """Return the signature in the page's form."""
        return (await self.read(url)).split('name="form" value="')[1].split('"')[0]

    async def send(
        self, fields: Mapping[str, str] | bytes, headers: Mapping[str, str] | None = None, *, url: str = ""
    ) -> tuple[int, str]:
        """Send the form. Returns the status and the page."""
        async with self.browser.post(f"{url or self.url}/rating", data=fields, headers=headers) as answer:
            return answer.status, await answer.text()

    async def is_rated(self) -> bool:
        return (await self.bot.session(self.session.id)).rating is not None


async def joined_and_ended(bot: BotInMemory) -> Session:
    session = await bot.open_session(another=True)
    await bot.change(session.id, lambda one: one.seen(is_online=True, at=bot.clock()))
    await bot.end(session.id)
    return await bot.session(session.id)


@pytest.fixture
async def page() -> AsyncIterator[RatedPage]:
    bot = BotInMemory()
    await bot.start()
    app = new_application()
    JoinPage(bot.services, VAULT).add_routes(app)
    server = WebServer(app, "127.0.0.1", 0)
    await server.start()
    async with aiohttp.ClientSession() as browser:
        yield RatedPage(bot, await joined_and_ended(bot), f"http://127.0.0.1:{server.port}", browser)
    await server.stop()


@pytest.mark.parametrize(
    ("language", "question", "thanks"),
    [
        ("en", "Did the session help you?", "Thank you"),
        ("fr", "La session vous a-t-elle été utile", "Merci"),
    ],
)
async def test_answer_is_stored_once(page: RatedPage, language: str, question: str, thanks: str) -> None:
    html = await page.read(language=language)
    assert question in html
    assert f'maxlength="{LONGEST_COMMENT}"' in html
    action = html.split('action="')[1].split('"')[0]
    assert urljoin(page.url, action) == f"{page.url}/rating"
    fields = {"form": await page.form(), "helpful": "yes", "comment": "Quick help"}
    status, shown = await page.send(fields, {"Accept-Language": language})
    assert (status, thanks in shown) == (200, True)
    rating = (await page.bot.session(page.session.id)).rating
    assert rating is not None
    assert (rating.was_helpful, rating.comment) == (True, "Quick help")
    status, _shown = await page.send(fields | {"helpful": "no", "comment": "Changed"})
    assert status == 409
    assert (await page.bot.session(page.session.id)).rating == rating
    assert question not in await page.read(language=language)


async def test_form_of_another_session_rates_nothing(page: RatedPage) -> None:
    other = await joined_and_ended(page.bot)
    other_url = page.url.replace(page.session.join_token, other.join_token)
    fields = {"form": await page.form(other_url), "helpful": "yes"}
    status, _shown = await page.send(fields)
    assert status == 403
    assert not await page.is_rated()
    status, _shown = await page.send(fields, url=other_url)
    assert status == 200


async def test_form_that_another_site_sends_rates_nothing(page: RatedPage) -> None:
    fields = {"form": await page.form(), "helpful": "no"}
    for name, value in ANOTHER_SITE.items():
        status, _shown = await page.send(fields, {name: value})
        assert status == 403
    assert not await page.is_rated()


@pytest.mark.parametrize(
    "body",
    [b"", b"\xff=\xfe", b"helpful=yes", b"form=FORM", b"form=FORM&helpful=perhaps", b"a=1&" * 500, b"{}"],
)
async def test_form_that_is_not_whole_rates_nothing(page: RatedPage, body: bytes) -> None:
    status, _shown = await page.send(body.replace(b"FORM", (await page.form()).encode()))
    assert status == 403
    assert not await page.is_rated()


async def test_large_form_is_refused(page: RatedPage) -> None:
    status, _shown = await page.send({"helpful": "yes", "form": "x" * 20_000})
    assert status == 413


async def test_form_of_an_unknown_token_is_refused(page: RatedPage) -> None:
    url = page.url.replace(page.session.join_token, "x" * 43)
    status, _shown = await page.send({"form": await page.form(), "helpful": "yes"}, url=url)
    assert status == 403
    signed = VAULT.sign(f"rating/{'x' * 43}")
    status, _shown = await page.send({"form": signed, "helpful": "yes"}, url=url)
    assert status == 404


async def test_form_expires_a_week_after_the_end(page: RatedPage) -> None:
    fields = {"form": await page.form(), "helpful": "yes"}
    page.bot.clock.move(days=RATE_WITHIN / timedelta(days=1))
    status, _shown = await page.send(fields)
    assert status == 410
    assert not await page.is_rated()
    assert "<form" not in await page.read()


async def test_opening_the_page_stores_nothing(page: RatedPage) -> None:
    """Mail programs open links to look what is behind them."""
    await page.read()
    async with page.browser.get(f"{page.url}/rating?helpful=yes&form={await page.form()}") as answer:
        assert answer.status == 404
    assert not await page.is_rated()
