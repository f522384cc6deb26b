"""Takes the pictures of the manual: the story in five steps on the demo page, at a desk and on a phone.

Whatever differs from run to run (times, codes of sessions, ports) is replaced by the same values, so that a picture
changes only if a screen has changed.
"""

import asyncio
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from playwright.async_api import Browser, Frame, Locator, Page
from support.demo_page import (
    CHROMIUM,
    TeamsPane,
    chromium,
    close_page,
    open_newest_mail,
    running_demo,
    sign_in,
)

_DOCS = Path(__file__).parents[2] / "docs"
DESK, PHONE = (1440, 900), (390, 844)
_STABLE = r"""
() => {
  const changes = [
    [/\b\d{1,2}:\d{2}(?= [AP]M)/g, "10:24"], [/\b\d{2}:\d{2}\b(?! [AP]M)/g, "10:24"], [/ PM\b/g, " AM"],
    [/\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), /g, "Tue, "], [/\b[A-Z][a-z]{2} \d{1,2}, \d{4}/g, "Nov 24, 2026"],
    [/\bs\d{3}-\d{3}-\d{3}\b/g, "s828-415-110"], [/\/s\d{9}\b/g, "/s828415110"], [/\b[0-9a-f]{32}\b/g, "4ca0a5439a16cc752abab3bbd304167e"],
    [/127\.0\.0\.1:\d+/g, "127.0.0.1:3978"],
  ];
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const text = texts.currentNode;
    const stable = changes.reduce((one, [found, value]) => one.replace(found, value), text.data);
    if (text.data !== stable) text.data = stable;
  }
}
"""


@dataclass(frozen=True, slots=True)
class Viewer:
    """The demo in one window. ``width`` is in CSS pixels."""

    page: Page
    width: int

    @property
    def is_phone(self) -> bool:
        """Whether one pane shows at a time."""
        return self.width < 700

    async def go_to(self, pane: str) -> None:
        """Show a pane, where not all of them show."""
        if self.is_phone:
            await self.page.locator(f"[data-pane={pane}]").click()

    async def sees(self, words: str) -> None:
        """Wait until the page shows these words."""
        await self.page.get_by_text(words).locator("visible=true").last.wait_for()

    async def show_card(self, words: str) -> None:
        """Wait for the card in Slack that says this, and scroll to its beginning."""
        card = self.page.locator("#messages article").filter(has_text=words).last
        await card.wait_for()
        await card.evaluate("(node) => node.scrollIntoView({ block: 'start' })")


async def take_picture(screen: Page | Locator, file: Path) -> None:
    """Write a picture of what is shown, without what differs from run to run."""
    page = screen if isinstance(screen, Page) else screen.page
    for frame in page.frames:
        await _make_stable(frame)
    file.parent.mkdir(parents=True, exist_ok=True)
    await screen.screenshot(path=file, animations="disabled")


async def _make_stable(frame: Frame) -> None:
    await frame.evaluate(_STABLE)


