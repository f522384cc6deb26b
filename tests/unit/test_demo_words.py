"""The texts of the demo page itself: each has its French, in `words.js`."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

from sandbox.demo import create_scenario
from sandbox.environment import Environment

_STATIC = Path(__file__).parents[2] / "sandbox" / "demo" / "static"
_SANDBOX = _STATIC.parents[1]
_ATTRIBUTES = {"aria-label", "placeholder", "title"}
_SAME_EVERYWHERE = {"Microsoft Teams", "tv", "✕", "➤", "+"}
_SAID = re.compile(r"\bsay\(((?:[^()\"]*\"[^\"]*\")+)")
_FRENCH = re.compile(r'^  "((?:[^"\\]|\\.)+)": (["`])(.+)\2,$', re.MULTILINE)
_ERROR = re.compile(r'(?:LookupError|ValueError)\("([A-Z][^"]+\.)"\)')
_VALUE = re.compile(r"(?<!\$)\{(\w+)\}")


class _Texts(HTMLParser):
    """Collects what a page says: its texts, and the attributes that are read out."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del tag
        self.texts |= {value for name, value in attrs if name in _ATTRIBUTES and value}

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.texts.add(re.sub(r"^[⌂⚡✉] ", "", data.strip()))


def _french() -> dict[str, str]:
    return {
        english: french
        for english, _quote, french in _FRENCH.findall((_STATIC / "words.js").read_text("utf-8"))
    }


def _texts_of_scripts() -> Iterator[str]:
    for script in _STATIC.glob("*.js"):
        for said in _SAID.findall(script.read_text("utf-8")):
            yield from re.findall(r'"([^"]*)"', said)


async def _texts() -> set[str]:
    page = _Texts()
    page.feed((_STATIC / "index.html").read_text("utf-8"))
    scenario = create_scenario(Environment())
    errors = {
        error
        for folder in ("demo", "slack", "teams")
        for file in (_SANDBOX / folder).glob("*.py")
        for error in _ERROR.findall(file.read_text("utf-8"))
    }
    roles = {role for _person, role in scenario.people}
    abouts = {about for _channel, about in scenario.channels}
    return (page.texts | set(_texts_of_scripts()) | errors | roles | abouts) - _SAME_EVERYWHERE


async def test_every_text_of_the_demo_page_has_its_french() -> None:
    assert await _texts() - _french().keys() == set()


def test_no_french_text_of_the_demo_page_is_left_over() -> None:
    files = [file for pattern in ("*.js", "*.html", "*.py") for file in _SANDBOX.rglob(pattern)]
    written = "".join(file.read_text("utf-8") for file in files if file.name != "words.js")
    assert [english for english in _french() if english not in written] == []


def test_french_texts_of_the_demo_page_keep_the_values() -> None:
    texts = _french()
    assert texts
    assert [
        english
        for english, french in texts.items()
        if set(_VALUE.findall(english)) != set(_VALUE.findall(french))
    ] == []


def test_french_texts_of_the_demo_page_have_no_plain_space_before_a_double_sign() -> None:
    assert [french for french in _french().values() if re.search(r" [:;?!»]", french)] == []
