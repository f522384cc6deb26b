"""A message that somebody calls an action on, as Teams quotes it: HTML, whose words and links alone count."""

from collections.abc import Mapping
from html.parser import HTMLParser
from typing import Any

_BLOCKS = frozenset({"p", "div", "br", "li", "tr", "td", "th", "blockquote", "pre", "attachment"})
"""Where one ends or begins, so does a word."""


def text_of(message: Any) -> str:
    """Return a ``messagePayload``'s words, each link's address behind its label; empty where it has none."""
    body = message.get("body") if isinstance(message, Mapping) else None
    if not isinstance(body, Mapping):
        return ""
    content = str(body.get("content") or "")
    return _without_markup(content) if str(body.get("contentType")).lower() == "html" else content


def _without_markup(content: str) -> str:
    reader = _Words()
    reader.feed(content)
    reader.close()
    return " ".join("".join(reader.words).split())


class _Words(HTMLParser):
    """Collects what is read: entities are letters, colours and sizes are nothing."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self._targets: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self._targets.append(dict(attrs).get("href") or "")
        elif tag in _BLOCKS:
            self.words.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag == "a" and self._targets:
            self.words.append(f" {self._targets.pop()} ")
        elif tag in _BLOCKS:
            self.words.append(" ")

    def handle_data(self, data: str) -> None:
        self.words.append(data)