class Story:
    """The five steps by Tom Ray, in both windows at once. Each method is one step, and takes its pictures."""

    def __init__(self, desk: Viewer, phone: Viewer, folder: Path) -> None:
        self._desk = desk
        self._phone = phone
        self._folder = folder

    async def tell(self) -> None:
        """Go through the steps, and then look at both chats."""
        await self._sign_in()
        await self._create()
        link = await self._open_mail()
        await self._join(link)
        await self._enter()
        await self._look_at_chats()

    async def _take_pictures(self, step: str) -> None:
        for viewer in (self._desk, self._phone):
            await take_picture(viewer.page, self._picture_file(step, viewer))

    def _picture_file(self, step: str, viewer: Viewer) -> Path:
        return self._folder / "pictures" / f"{step}-{'phone' if viewer.is_phone else 'desk'}.png"

    async def _sign_in(self) -> None:
        page = self._desk.page
        await page.get_by_role("button", name="Run /tv auth").click()
        for viewer in (self._desk, self._phone):
            await viewer.page.get_by_role("link", name="Authorize TeamViewer").wait_for()
        await self._take_pictures("1-sign-in")
        await sign_in(page, page.get_by_role("link", name="Authorize TeamViewer"), "Tom Ray")

    async def _create(self) -> None:
        await self._desk.page.get_by_role("button", name="Run /tv create 101").click()
        for viewer in (self._desk, self._phone):
            await viewer.sees("is ready")
            await viewer.sees("E-mail to Tom Ray: sent")
            await viewer.show_card("Waiting for Ann Lee")
        await self._take_pictures("2-create")

    async def _open_mail(self) -> str:
        """Open the mail in both windows. Returns the requester's link."""
        await self._desk.page.locator("#conversation > details").nth(1).wait_for()
        await self._phone.go_to("requester")
        for viewer in (self._desk, self._phone):
            mail = await open_newest_mail(viewer.page)
            await mail.get_by_role("link", name="Join the session").wait_for()
        await self._take_pictures("3-mail")
        return await mail.get_by_role("link", name="Join the session").get_attribute("href") or ""

    async def _join(self, link: str) -> None:
        for viewer in (self._desk, self._phone):
            page = await viewer.page.context.new_page()
            await page.goto(link)
            await take_picture(page, self._picture_file("4-join", viewer))
            if viewer is self._phone:
                await page.get_by_role("link", name="Join the session").click()
                await page.get_by_role("button", name="Allow remote control").click()
                await page.get_by_role("heading", name="Please wait").wait_for()
            await close_page(page)

    async def _enter(self) -> None:
        page = self._desk.page
        await self._desk.sees("Ann Lee is there")
        await page.get_by_role("button", name="Show the card").click()
        async with page.expect_popup() as opening:
            await page.locator("#messages a.button.primary:focus").click()
        supporter = await opening.value
        await supporter.get_by_role("button", name="Connect").click()
        await supporter.get_by_role("heading", name="You are connected").wait_for()
        await close_page(supporter)
        await self._phone.go_to("chat")
        for viewer in (self._desk, self._phone):
            await viewer.sees("That was the story.")
            await viewer.show_card("Connected with Ann Lee")
        await self._take_pictures("5-enter")

    async def _look_at_chats(self) -> None:
        teams = TeamsPane(self._desk.page)
        await teams.say("show 101")
        await teams.sees("Connected with Ann Lee")
        await self._desk.page.mouse.move(0, 0)
        await self._desk.page.evaluate("document.activeElement.blur()")
        await take_picture(self._desk.page, self._folder / "demo.png")
        for name, pane in (("slack", "#pane-chat"), ("teams", "#pane-teams")):
            await take_picture(self._desk.page.locator(pane), self._folder / "pictures" / f"{name}.png")


async def _open(browser: Browser, url: str, size: tuple[int, int]) -> Viewer:
    width, height = size
    context = await browser.new_context(
        viewport={"width": width, "height": height}, locale="en-US", timezone_id="UTC", color_scheme="light"
    )
    page = await context.new_page()
    await page.goto(url)
    await page.get_by_role("button", name="Run /tv auth").wait_for()
    return Viewer(page, width)


async def _main(folder: Path) -> None:
    with tempfile.TemporaryDirectory() as logs:
        async with running_demo(Path(logs)) as url, chromium() as browser:
            desk, phone = [await _open(browser, url, size) for size in (DESK, PHONE)]
            await Story(desk, phone, folder).tell()
    sys.stdout.write(f"{folder}: demo.png and pictures/\n")


if __name__ == "__main__":
    if CHROMIUM is None:
        sys.exit(
            "Chromium is not installed (Debian: chromium, and fonts-noto-color-emoji for the signs on the cards)"
        )
    asyncio.run(_main(Path(sys.argv[1]) if sys.argv[1:] else _DOCS))
