"""The demo page in a real browser: the browser, and a person in the page's Teams."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Error as PlaywrightError
from playwright.async_api import FrameLocator, Locator, Page
from playwright.async_api import TimeoutError as PlaywrightTimeoutError
from support.bot import BotProcess
from support.ports import free_port

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
_CLOSE_SECONDS = 30
_MOST_CLOSINGS = 6
_MOST_CLICKS = 6
_CLICK_MILLISECONDS = 5000
in_a_browser = pytest.mark.skipif(
    CHROMIUM is None, reason="Chromium is not installed here (Debian: chromium)"
)


@asynccontextmanager
async def running_demo(folder: Path, *options: str) -> AsyncIterator[str]:
    """Run the demo as a user starts it; yields its address."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    process = BotProcess({"TVBOT_PUBLIC_URL": url}, folder / "log", "demo", "--port", str(port), *options)
    await process.start()
    try:
        await process.until_ready()
        yield url
    finally:
        code = await process.stop()
    assert code == 0, process.log()
    assert "Traceback" not in process.log(), process.log()


@asynccontextmanager
async def chromium() -> AsyncIterator[Any]:
    """Run a headless Chromium."""
    from playwright.async_api import async_playwright

    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        try:
            yield browser
        finally:
            # A browser that no longer answers is ended with Playwright's own process.
            with suppress(TimeoutError):
                async with asyncio.timeout(_CLOSE_SECONDS):
                    await browser.close()


async def close_page(page: Page) -> None:
    """Close a page that may be on its way to another one.

    If a page is closed in the moment in which it comes to another one, Chromium says that it is closed and leaves it open, and
    Playwright waits for its end for ever (microsoft/playwright#42366). So the page comes to an empty one first, and to nothing
    else after that: if it was on its way elsewhere, that interrupts the first try.
    """
    for _try in range(_MOST_CLOSINGS):
        try:
            await page.goto("about:blank")
            break
        except PlaywrightError as error:
            if "interrupted by another navigation" not in error.message:
                raise
    await page.close()


async def sign_in(page: Page, link: Locator, name: str) -> None:
    """Follow a link to TeamViewer's sign-in, choose the account of a person, allow access, and close the page of success."""
    async with page.expect_popup() as opening:
        await link.click()
    consent = await opening.value
    await consent.get_by_text(name).first.click()
    await consent.get_by_role("button", name="Allow").click()
    await consent.locator("main h1").wait_for()
    await close_page(consent)


async def open_newest_mail(page: Page) -> FrameLocator:
    """Open the requester's newest mail on the page, and return what it shows."""
    mail = page.locator("#mails details").first
    await mail.wait_for()
    if await mail.get_attribute("open") is None:
        await mail.locator("summary").click()
    return mail.frame_locator("iframe")


async def open_join_page(page: Page) -> Page:
    """Follow the link in the requester's newest mail, and return the page that it opens.

    A mail is a document of its own, and a click right after it is opened was lost once. So it is clicked again, as a person would.
    """
    mail = await open_newest_mail(page)
    for _try in range(_MOST_CLICKS):
        with suppress(PlaywrightTimeoutError):
            async with page.expect_popup(timeout=_CLICK_MILLISECONDS) as opening:
                await mail.get_by_role("link", name="Join the session").click()
            return await opening.value
    raise AssertionError("the link in the mail opens no page")


async def choose_request(page: Page, number: str, subject: str) -> None:
    """Choose a request in ServiceDesk Plus, and wait until it is the one that is shown.

    A pane that nobody works in follows what arrives, so the focus is there, as a person's would be.
    """
    requests = page.locator("#request")
    await requests.focus()
    await requests.select_option(number)
    await sees(page.locator("#request-facts"), subject)


async def sees(place: Page | Locator, words: str) -> Locator:
    """Wait until the newest of what is shown in a place says these words. They may be shown there several times."""
    found = place.get_by_text(words).last
    await found.wait_for()
    return found


class TeamsPane:
    """The Teams pane of the demo page, and somebody at it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.pane = page.get_by_role("region", name="Microsoft Teams")

    async def go_to(self, place: str) -> None:
        """Open a channel, or the chat with the bot."""
        await self.pane.get_by_role("navigation").get_by_role("button", name=place).click()

    async def say(self, words: str) -> None:
        """Type a line and post it."""
        await self.pane.get_by_label("Write in Teams").fill(words)
        await self.pane.get_by_role("button", name="Post in Teams").click()

    async def sees(self, words: str) -> Locator:
        """Wait until the newest of what is shown says these words."""
        return await sees(self.pane, words)

    def button(self, name: str) -> Locator:
        """The newest button that is called so."""
        return self.pane.get_by_role("button", name=name, exact=True).last

    async def authorize(self, name: str) -> None:
        """Connect the person who is chosen on the page, in the chat with the bot, in any language."""
        await self.go_to("TVBot")
        await self.say("auth")
        await sign_in(self.page, self.pane.get_by_role("link", name="TeamViewer").last, name)

    async def act(self, name: str) -> None:
        """Choose one of the message extension's commands."""
        await self.pane.get_by_label("Actions and apps").click()
        await self.pane.locator("#teams-apps").get_by_role("button", name=name).click()
