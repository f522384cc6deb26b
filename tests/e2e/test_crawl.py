"""Every control of the demo page is pressed, in both chats and languages, by each role: nothing breaks, and none is a dead end.

Every screen that is reached on the way is looked at, at the widths of a phone, a tablet and a desk.
"""

import asyncio
from pathlib import Path

import pytest
from support.crawl import Crawl, CrawledChat
from support.demo_page import chromium, in_a_browser, running_demo

from bot.i18n import LANGUAGES

pytestmark = [in_a_browser, pytest.mark.long]
LONGEST_SECONDS = 600
"""Limit for one crawl. It takes less than two minutes on two processors."""
_LATEST = 10
"""How many controls are named where a crawl does not end: the last ones, so that the call that waited stays in sight above them."""


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("chat", list(CrawledChat))
@pytest.mark.parametrize("person", ["Tom Ray", "Inès Moreau", "Gus Weber"])
async def test_every_control_does_something_and_every_screen_is_whole_and_accessible(
    tmp_path: Path, person: str, chat: CrawledChat, language: str
) -> None:
    """Tom Ray is an SDAdmin, Inès Moreau a technician, and Gus Weber a guest, who is refused and reads why.

    Each begins as a newcomer, and is the requester too.
    """
    pressed: list[str] = []
    try:
        async with asyncio.timeout(LONGEST_SECONDS):
            await _crawl(tmp_path, person, chat, language, pressed)
    except TimeoutError:
        pytest.fail(f"the crawl did not end in {LONGEST_SECONDS} s, after:\n" + "\n".join(pressed[-_LATEST:]))


async def _crawl(folder: Path, person: str, chat: CrawledChat, language: str, pressed: list[str]) -> None:
    """Crawl in a browser of its own. ``pressed`` is what was pressed, also where the crawl does not come to its end."""
    async with running_demo(folder, "--language", language) as demo, chromium() as browser:
        page = await browser.new_page(viewport={"width": 1440, "height": 900})
        await page.goto(demo)
        people = page.locator("#person")
        await people.locator("option", has_text=person).wait_for(state="attached")
        await people.select_option(label=await people.locator("option", has_text=person).inner_text())
        crawl = Crawl(page, person, chat, language)
        try:
            await crawl.begin()
            await crawl.press_everything()
            await crawl.look_at_every_place()
        finally:
            pressed[:] = crawl.pressed
    assert crawl.faults == [], "\n".join(
        [*crawl.faults, "answered too late (504):", *crawl.late, "after:", *crawl.pressed]
    )
