"""The page that asks for a rating, in a real browser at phone width, in each language."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser
from support.bot_in_memory import BotInMemory
from support.demo_page import in_a_browser
from support.screens import find_axe_faults, find_cut_off

from adapters.web.join import JoinPage
from adapters.web.server import WebServer, new_application
from bot.model.session import Session
from storage.vault import Vault, new_key

pytestmark = [in_a_browser, pytest.mark.long]


class OpenPage:
    """The join page of an open session, and its bot."""

    def __init__(self, bot: BotInMemory, session: Session, url: str) -> None:
        self.bot = bot
        self.session = session
        self.url = f"{url}/join/{session.join_token}"


@pytest.fixture
async def join() -> AsyncIterator[OpenPage]:
    bot = BotInMemory()
    await bot.start()
    app = new_application()
    JoinPage(bot.services, Vault([new_key()])).add_routes(app)
    server = WebServer(app, "127.0.0.1", 0)
    await server.start()
    yield OpenPage(bot, await bot.open_session(), f"http://127.0.0.1:{server.port}")
    await server.stop()


WORDS = {
    "en": ("Did the session help you?", "A comment, if you like", "No, it did not help", "Thank you"),
    "fr": (
        "La session vous a-t-elle été utile ?",
        "Un commentaire, si vous le souhaitez",
        "Non, elle ne m’a pas été utile",
        "Merci",
    ),
}


@pytest.mark.parametrize("language", WORDS)
async def test_requester_who_comes_back_to_the_page_rates_the_session(
    join: OpenPage, browser: Browser, language: str
) -> None:
    """The page was left open while TeamViewer ran. It shows by itself that the session is over."""
    question, label, no, thanks = WORDS[language]
    page = await browser.new_page(viewport={"width": 360, "height": 740}, locale=language)
    await page.goto(join.url)
    await join.bot.change(join.session.id, lambda one: one.seen(is_online=True, at=join.bot.clock()))
    await join.bot.end(join.session.id)
    await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    await page.get_by_role("heading", name=question).wait_for()
    assert await find_axe_faults(page) == []
    assert await find_cut_off(page) == []
    await page.get_by_label(label).fill("x" * 60)
    await page.get_by_role("button", name=no).click()
    await page.get_by_role("heading", name=thanks).wait_for()
    assert await find_axe_faults(page) == []
    rating = (await join.bot.session(join.session.id)).rating
    assert rating is not None
    assert not rating.was_helpful
