"""The pages beside the chats: sign-in, its results, the requester's page, links in mails, unknown addresses.

Each is looked at in both languages, in light and dark, on a phone, a tablet and at a desk, and with the keyboard.
"""

from dataclasses import dataclass, field

import pytest
from playwright.async_api import Browser, Locator, Page
from support.demo_page import close_page, in_a_browser
from support.screens import find_faults_of_page

pytestmark = [in_a_browser, pytest.mark.long]


@dataclass(slots=True)
class Visitor:
    """The technician at the demo page, who opens every other page from there."""

    demo: Page
    url: str
    language: str
    faults: list[str] = field(default_factory=list)
    titles: list[str] = field(default_factory=list)

    async def look(self, page: Page) -> None:
        """Look for faults of a page. The bot's own pages are in the language of the browser."""
        await page.locator("h1").first.wait_for()
        self.faults += await find_faults_of_page(page)
        self.titles.append(await page.title())
        if page.url.startswith(self.url):
            assert await page.get_attribute("html", "lang") == self.language, page.url

    async def open(self, control: Locator) -> Page:
        """Press a control that opens a page, and look at the page."""
        async with self.demo.expect_popup() as opening:
            await control.click()
        page = await opening.value
        await self.look(page)
        return page

    async def open_address(self, address: str) -> None:
        """Open an address, and look at the page."""
        page = await self.demo.context.new_page()
        await page.goto(address)
        await self.look(page)
        await close_page(page)

    async def run(self, command: str) -> None:
        """Type a command in Slack."""
        await self.demo.get_by_label("Message").fill(command)
        await self.demo.get_by_role("button", name="Send", exact=True).click()

    async def start_sign_in(self, number: int) -> Page:
        """Ask for the button that signs in, the ``number``-th time, and press it."""
        await self.run("/tv auth")
        button = self.demo.locator("#messages a.button", has_text="TeamViewer")
        await button.nth(number - 1).wait_for()
        return await self.open(button.last)

    async def sign_in(self, account: str, other_account: str) -> None:
        """Refuse first, then choose somebody else's account, then one's own. Load the last page again."""
        page = await self.start_sign_in(1)
        await page.get_by_role("button", name="Deny").click()
        await self.look(page)
        await close_page(page)
        page = await self.start_sign_in(2)
        await page.get_by_text(other_account).first.click()
        await page.get_by_role("button", name="Allow").click()
        await self.look(page)
        await page.locator("form button").click()
        await page.locator("form").wait_for(state="detached")
        await self.look(page)
        await close_page(page)
        page = await self.start_sign_in(3)
        await page.get_by_text(account).first.click()
        await page.get_by_role("button", name="Allow").click()
        await self.look(page)
        await page.reload()
        await self.look(page)
        await close_page(page)

    async def follow_mails(self, mails: str) -> list[str]:
        """Open each mail of a mailbox, follow each of its links, and return the links."""
        addresses: list[str] = []
        await self.demo.locator(f"{mails} details").first.wait_for()
        for place in range(await self.demo.locator(f"{mails} details").count()):
            mail = self.demo.locator(f"{mails} details").nth(place)
            if await mail.get_attribute("open") is None:
                await mail.locator("summary").click()
            frame = mail.frame_locator("iframe")
            await frame.locator("body").wait_for()
            links = await frame.locator("a[href]").evaluate_all("(nodes) => nodes.map((node) => node.href)")
            addresses += [link for link in links if link not in addresses]
        for address in addresses:
            await self.open_address(address)
        return addresses


@pytest.mark.parametrize(
    ("person", "other_account", "language"),
    [("Tom Ray – SDAdmin", "Inès Moreau", "en"), ("Inès Moreau – technician", "Tom Ray", "fr")],
)
async def test_pages_beside_the_chats_are_accessible_and_in_the_readers_language(
    demo: str, browser: Browser, person: str, other_account: str, language: str
) -> None:
    context = await browser.new_context(locale=language)
    page = await context.new_page()
    await page.goto(demo)
    await page.get_by_label("You are").select_option(label=person)
    visitor = Visitor(page, demo, language)
    name = person.partition(" –")[0]
    await visitor.sign_in(name, other_account)
    await visitor.run("/tv create 101")
    await visitor.run("/tv pilot 103")
    await page.locator("#mails details").nth(1).wait_for()
    await page.locator("#own-mails details").nth(1).wait_for()
    links = await visitor.follow_mails("#mails")
    assert await visitor.follow_mails("#own-mails")
    (text_link,) = await page.locator("#texts a").evaluate_all("(nodes) => nodes.map((node) => node.href)")
    await visitor.open_address(text_link)

    await visitor.run("/tv end 101")
    await page.locator("#messages article").filter(has_text=f"Ended by {name}").first.wait_for()
    await visitor.open_address(next(link for link in links if "/join/" in link))
    for path in ("/about", "/nothing", "/join/nothing", "/oauth/teamviewer/start?state=over"):
        await visitor.open_address(demo + path)
    assert visitor.faults == [], "\n".join(visitor.faults)


async def test_control_that_tab_does_not_reach_is_found_and_one_that_is_drawn_again_is_not(
    browser: Browser,
) -> None:
    page = await browser.new_page()
    await page.set_content(
        """<html lang="en"><title>Two</title><style>button { padding: 20px; margin: 20px }</style><main><h1>Two</h1><div id="box"><button>One</button></div><button id="two">Two</button>
        </main><script>two.addEventListener("focus", () => { box.innerHTML = "<button>One</button>"; }, { once: true });</script>"""
    )
    assert await find_faults_of_page(page) == []
    await page.locator("#two").evaluate("(node) => { node.tabIndex = -1; delete node.dataset.focused; }")
    assert await find_faults_of_page(page) == [
        'Two: Tab does not reach <button id="two" tabindex="-1">Two</button>'
    ]
