"""The requester's own chat on the demo page, at desktop and at phone width: invited, joins, and answers “Not now”."""

from pathlib import Path

import pytest
from playwright.async_api import Browser, Page
from support.demo_page import in_a_browser, sees, sign_in
from support.screens import find_faults_of_page

pytestmark = [in_a_browser, pytest.mark.long]

ANN = "Ann Lee – requester"


async def say(page: Page, words: str) -> None:
    """Type a line and send it."""
    await page.get_by_label("Message").fill(words)
    await page.get_by_role("button", name="Send").click()


async def connect(page: Page) -> None:
    """Connect Tom Ray's account."""
    await say(page, "/tv auth")
    await sign_in(page, page.get_by_role("link", name="Authorize TeamViewer"), "Tom Ray")
    await sees(page, "You are connected to TeamViewer")


async def test_requester_sees_the_invitation_and_answers_it(
    demo: str, browser: Browser, tmp_path: Path
) -> None:
    page = await browser.new_page(viewport={"width": 1440, "height": 900})
    await page.goto(demo)
    await connect(page)
    await page.locator("#open-form").click()
    await page.get_by_label("Also invite in chat").wait_for()
    await page.screenshot(path=tmp_path / "form.png")
    await page.locator("#modal-close").click()
    await page.locator("#modal").wait_for(state="hidden")
    await say(page, "/tv create 101")
    await sees(page.locator("#messages"), "Message to Ann Lee in Slack: sent")
    phone = await browser.new_page(viewport={"width": 390, "height": 844})
    await phone.goto(demo)
    for viewer, name in ((page, "desk"), (phone, "phone")):
        await viewer.get_by_label("You are").select_option(label=ANN)
        await sees(viewer.locator("#messages"), "Tom Ray would like to help you")
        await viewer.locator("#messages article").last.scroll_into_view_if_needed()
        await viewer.screenshot(path=tmp_path / f"invited-{name}.png")
        assert await find_faults_of_page(viewer) == []
    async with phone.expect_popup() as opening:
        await phone.get_by_role("link", name="Join", exact=True).click()
    await (await opening.value).get_by_role("heading", name="Tom Ray is ready to help you").wait_for()
    await page.get_by_role("button", name="Not now").click()
    await sees(page, "You answered “Not now”")
    await page.screenshot(path=tmp_path / "answered.png")
    await page.get_by_label("You are").select_option(label="Tom Ray – SDAdmin")
    await sees(page.locator("#messages"), "Ann Lee answered “Not now” at")
    await page.screenshot(path=tmp_path / "told.png")
