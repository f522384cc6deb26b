"""The story of the demo page with the keyboard alone."""

import pytest
from playwright.async_api import Browser, Page, expect
from support.demo_page import in_a_browser

pytestmark = [in_a_browser, pytest.mark.long]
_MOST_TABS = 120
_FOCUSED = """
() => {
  const inner = (node) => node && node.tagName === "IFRAME" ? "IFRAME" : node ? (node.getAttribute("aria-label") || node.textContent || "").trim() : "";
  return inner(document.activeElement);
}
"""


async def tab_to(page: Page, name: str) -> None:
    """Press Tab until the focus is on the control with this name."""
    for _press in range(_MOST_TABS):
        await page.keyboard.press("Tab")
        if await page.evaluate(_FOCUSED) == name:
            return
    pytest.fail(f"the keyboard does not reach {name!r}")


async def press(page: Page, name: str) -> None:
    """Tab to a control, and press Enter."""
    await tab_to(page, name)
    await page.keyboard.press("Enter")


async def open_by_enter(page: Page) -> Page:
    """Press Enter on the focused link, and return the page that it opens."""
    async with page.expect_popup() as opening:
        await page.keyboard.press("Enter")
    other = await opening.value
    await other.wait_for_load_state()
    return other


async def test_story_is_told_by_keyboard_alone(demo: str, browser: Browser) -> None:
    """Sign in, create, open the mail, join and enter. The skip link comes first."""
    page = await browser.new_page(viewport={"width": 1440, "height": 900})
    await page.goto(demo)
    await page.get_by_role("button", name="Run /tv auth").wait_for()
    await tab_to(page, "Skip to the chats")
    await press(page, "Run /tv auth")
    await page.get_by_role("link", name="Authorize TeamViewer").wait_for()
    await tab_to(page, "Authorize TeamViewer")
    sign_in = await open_by_enter(page)
    await press(sign_in, "Allow")
    await sign_in.get_by_role("heading", name="Connected").wait_for()
    await sign_in.close()

    await page.get_by_role("button", name="Run /tv create 101").wait_for()
    await press(page, "Run /tv create 101")
    await page.locator("#mails details").wait_for()
    await page.get_by_role("button", name="Show the mailbox").wait_for()
    await press(page, "Show the mailbox")
    await page.keyboard.press("Enter")
    mail = page.locator("#mails").frame_locator("iframe").get_by_role("link", name="Join the session")
    await mail.wait_for()
    await page.keyboard.press("Tab")
    # The mail is a document of its own, and the browser moves the focus there a moment later.
    await expect(mail).to_be_focused()
    join = await open_by_enter(page)
    await tab_to(join, "Join the session")
    await join.keyboard.press("Enter")
    await join.get_by_role("button", name="Allow remote control").wait_for()
    await press(join, "Allow remote control")

    await page.get_by_role("button", name="Show the card").wait_for()
    await press(page, "Show the card")
    assert str(await page.evaluate(_FOCUSED)).startswith("Enter")
    supporter = await open_by_enter(page)
    await supporter.get_by_role("button", name="Connect").wait_for()
    await press(supporter, "Connect")
    await page.get_by_text("That was the story.").wait_for()
    assert await page.locator("#guide-steps li.done").count() == 5


async def test_dialog_gives_the_focus_back_to_its_opener(demo: str, browser: Browser) -> None:
    """Somebody who closes a dialog goes on where they opened it."""
    page = await browser.new_page(viewport={"width": 1440, "height": 900})
    await page.goto(demo)
    await page.get_by_role("button", name="Run /tv auth").wait_for()
    await press(page, "Actions and apps")
    await press(page, "Find a request")
    await page.locator("dialog[open]").wait_for()
    await page.keyboard.press("Escape")
    await page.locator("dialog[open]").wait_for(state="detached")
    assert await page.evaluate(_FOCUSED) == "Actions and apps"
