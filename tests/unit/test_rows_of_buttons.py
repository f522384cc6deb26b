"""How the buttons of a card in Teams are arranged in rows that a phone shows whole."""

from collections.abc import Sequence
from typing import Any

import pytest
from support.every_teams_card import every_card
from support.hostile_views import HostileViews
from support.reading import walk

from adapters.teams.render.actions import actions
from bot.commands import Status
from bot.i18n import LANGUAGES, Language, _
from bot.views.parts import Button, Style


def titles(rows: Sequence[dict[str, Any]]) -> list[list[str]]:
    """Return the titles of the buttons, row by row."""
    return [[one["title"] for one in row["actions"]] for row in rows]


def arrange(*labels: str, language: str = "en") -> list[list[str]]:
    """Return the rows of buttons with these labels."""
    return titles(actions([Button(_(one), Status()) for one in labels], Language(language)))


def test_last_button_gets_a_neighbour_from_the_row_above() -> None:
    rows = arrange("Enter", "Resend link", "Get link", "End")
    assert rows == [["Enter", "Resend link"], ["Get link", "End"]]
    rows = arrange("Enter", "Enter in the browser", "Resend link", "Get link", "End")
    assert rows == [["Enter", "Enter in the browser"], ["Resend link"], ["Get link", "End"]]


def test_buttons_that_fit_stay_in_one_row() -> None:
    assert arrange("Resend link", "End") == [["Resend link", "End"]]
    assert arrange("End") == [["End"]]
    assert arrange() == []


def test_last_button_stands_alone_where_no_neighbour_fits() -> None:
    long = "A label that fills a whole row"
    assert arrange("Enter", long, "End") == [["Enter"], [long], ["End"]]


@pytest.mark.parametrize("language", LANGUAGES)
def test_end_stands_alone_on_no_card_with_other_buttons(language: str) -> None:
    """In both languages, in every state of a session: where *End* is the last of several buttons."""
    end = Language(language).say(_("End"))
    seen = 0
    cards = every_card(HostileViews("words"), language, (2,), is_wanted=lambda name: name.endswith("None"))
    for name, card in cards:
        for node in walk(card):
            items = node.get("items") or node.get("body") or []
            rows = titles([one for one in items if one.get("type") == "ActionSet"])
            seen += sum(end in row for row in rows)
            assert [end] not in rows[1:], name
    assert seen


def test_style_of_a_button_does_not_move_it() -> None:
    buttons = [Button(_("Enter"), Status(), Style.PRIMARY), Button(_("End"), Status(), Style.DANGER)]
    assert titles(actions(buttons, Language("en"))) == [["Enter", "End"]]
