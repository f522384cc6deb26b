"""Texts use the terms of the glossary, the same one each time, in every language."""

import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from support.examples import EXAMPLES

ROOT = Path(__file__).parents[2]
_NOT_TEXT = re.compile(r"\{\w+\}|Enterprise Integrations")
"""Placeholders, and a product's name, which stays English."""


def _glossary() -> dict[str, tuple[str, ...]]:
    page = (ROOT / "docs/glossary.md").read_text(encoding="utf-8")
    table = page.split("<!-- glossary -->\n")[1].split("\n<!-- /glossary -->")[0]
    rows = [[cell.strip() for cell in row.strip("|").split("|")] for row in table.splitlines()[2:]]
    return {term: tuple(french.split(", ")) for term, french, _meaning in rows}


def _texts() -> list[tuple[str, str]]:
    with (ROOT / "bot/locales/fr.po").open("rb") as catalogue:
        messages = [message for message in read_po(catalogue) if message.id and message.id not in EXAMPLES]
    return [(_all_forms(message.id), _all_forms(message.string or "")) for message in messages]


def _all_forms(text: str | tuple[str, ...] | list[str]) -> str:
    joined = text if isinstance(text, str) else "\n".join(text)
    return _NOT_TEXT.sub("", joined)


def _pattern(term: str) -> re.Pattern[str]:
    """Return what finds a term, also in the plural."""
    return re.compile(
        r"\b" + " ".join(rf"{re.escape(word)}s?" for word in term.split(" ")) + r"\b", re.IGNORECASE
    )


GLOSSARY = _glossary()


@pytest.mark.parametrize("term", GLOSSARY)
def test_french_text_has_the_term_of_the_glossary(term: str) -> None:
    in_english = _pattern(term)
    in_french = re.compile("|".join(_pattern(word).pattern for word in GLOSSARY[term]), re.IGNORECASE)
    texts = [(english, french) for english, french in _texts() if in_english.search(english)]
    assert texts, "no text has this term: remove it from the glossary, or correct it"
    assert [pair for pair in texts if not in_french.search(pair[1])] == []
