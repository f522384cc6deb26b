"""Every control of the demo page is pressed, in both chats, by each role: nothing breaks, and none is a dead end."""

import pytest
from playwright.async_api import Browser
from support.crawl import Crawl
from support.demo_page import in_a_browser

pytestmark = [in_a_browser, pytest.mark.long]


@pytest.mark.parametrize("person", ["Tom Ray – SDAdmin", "Inès Moreau – technician", "Gus Weber – guest"])
async def test_every_control_does_something_and_every_screen_is_accessible(
    demo: str, browser: Browser, person: str
) -> None:
    """An SDAdmin in English, a technician in French and a guest. Each begins as a newcomer, and is the requester too."""
    page = await browser.new_page(viewport={"width": 1440, "height": 900})
    await page.goto(demo)
    await page.get_by_label("You are").select_option(label=person)
    crawl = Crawl(page, person.partition(" –")[0])
    crawl.watch()
    await crawl.press_everything()
    for width in (1440, 768):
        await crawl.look_at_every_place(width)
    await crawl.look_at_every_place(390, in_dark_too=True)  # contrast is the same at each width
    assert crawl.faults == [], "\n".join(
        [*crawl.faults, "answered too late (504):", *crawl.late, "after:", *crawl.pressed]
    )
