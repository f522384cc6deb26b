"""The French pages of the manual have what the English ones have, and quote the product as it is in French."""

import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from bot.policy_syntax import parse_rule

ROOT = Path(__file__).parents[2]
PAGES = {"administering.md": "administrer.md"}
every_pair = pytest.mark.parametrize(("english", "french"), PAGES.items())
every_french_page = pytest.mark.parametrize("french", PAGES.values())


def _english(name: str) -> str:
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


def _french(name: str) -> str:
    return (ROOT / "docs/fr" / name).read_text(encoding="utf-8")


def _heading_levels(page: str) -> list[int]:
    return [len(marks) for marks in re.findall(r"^(#+) ", page, re.MULTILINE)]


def _table_lengths(page: str) -> list[int]:
    return [table.count("\n") for table in re.findall(r"(?:^\|.*\n)+", page, re.MULTILINE)]


def _typed(page: str) -> set[str]:
    """Return what the page shows as words to type or as settings."""
    return {" ".join(found.split()) for found in re.findall(r"`([^`]+)`", page)}


@every_pair
def test_french_page_has_the_headings_and_table_rows_of_the_english_page(english: str, french: str) -> None:
    assert _heading_levels(_french(french)) == _heading_levels(_english(english))
    assert _table_lengths(_french(french)) == _table_lengths(_english(english))


@every_pair
def test_french_page_names_every_command_and_setting_of_the_english_page(english: str, french: str) -> None:
    assert _typed(_english(english).replace("RULE", "RÈGLE")) - _typed(_french(french)) == set()


@every_french_page
def test_button_names_in_french_page_are_those_of_the_catalogue(french: str) -> None:
    with (ROOT / "bot/locales/fr.po").open("rb") as catalogue:
        texts = {message.string for message in read_po(catalogue) if message.id}
    quoted = re.findall(r"(?<!\*)\*([^*\[\n]+)\*(?!\*)", _french(french))
    assert quoted
    assert [name for name in quoted if name not in texts] == []


@every_french_page
def test_french_page_has_no_break_spaces(french: str) -> None:
    prose = re.sub(r"`[^`]+`", "", _french(french))
    assert re.findall(r".{0,20}[^\u00a0\s][;?!»](?!\[)|.{0,20}[ \n][:;?!»]|«[^\u00a0].{0,20}", prose) == []


def test_rules_in_french_manual_can_be_typed() -> None:
    rules = [
        words
        for words in _typed(_french("administrer.md"))
        if words.startswith(("no ", "at most ", "mail ", "aucune "))
    ]
    assert len(rules) > 10
    for rule in rules:
        parse_rule(rule)
