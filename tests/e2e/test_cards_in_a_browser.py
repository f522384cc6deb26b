"""The demo page draws Adaptive Cards as Teams does, and lets nothing in a card become anything but text."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from playwright.async_api import Browser, Page
from support.demo_page import chromium, in_a_browser, running_demo

pytestmark = in_a_browser

Draw = Callable[..., Awaitable[Page]]
_DRAW = """async ([card, locale]) => {
    const { renderCard } = await import("/demo/static/cards.js");
    window.pressed = [];
    const press = async (action, inputs) => { window.pressed.push([action.title, inputs]); };
    document.body.replaceChildren(renderCard(card, { locale, press, search: async () => [] }));
}"""


def text(words: str, **look: object) -> dict[str, Any]:
    """A paragraph."""
    return {"type": "TextBlock", "text": words, "wrap": True, **look}


@pytest.fixture(scope="module")
async def demo(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """One demo for all of them: they need its page and nothing else."""
    async with running_demo(tmp_path_factory.mktemp("demo")) as url:
        yield url


@pytest.fixture(scope="module")
async def browser() -> AsyncIterator[Browser]:
    """One browser for all of them."""
    async with chromium() as browser:
        yield browser


@pytest.fixture
async def draw(demo: str, browser: Browser) -> Draw:
    """Draws a card, alone on the page."""
    page = await browser.new_page(viewport={"width": 400, "height": 700})
    await page.goto(demo)

    async def drawn(*body: dict[str, Any], locale: str = "en-US", **more: object) -> Page:
        card = {"type": "AdaptiveCard", "version": "1.5", "body": list(body), **more}
        await page.evaluate(_DRAW, [card, locale])
        return page

    return drawn


async def test_text_is_markdown_of_teams_kind_and_nothing_else(draw: Draw) -> None:
    """Bold, italic, links and lists; escapes and HTML stay text, and an address of another scheme is no link."""
    page = await draw(
        text("**bold** and _italic_ and [here](https://example.test/a_b) and \\*not\\*"),
        text("- one\\r- two\n- three"),
        text("<img src=x onerror=alert(1)> [bad](javascript:alert(1)) &amp;"),
    )
    assert await page.locator("strong").inner_text() == "bold"
    assert await page.locator("em").inner_text() == "italic"
    assert await page.locator("a").get_attribute("href") == "https://example.test/a_b"
    assert "*not*" in await page.locator(".ac-text").first.inner_text()
    assert await page.locator("li").count() == 2
    assert await page.locator(".ac-text").last.inner_text() == "<img src=x onerror=alert(1)> bad &"
    assert await page.locator("img").count() == 0


async def test_moments_are_in_the_readers_language(draw: Draw) -> None:
    """``{{DATE()}}`` and ``{{TIME()}}`` speak the reader's language; what is not RFC 3339 stays as it was written."""
    moment = text("{{DATE(2026-11-25T12:00:00Z, SHORT)}} {{TIME(2026-11-25T12:00:00Z)}} {{DATE(tomorrow)}}")
    english = await (await draw(moment)).locator(".ac-text").inner_text()
    french = await (await draw(moment, locale="fr-FR")).locator(".ac-text").inner_text()
    assert english.startswith("Wed, Nov 25, 2026")
    assert french.startswith("mer. 25 nov. 2026")
    assert french.endswith("{{DATE(tomorrow)}}")


async def test_what_is_not_known_falls_back(draw: Draw) -> None:
    """An unknown element shows its fallback, or nothing; a card of a newer version shows its text."""
    page = await draw(
        {"type": "Hologram", "fallback": text("instead")},
        {"type": "Hologram"},
        text("gone", requires={"hologram": "1.0"}, fallback="drop"),
    )
    assert await page.locator(".ac-card").inner_text() == "instead"
    page = await draw(text("new"), version="1.9", fallbackText="Too new")
    assert await page.locator(".ac-card").inner_text() == "Too new"


async def test_six_buttons_stand_in_a_row_and_the_rest_in_a_menu(draw: Draw) -> None:
    """The seventh is behind three dots, and is pressed from there by the keyboard."""
    actions = [{"type": "Action.Execute", "title": f"Do {number}", "verb": "tv"} for number in range(1, 9)]
    page = await draw({"type": "ActionSet", "actions": actions})
    assert await page.get_by_role("button", name="Do").count() == 6
    await page.get_by_label("More actions").focus()
    await page.keyboard.press("Enter")
    await page.get_by_role("button", name="Do 7").press("Enter")
    assert await page.evaluate("window.pressed") == [["Do 7", {}]]


async def test_inputs_are_labelled_checked_and_sent_along(draw: Draw) -> None:
    """A missing one is complained of beside it; a card that is unfolded sends those of the card around it, too."""
    page = await draw(
        {
            "type": "Input.Text",
            "id": "note",
            "label": "Note",
            "isMultiline": True,
            "isRequired": True,
            "errorMessage": "Say why.",
        },
        {
            "type": "Input.ChoiceSet",
            "id": "kind",
            "label": "Kind",
            "style": "expanded",
            "value": "a",
            "choices": [{"title": "First", "value": "a"}, {"title": "Second", "value": "b"}],
        },
        actions=[
            {
                "type": "Action.ShowCard",
                "title": "More",
                "card": {
                    "type": "AdaptiveCard",
                    "body": [{"type": "Input.Toggle", "id": "loud", "title": "Loudly", "value": "true"}],
                    "actions": [{"type": "Action.Submit", "title": "Go", "data": {}}],
                },
            }
        ],
    )
    await page.get_by_role("button", name="More").click()
    await page.get_by_role("button", name="Go").click()
    await page.get_by_role("alert").get_by_text("Say why.").wait_for()
    await page.get_by_label("Note").fill("because")
    await page.get_by_role("radio", name="Second").check()
    await page.get_by_role("button", name="Go").click()
    assert await page.evaluate("window.pressed") == [["Go", {"note": "because", "kind": "b", "loud": "true"}]]
