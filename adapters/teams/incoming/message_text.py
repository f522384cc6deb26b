"""The text of a message without Teams' markup: mentions become tokens, the HTML of a quoted message becomes words."""

import html
from collections.abc import Mapping, Sequence
from html.parser import HTMLParser
from typing import Any

from bot.model.mention import mention_token, remove_mention_delimiters
from bot.model.sanitize import sanitize

_BLOCK_TAGS = frozenset({"p", "div", "br", "li", "tr", "td", "th", "blockquote", "pre", "attachment"})
"""A word ends where one of these begins or ends."""


def read_message(text: str, entities: Sequence[Mapping[str, Any]], bot_id: str) -> tuple[str, dict[str, str]]:
    """Return a message's text, and the people mentioned in it: id to name.

    Each mention of the bot is removed. Only what the activity lists as a mention is one: the bot's name elsewhere in
    a sentence stays.
    """
    # Decoded first: an entity such as &#xE000; must not become the delimiter of a forged token.
    text = _decode(text)
    mentioned: dict[str, str] = {}
    for entity in entities:
        account = entity.get("mentioned")
        who = _string(account.get("id")) if isinstance(account, dict) else ""
        written = _decode(_string(entity.get("text")))
        if entity.get("type") != "mention" or not written or not who:
            continue
        if who == bot_id:
            text = text.replace(written, " ", 1)
        else:
            mentioned[who] = _decode(_string(account.get("name"))) if isinstance(account, dict) else ""
            text = text.replace(written, mention_token(who, mentioned[who]), 1)
    return " ".join(sanitize(text).replace("\xa0", " ").split()), mentioned


def read_quoted_message(payload: Any) -> str:
    """Return the text of the message that somebody called an action on (``messagePayload``).

    The address of a link follows its label. The result is empty where there is no text.
    """
    body = payload.get("body") if isinstance(payload, Mapping) else None
    if not isinstance(body, Mapping):
        return ""
    content = str(body.get("content") or "")
    return _remove_markup(content) if str(body.get("contentType")).lower() == "html" else content


def _decode(text: str) -> str:
    return remove_mention_delimiters(html.unescape(text))


def _remove_markup(content: str) -> str:
    collector = _TextCollector()
    collector.feed(content)
    collector.close()
    return " ".join("".join(collector.parts).split())


def _string(value: Any) -> str:
    return value if isinstance(value, str) else ""


class _TextCollector(HTMLParser):
    """Collects the text and the link addresses of HTML, and nothing of its attributes otherwise."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._link_targets: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self._link_targets.append(dict(attrs).get("href") or "")
        elif tag in _BLOCK_TAGS:
            self.parts.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag == "a" and self._link_targets:
            self.parts.append(f" {self._link_targets.pop()} ")
        elif tag in _BLOCK_TAGS:
            self.parts.append(" ")

    def handle_data(self, data: str) -> None:
        self.parts.append(data)
