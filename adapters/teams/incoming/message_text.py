"""The text of a message without Teams' markup: mentions become tokens, the HTML of a quoted message becomes words."""

import html
import re
from collections.abc import Callable, Mapping, Sequence
from html.parser import HTMLParser
from typing import Any

from bot.command_syntax import find_row
from bot.model.mention import mention_token, remove_leading_mentions, remove_mention_delimiters
from bot.model.sanitize import sanitize
from bot.values import value_class

_BLOCK_TAGS = frozenset({"p", "div", "br", "li", "tr", "td", "th", "blockquote", "pre", "attachment"})
"""A word ends where one of these begins or ends."""
_MARK = re.compile(
    r"<at\b(?:[^>]*?\bid\s*=\s*[\"']?(?P<number>\d+))?[^>]*>(?P<name>.*?)</at\s*>", re.IGNORECASE | re.DOTALL
)
"""A mention in the text. Teams' clients write the tag in small or capital letters, and some put a number into it."""
_CARD = re.compile(
    r"<span\b[^>]*\bitemid\b[^>]*>\s*(?:</span\s*>)?|<attachment\b[^>]*>|</attachment\s*>", re.IGNORECASE
)
"""The place of a card that a message extension put into a message. The card itself is an attachment."""


@value_class
class MessageText:
    """What somebody wrote: its text, the people mentioned in it (id to name), and whether a posted card is all there is."""

    text: str
    mentioned: Mapping[str, str]
    is_posted_card: bool = False


@value_class
class _Mention:
    """A mention as the activity lists it. Without ``written`` the activity does not say where it stands."""

    user: str
    name: str
    written: str


def read_message(
    text: str, entities: Sequence[Mapping[str, Any]], bot_id: str, bot_name: str = ""
) -> MessageText:
    """Read a message's text, and the people mentioned in it.

    Each mention of the bot is removed, and the mentions before the command. Only what Teams marked or lists as a mention is
    one: the bot's name elsewhere in a sentence stays.
    """
    # Markup is read first. What a person typed arrives escaped, so that nobody can forge a mention with it.
    without_card = _CARD.sub(" ", text)
    listed = _listed_mentions(entities)
    marks = list(_MARK.finditer(without_card))
    found = _match_mentions(marks, listed)
    pieces, position = [], 0
    for place, mark in enumerate(marks):
        pieces.append(_decode(without_card[position : mark.start()]))
        inner = _decode(mark["name"])
        mention = found.get(place)
        if mention is not None:
            pieces.append(_written_out(mention, bot_id))
        elif inner.strip().casefold() != bot_name.casefold():
            pieces.append(f"@{inner}")
        position = mark.end()
    pieces.append(_decode(without_card[position:]))
    read = "".join(pieces)
    for mention in listed:
        if mention not in found.values() and mention.written:
            read = read.replace(_decode(mention.written), _written_out(mention, bot_id), 1)
    words = " ".join(sanitize(read).replace("\xa0", " ").split())
    people = {one.user: one.name for one in listed if one.user != bot_id}
    command = remove_leading_mentions(_remove_typed_name(remove_leading_mentions(words), bot_name))
    return MessageText(command, people, is_posted_card=not command and without_card != text)


def _listed_mentions(entities: Sequence[Mapping[str, Any]]) -> list[_Mention]:
    mentions = []
    for entity in entities:
        account = entity.get("mentioned")
        user = _string(account.get("id")) if isinstance(account, Mapping) else ""
        if entity.get("type") == "mention" and isinstance(account, Mapping) and user:
            mentions.append(
                _Mention(user, _decode(_string(account.get("name"))), _string(entity.get("text")))
            )
    return mentions


def _match_mentions(marks: Sequence[re.Match[str]], listed: Sequence[_Mention]) -> dict[int, _Mention]:
    """Find out which mark is which listed mention: by its text, else by its name, its number, its place among the others.

    Teams' clients leave the text out, write the tag in capitals, or put a number into it.
    """
    found: dict[int, _Mention] = {}
    left = list(listed)

    def take(mark: int, mention: _Mention) -> None:
        if mark not in found and any(mention is one for one in left):
            found[mark] = mention
            left[:] = [one for one in left if one is not mention]

    rules: list[Callable[[re.Match[str], _Mention], bool]] = [
        lambda mark, mention: _same(mark[0], mention.written),
        lambda mark, mention: _same(mark["name"], _name_in(mention.written)),
        lambda mark, mention: _same(mark["name"], mention.name),
        lambda mark, mention: _same(mark["number"] or "", str(_place_of(mention, listed))),
    ]
    for is_same in rules:
        for place, mark in enumerate(marks):
            for mention in [one for one in left if is_same(mark, one)][:1]:
                take(place, mention)
    unplaced = [one for one in left if not one.written]
    free = [place for place in range(len(marks)) if place not in found]
    return found | dict(zip(free, unplaced, strict=False))


def _place_of(mention: _Mention, listed: Sequence[_Mention]) -> int:
    return next(place for place, one in enumerate(listed) if one is mention)


def _same(one: str, other: str) -> bool:
    return bool(one) and _decode(one).strip().casefold() == _decode(other).strip().casefold()


def _name_in(written: str) -> str:
    mark = _MARK.fullmatch(written.strip())
    return mark["name"] if mark else ""


def _written_out(mention: _Mention, bot_id: str) -> str:
    return " " if mention.user == bot_id else mention_token(mention.user, mention.name)


def _remove_typed_name(text: str, bot_name: str) -> str:
    """Remove the bot's name in front of a command, as people type it by hand."""
    if not bot_name:
        return text
    # A bot may be called as a command is: then only @ makes it a name.
    at = "@" if find_row(bot_name) else "@?"
    typed = re.match(rf"{at}{re.escape(bot_name)}(?:[\s,:;]+|$)", text, re.IGNORECASE)
    return text[typed.end() :] if typed else text


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
