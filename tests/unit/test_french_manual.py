"""The French pages of the manual have the same parts as the English ones, and commands and labels as the product has them."""

import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from bot.command_syntax import find_row, parse_command
from bot.commands import Command, Help
from bot.errors import Misunderstood
from bot.model.mention import mention_token
from bot.policy_syntax import parse_rule
from bot.typed_text import without_accents
from bot.typed_times import read_time

ROOT = Path(__file__).parents[2]
PAIRS = (
    ("docs/using.md", "docs/fr/utiliser.md"),
    ("docs/administering.md", "docs/fr/administrer.md"),
)
"""Each English page, and the French one."""
every_pair = pytest.mark.parametrize(("english", "french"), PAIRS, ids=[french for _english, french in PAIRS])

_MENTION = mention_token("U1")
_PLACEHOLDERS = {
    "N…": "101 102",
    "N": "101",
    "CODE": "s12-345-678",
    "TIME": "14:30",
    "HEURE": "14:30",
    "TEXT": "text",
    "TEXTE": "text",
    "RULE": "no pilot",
    "RÈGLE": "no pilot",
    "@colleague": _MENTION,
    "@collegue": _MENTION,
    "@Ines": _MENTION,
    "@user": _MENTION,
}
"""What stands in a page for a value. A chat replaces what follows @ by the account of the person."""
_COMMAND = re.compile(r"`(?:/tv|@tvbot) ([^`]+)`")
_EMPHASIZED = re.compile(r"(\*{1,2})(?! )([^*]+)\1")
_PARTS = {
    "table rows": re.compile(r"\|"),
    "list items": re.compile(r"- |\d+\. "),
    "code blocks": re.compile(r"```\S"),
    "pictures": re.compile(r"!\[|\[!\["),
}
_TIMES = "| vous pouvez taper | ce que cela signifie |"


@dataclass(frozen=True)
class Section:
    """What a section of a page consists of: the level of its heading, and how many it has of each part."""

    level: int
    parts: dict[str, int]


def _read(page: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


def _sections(page: str) -> list[Section]:
    found = re.split(r"^(#+) .*$", _read(page), flags=re.MULTILINE)[1:]
    return [
        Section(len(marks), {name: _count(part, text) for name, part in _PARTS.items()})
        for marks, text in zip(found[::2], found[1::2], strict=True)
    ]


def _count(part: re.Pattern[str], text: str) -> int:
    return sum(bool(part.match(line)) for line in text.splitlines())


def _commands(text: str) -> list[str]:
    """Return the commands that a text types, each with values in place of its placeholders."""
    return [
        " ".join(_PLACEHOLDERS.get(word, word) for word in typed.split()) for typed in _COMMAND.findall(text)
    ]


def _commands_of_tables(page: str) -> list[list[Command]]:
    """Return what the first cell of each table row types."""
    cells = re.findall(r"^\| (.+?) \|", _read(page), flags=re.MULTILINE)
    return [
        [_without_language(parse_command(typed)) for typed in _commands(cell) if _is_understood(typed)]
        for cell in cells
    ]


def _without_language(command: Command) -> Command:
    """Return a command as it is when typed in English: help keeps the word that was typed."""
    if isinstance(command, Help) and command.word and (row := find_row(command.word)):
        return Help(row.name)
    return command


def _emphasized(page: str) -> set[str]:
    return {
        " ".join(text.split()) for _marks, text in _EMPHASIZED.findall(_read(page).replace("\u00a0", " "))
    }


def _translations() -> dict[str, str]:
    with (ROOT / "bot/locales/fr.po").open("rb") as catalogue:
        return {
            message.id: message.string.replace("\u00a0", " ")
            for message in read_po(catalogue)
            if isinstance(message.id, str) and message.id and isinstance(message.string, str)
        }


def _is_understood(typed: str) -> bool:
    try:
        parse_command(typed)
    except Misunderstood:
        return False
    return True


@every_pair
def test_french_page_has_the_same_sections_and_parts(english: str, french: str) -> None:
    """A section, a row or a list item that one page has alone is found."""
    assert _sections(french) == _sections(english), f"{english} and {french} differ"


@every_pair
def test_commands_in_tables_mean_the_same_in_both_pages(english: str, french: str) -> None:
    assert _commands_of_tables(french) == _commands_of_tables(english)


@every_pair
def test_bot_understands_every_command_of_the_french_page(english: str, french: str) -> None:
    del english
    commands = _commands(_read(french))
    assert commands
    for typed in commands:
        # A sentence may name a command without what follows it: “`/tv entrer` is refused”.
        assert any(map(_is_understood, (typed, f"{typed} 101", f"{typed} no pilot"))), typed


@every_pair
def test_french_page_types_commands_by_their_french_words(english: str, french: str) -> None:
    del english
    names = {typed.split()[0] for typed in _commands(_read(french))} - {"admin"}
    rows = {name: row for name in names if (row := find_row(name))}
    assert names == set(rows)
    assert [name for name, row in rows.items() if without_accents(name) not in row.also] == []


@every_pair
def test_labels_in_the_french_page_are_those_of_the_product(english: str, french: str) -> None:
    """What the English page emphasizes, and is a text of the product, has its translation in the French page."""
    translations = _translations()
    labels = {translations[label] for label in _emphasized(english) if label in translations}
    assert labels
    assert labels - _emphasized(french) == set()


@every_pair
def test_french_page_names_every_setting_of_the_english_page(english: str, french: str) -> None:
    settings = re.compile(r"TVBOT_[A-Z_]+")
    assert set(settings.findall(_read(english))) == set(settings.findall(_read(french)))


def test_rules_in_the_french_page_are_understood() -> None:
    typed = re.findall(r"`((?:no|at most|mail|aucune) [^`]+)`", _read("docs/fr/administrer.md"))
    assert len(typed) > 10
    for rule in typed:
        parse_rule(" ".join(rule.split()))


def test_times_in_the_french_page_are_understood() -> None:
    table = _read("docs/fr/utiliser.md").split(_TIMES)[1].split("\n\n")[0]
    times = [time for row in table.splitlines()[2:] for time in re.findall(r"`([^`]+)`", row.split("|")[1])]
    assert times
    for time in times:
        read_time(time)


@pytest.mark.parametrize("page", [french for _english, french in PAIRS])
def test_punctuation_in_french_pages_has_a_space_that_does_not_break(page: str) -> None:
    text = re.sub(r"`[^`]*`|https?://\S+|^\|?[-|]+$|\]\([^)]*\)", "", _read(page), flags=re.MULTILINE)
    assert re.findall(r".{0,20}(?:[^\u00a0][:;?!»](?!\S)|«[^\u00a0]).{0,20}", text) == []
