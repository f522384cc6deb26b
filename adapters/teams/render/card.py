"""The elements of Adaptive Cards that the bot uses, and the card around them."""

import json
import re
from collections.abc import Sequence
from itertools import chain
from typing import Any

import msgspec

from adapters.teams.render.markdown import cut, one_line
from bot.i18n import Language, Text, _
from bot.model.mention import Mention
from bot.values import value_class

Element = dict[str, Any]

VERSION = "1.5"
MAX_CARD_BYTES = 25_000
"""Size of a card's JSON. The smallest limit in Teams is 28 KB."""
MAX_BODY_BYTES = 23_000
"""Size of a card's body. The rest is for the frame around it."""
_MARKUP = re.compile(r"[<>&*_`~\[\]\\]")
MAX_SUMMARY = 300
"""Characters of the text that stands in for a card, in a notification for example."""


@value_class
class Rendered:
    """A message: ``text`` for notifications and screen readers, without markup, and ``card`` for the eye if needed.

    ``is_private``: it contains something that only its reader may see.
    """

    text: str
    card: Element | None = None
    is_private: bool = False


@value_class
class CardContent:
    """A view as card elements. Without elements it is a plain message with the text.

    ``mention``: whom Teams notifies. The body must contain their name as ``at_name`` writes it.
    """

    text: str
    body: Sequence[Element]
    is_private: bool = False
    is_wide: bool = False
    refresh: Element | None = None
    mention: Mention | None = None


def card(content: CardContent, language: str) -> Element:
    """Make a card of elements. A client that cannot show it shows the text."""
    framed: Element = {
        "type": "AdaptiveCard",
        "version": VERSION,
        "lang": language,
        "fallbackText": cut(content.text, MAX_SUMMARY),
        "body": list(content.body),
    }
    if content.refresh is not None:
        framed["refresh"] = content.refresh
    teams_only: Element = {"width": "full"} if content.is_wide else {}
    if content.mention is not None:
        teams_only["entities"] = [_mention_entity(content.mention)]
    if teams_only:
        framed["msteams"] = teams_only
    return framed


def at_name(mention: Mention) -> str:
    """Return a mention as the words of a paragraph contain it. Characters that would be markup are left out."""
    return f"<at>{_MARKUP.sub('', one_line(mention.name)) or '…'}</at>"


def _mention_entity(mention: Mention) -> Element:
    """Return what makes Teams notify a person. Cards accept both ids of an account (Teams, format cards)."""
    words = at_name(mention)
    name = words.removeprefix("<at>").removesuffix("</at>")
    return {"type": "mention", "text": words, "mentioned": {"id": mention.user, "name": name}}


def text(words: str, **look: str | bool) -> Element:
    """Return a paragraph. Its words are Markdown, so values in them must be escaped."""
    return {"type": "TextBlock", "text": words, "wrap": True, **look}


def heading(words: str, **look: str | bool) -> Element:
    """Return a heading, which screen readers announce as one."""
    return text(words, **{"size": "Medium", "weight": "Bolder", "style": "heading", **look})


def clamped(words: str, max_lines: int, **look: str | bool) -> Element:
    """Return a paragraph that shows its first lines only, with an ellipsis: a long one must not fill a phone's screen."""
    return {**text(words, **look), "maxLines": max_lines}


def aside(words: str, **look: str | bool) -> Element:
    """Return a paragraph of less important text."""
    return text(words, **{"isSubtle": True, "size": "Small", "spacing": "Small", **look})


def lines(words: Sequence[str], **look: str | bool) -> list[Element]:
    """Return paragraphs with little space between them."""
    return [
        text(line, **{"spacing": "Small" if place else "Default", **look}) for place, line in enumerate(words)
    ]


def facts(pairs: Sequence[tuple[Text, str]], say: Language) -> list[Element]:
    """Return names and values, one pair a line. The values are Markdown. Empty if there are none.

    A ``FactSet`` would not do: its columns do not wrap a long value, so the renderer lets it stand out and cuts it off.
    """
    if not pairs:
        return []
    labels = [say.say(_("{name}:", name=name)) for name, _value in pairs]
    named = [f"**{label}** {value}" for label, (_name, value) in zip(labels, pairs, strict=True)]
    return [group(lines(named, spacing="None"), spacing="Small")]


def group(items: Sequence[Element], **look: str | bool) -> Element:
    """Return a container of elements."""
    return {"type": "Container", "items": list(items), **look}


def beside(items: Sequence[Element], button: Element) -> Element:
    """Return elements with a button at their side."""
    return {
        "type": "ColumnSet",
        "columns": [
            {"type": "Column", "width": "stretch", "items": list(items)},
            {"type": "Column", "width": "auto", "verticalContentAlignment": "Center", "items": [button]},
        ],
    }


def json_bytes(value: object) -> int:
    """Return the size of a value as JSON, in bytes."""
    return len(json.dumps(value, ensure_ascii=False).encode())


def fits(value: object, max_bytes: int) -> bool:
    """Whether a value as JSON has no more bytes than that."""
    compact = msgspec.json.encode(value)
    # JSON as it is sent has a space after each comma and colon. This is quicker than to write it, and enough for most cards.
    if len(compact) + compact.count(b",") + compact.count(b":") <= max_bytes:
        return True
    return json_bytes(value) <= max_bytes


def fitted(
    head: Sequence[Element],
    entries: Sequence[Sequence[Element]],
    tail: Sequence[Element],
    max_bytes: int = MAX_BODY_BYTES,
) -> list[Element]:
    """Put as many entries as fit between a head and a tail, and say how many are left out."""
    everything = [*head, *chain.from_iterable(entries), *tail]
    more = text("… +999")
    if fits([*everything, more], max_bytes):
        return everything
    left = max_bytes - json_bytes([*head, more, *tail])
    shown: list[Element] = []
    for place, entry in enumerate(entries):
        left -= json_bytes(entry)
        if left < 0:
            shown.append(text(f"… +{len(entries) - place}"))
            break
        shown += entry
    return [*head, *shown, *tail]
