"""The story of the demo page with the keyboard alone."""

from contextlib import suppress
from dataclasses import dataclass

import pytest
from playwright.async_api import Browser, Locator, Page, expect
from playwright.async_api import TimeoutError as BrowserTimeout
from support.demo_page import close_page, in_a_browser

pytestmark = [in_a_browser, pytest.mark.long]
_MOST_TABS = 120
_MOST_PRESSES = 15
_KEY_MS = 2_000
"""Time limit for a key to open a page before it is pressed again, in milliseconds."""
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


async def open_by_enter(page: Page, control: Locator) -> Page:
    """Press Enter on the control, which has the focus, and return the page that it opens."""
    await expect(control).to_be_focused()
    async with page.expect_popup() as opening:
        await page.keyboard.press("Enter")
    other = await opening.value
    await other.wait_for_load_state()
    return other


async def open_from_mail(page: Page, link: Locator) -> Page:
    """Tab from the mail's title to its link, and open it.

    A mail is a document of its own. The browser may send keys there a moment after the link has the focus, and nothing
    reports that. So Enter is pressed again where it opened nothing, while the focus is on the link.
    """
    await page.keyboard.press("Tab")
    opened: list[Page] = []
    page.on("popup", lambda other: opened.append(other))  # noqa: PLW0108 - Playwright cannot mark a built-in method
    for _press in range(_MOST_PRESSES):
        await expect(link).to_be_focused()
        with suppress(BrowserTimeout):
            async with page.expect_popup(timeout=_KEY_MS):
                await page.keyboard.press("Enter")
        if opened:
            await opened[0].wait_for_load_state()
            return opened[0]
    pytest.fail("Enter on the mail's link opens nothing")


@dataclass(frozen=True, slots=True)
class Words:
    """What a person finds on the bot's screens in their language. The demo page around them is English.

    ``enter`` is how the button begins: a card in a channel is in the channel's language, an answer in the reader's.
    """

    language: str
    person: str
    account: str
    authorize: str
    connected: str
    join: str
    enter: str


ENGLISH = Words(
    "en",
    "Tom Ray – SDAdmin",
    "tom.ray@example.test",
    "Authorize TeamViewer",
    "Connected",
    "Join the session",
    "Enter",
)
FRENCH = Words(
    "fr",
    "Inès Moreau – technician",
    "ines.moreau@example.test",
    "Autoriser TeamViewer",
    "Connexion établie",
    "Rejoindre la session",
    "Ent",
)


async def choose_account(page: Page, account: str) -> None:
    """Tab to the accounts, and go to one by the arrow keys."""
    chosen = page.locator(f"input[value='{account}']")
    await page.locator("input[type=radio]").first.wait_for()
    for _press in range(_MOST_TABS):
        await page.keyboard.press("Tab")
        if await page.evaluate("document.activeElement.type") == "radio":
            break
    for _press in range(await page.locator("input[type=radio]").count()):
        if await chosen.is_checked():
            return
        await page.keyboard.press("ArrowDown")
    assert await chosen.is_checked()


@pytest.mark.parametrize("words", [ENGLISH, FRENCH], ids=["en", "fr"])
async def test_story_is_told_by_keyboard_alone(demo: str, browser: Browser, words: Words) -> None:
    """Sign in, create, open the mail, join and enter. The skip link comes first."""
    page = await browser.new_page(viewport={"width": 1440, "height": 900}, locale=words.language)
    await page.goto(demo)
    await page.get_by_label("You are").select_option(label=words.person)
    await page.get_by_role("button", name="Run /tv auth").wait_for()
    await tab_to(page, "Skip to the chats")
    await press(page, "Run /tv auth")
    await page.get_by_role("link", name=words.authorize).wait_for()
    await tab_to(page, words.authorize)
    sign_in = await open_by_enter(page, page.get_by_role("link", name=words.authorize))
    await choose_account(sign_in, words.account)
    await press(sign_in, "Allow")
    await sign_in.get_by_role("heading", name=words.connected, exact=True).wait_for()
    await close_page(sign_in)

    await page.get_by_role("button", name="Run /tv create 101").wait_for()
    await press(page, "Run /tv create 101")
    await page.locator("#mails details").wait_for()
    await page.get_by_role("button", name="Show the mailbox").wait_for()
    await press(page, "Show the mailbox")
    await page.keyboard.press("Enter")
    mail = page.locator("#mails").frame_locator("iframe").get_by_role("link", name="Join the session")
    await mail.wait_for()
    join = await open_from_mail(page, mail)
    await tab_to(join, words.join)
    await join.keyboard.press("Enter")
    await join.get_by_role("button", name="Allow remote control").wait_for()
    await press(join, "Allow remote control")

    await page.get_by_role("button", name="Show the card").wait_for()
    await press(page, "Show the card")
    supporter = await open_by_enter(
        page, page.locator("#messages a.button.primary:focus", has_text=words.enter)
    )
    await supporter.get_by_role("button", name="Connect").wait_for()
    await press(supporter, "Connect")
    await page.get_by_text("That was the story.").wait_for()
    await expect(page.locator("#guide-steps li.done")).to_have_count(5)


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
    await expect(page.get_by_label("Actions and apps")).to_be_focused()
