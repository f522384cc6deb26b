"""Every control of the demo page is pressed, in both chats and languages, by each role: nothing breaks, and none is a dead end.

Every screen that is reached on the way is looked at, at the widths of a phone, a tablet and a desk.
"""

from pathlib import Path

import pytest
from playwright.async_api import Browser
from support.crawl import Crawl, CrawledChat
from support.demo_page import in_a_browser, running_demo

from bot.i18n import LANGUAGES

pytestmark = [in_a_browser, pytest.mark.long]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("chat", list(CrawledChat))
@pytest.mark.parametrize("person", ["Tom Ray – SDAdmin", "Inès Moreau – technician", "Gus Weber – guest"])
async def test_every_control_does_something_and_every_screen_is_whole_and_accessible(
    browser: Browser, tmp_path: Path, person: str, chat: CrawledChat, language: str
) -> None:
    """Each begins as a newcomer, and is the requester too. A guest is refused, and reads why."""
    async with running_demo(tmp_path, "--language", language) as demo:
        page = await browser.new_page(viewport={"width": 1440, "height": 900})
        await page.goto(demo)
        await page.get_by_label("You are").select_option(label=person)
        crawl = Crawl(page, person.partition(" –")[0], chat, language)
        await crawl.begin()
        await crawl.press_everything()
        await crawl.look_at_every_place()
    assert crawl.faults == [], "\n".join(
        [*crawl.faults, "answered too late (504):", *crawl.late, "after:", *crawl.pressed]
    )
