"""The browser's part of a sign-in at TeamViewer: the cookie that binds it, and forms that nobody can read."""

from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientSession
from support.bot_in_memory import BotInMemory

from adapters.web.server import WebServer, new_application
from adapters.web.teamviewer_oauth import BROWSER_COOKIE, TeamViewerOAuth
from bot.commands import Auth
from bot.use_cases import authorize
from bot.values import replace


class Pages:
    """The routes over the bot in memory, at a public URL with a path of its own."""

    def __init__(self, bot: BotInMemory, url: str) -> None:
        self.bot = bot
        self.url = f"{url}/oauth/teamviewer"

    async def new_grant(self) -> str:
        """Ask for a sign-in, and return the grant of its button."""
        async with self.bot.context(Auth()) as context:
            return (await authorize.sign_in_url(context)).reveal().partition("state=")[2]


@pytest.fixture
async def pages() -> AsyncIterator[Pages]:
    bot = BotInMemory()
    await bot.start()
    installation = replace(bot.services.installation, public_url="https://bot.example/tvbot")
    app = new_application()
    TeamViewerOAuth(replace(bot.services, installation=installation)).add_routes(app)
    server = WebServer(app, "127.0.0.1", 0)
    await server.start()
    yield Pages(bot, f"http://127.0.0.1:{server.port}")
    await server.stop()


async def test_start_sets_a_cookie_that_only_the_sign_in_gets(pages: Pages) -> None:
    async with (
        ClientSession() as browser,
        browser.get(f"{pages.url}/start?state={await pages.new_grant()}", allow_redirects=False) as answer,
    ):
        assert (answer.status, answer.headers["Cache-Control"]) == (302, "no-store")
        (cookie,) = answer.headers.getall("Set-Cookie")
    assert cookie.startswith(BROWSER_COOKIE)
    parts = set(cookie.split("; ")[1:])
    assert parts == {"HttpOnly", "Max-Age=1200", "Path=/tvbot/oauth/teamviewer", "SameSite=Lax", "Secure"}


async def test_refused_start_sets_no_cookie_and_stores_nothing(pages: Pages) -> None:
    async with ClientSession() as browser, browser.get(f"{pages.url}/start?state=forged") as answer:
        assert answer.status == 410
        assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize(
    "content_type", ["multipart/form-data; boundary=x", "multipart/form-data", "text/plain"]
)
@pytest.mark.parametrize(
    "body", [b"", b"\xff=\xfe", b"--x\r\n", b"confirmation=" + b"x" * 5000, b"a=1&" * 500]
)
async def test_form_that_nobody_can_read_confirms_nothing(
    pages: Pages, content_type: str, body: bytes
) -> None:
    headers = {"Content-Type": content_type}
    async with (
        ClientSession() as browser,
        browser.post(f"{pages.url}/confirm", data=body, headers=headers) as answer,
    ):
        assert answer.status == 410


@pytest.mark.parametrize(("language", "heading"), [("en", "Page not found"), ("fr", "Page introuvable")])
async def test_unknown_address_is_explained_in_the_language_of_the_browser(
    pages: Pages, language: str, heading: str
) -> None:
    """A person gets a page. A program gets the status alone."""
    headers = {"Accept": "text/html", "Accept-Language": language}
    async with ClientSession() as browser:
        async with browser.get(f"{pages.url}/nothing", headers=headers) as answer:
            assert (answer.status, answer.content_type) == (404, "text/html")
            assert f"<h1>{heading}</h1>" in await answer.text()
        async with browser.get(f"{pages.url}/nothing", headers={"Accept": "*/*"}) as answer:
            assert (answer.status, answer.content_type) == (404, "text/plain")


async def test_command_on_a_page_is_shown_as_code(pages: Pages) -> None:
    """A page has no backticks, and values in its sentences stay escaped."""
    async with ClientSession() as browser, browser.get(f"{pages.url}/start?state=forged") as answer:
        shown = await answer.text()
    assert "<code>auth</code>" in shown
    assert "`" not in shown
