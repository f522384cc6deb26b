"""Microsoft's own renderer shows every card whole: on a phone and in a wide window, in light and in dark.

Long names, long subjects and French labels are cut off nowhere, but where a card clamps them on purpose.
"""

import itertools
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest
from playwright.async_api import Browser
from support.demo_page import chromium, in_a_browser
from support.every_teams_card import every_card
from support.hostile_views import ORDINARY, HostileViews
from support.teams_renderer import CardFault, TeamsRenderer

from adapters.teams.render import render_home
from bot.i18n import LANGUAGES
from bot.model.card import Audience
from bot.model.notice import NoticeState
from bot.views.parts import Reader

pytestmark = in_a_browser

PHONE, WIDE = 360, 800
MOST_AT_ONCE = 50
"""Cards on a page. A page with hundreds of them takes the browser long."""
Cards = Sequence[tuple[str, dict[str, Any]]]


@pytest.fixture(scope="module")
async def browser() -> AsyncIterator[Browser]:
    """One browser for all of them."""
    async with chromium() as browser:
        yield browser


@pytest.fixture
async def renderer(browser: Browser) -> TeamsRenderer:
    """The renderer in a page of its own."""
    return await TeamsRenderer.open(browser)


async def _find_faults(renderer: TeamsRenderer, cards: Cards, width: int, *, dark: bool) -> list[CardFault]:
    await renderer.draw(cards, width, dark=dark)
    return await renderer.find_faults()


def _is_one_of_its_kind(name: str) -> bool:
    """Whether a card is the one of its kind and state to look at: more notices make it longer, and not wider."""
    return not name.startswith("card ") or name.endswith(f"{Audience.CREATOR} {NoticeState.FAILED}")


def _is_shown_to_somebody(name: str) -> bool:
    """Whether a card is one of those to look at, to every audience: with notices that failed, or with none."""
    return not name.startswith("card ") or name.endswith((f" {NoticeState.FAILED}", " None"))


async def test_cards_are_shown_whole_on_a_phone(renderer: TeamsRenderer) -> None:
    """In French, whose labels are longer."""
    cards = list(every_card(HostileViews("names"), "fr", (2,), is_wanted=_is_one_of_its_kind))
    assert await _find_faults(renderer, cards, PHONE, dark=False) == []


@pytest.mark.parametrize("language", LANGUAGES)
async def test_overview_is_shown_whole_on_a_phone_and_in_a_wide_window(
    renderer: TeamsRenderer, language: str
) -> None:
    cards = [(name, render_home(page, Reader(language))) for name, page in HostileViews("words").homes(2)]
    assert await _find_faults(renderer, cards, PHONE, dark=False) == []
    assert await _find_faults(renderer, cards, WIDE, dark=True) == []


@pytest.mark.long
@pytest.mark.parametrize(
    ("flavour", "language"),
    [*itertools.product(ORDINARY, LANGUAGES), *((one, "fr") for one in ("markup", "emoji", "cjk", "rtl"))],
)
async def test_every_card_is_shown_whole(renderer: TeamsRenderer, flavour: str, language: str) -> None:
    """On a phone in light colours, and in a wide window in dark ones."""
    cards = list(every_card(HostileViews(flavour), language, (2,), is_wanted=_is_shown_to_somebody))
    for start in range(0, len(cards), MOST_AT_ONCE):
        part = cards[start : start + MOST_AT_ONCE]
        assert await _find_faults(renderer, part, PHONE, dark=False) == []
        assert await _find_faults(renderer, part, WIDE, dark=True) == []


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (
            [
                {
                    "type": "ActionSet",
                    "actions": [
                        {"type": "Action.Submit", "title": f"Do something {one}"} for one in range(5)
                    ],
                }
            ],
            "cut off at the side",
        ),
        (
            [{"type": "FactSet", "facts": [{"title": "Link", "value": "https://x.test/" + "a" * 90}]}],
            "stands out",
        ),
        ([{"type": "TextBlock", "text": "word " * 40, "wrap": False}], "cut off at the side"),
        (
            [{"type": "Input.Text", "id": "link", "value": "https://x.test/" + "a" * 90}],
            "cut off at the side",
        ),
        (
            [
                {
                    "type": "ColumnSet",
                    "columns": [
                        {
                            "type": "Column",
                            "width": "stretch",
                            "items": [{"type": "TextBlock", "text": "one of many words " * 5, "wrap": True}],
                        },
                        {
                            "type": "Column",
                            "width": "220px",
                            "items": [{"type": "TextBlock", "text": "wide", "wrap": True}],
                        },
                    ],
                }
            ],
            "squeezed",
        ),
        ([{"type": "TextBlock", "text": "See " + "s123-456-" * 8, "wrap": True}], "broken in the middle"),
    ],
)
async def test_what_is_cut_off_is_found(
    renderer: TeamsRenderer, body: list[dict[str, Any]], why: str
) -> None:
    """Each fault that this file is about is seen in a card that has it."""
    card = {"type": "AdaptiveCard", "version": "1.5", "body": body}
    faults = await _find_faults(renderer, [("bad", card)], PHONE, dark=False)
    assert why in {fault.why for fault in faults}
