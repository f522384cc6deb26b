"""The few elements of Adaptive Cards in use, and a card made of them that stays small enough for Teams."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypedDict

from adapters.teams.render.markdown import cut

Element = dict[str, Any]

VERSION = "1.5"
LARGEST = 25_000
"""Bytes of a card's JSON. Teams takes 28 KB where it takes least."""
ROOM = 23_000
"""Bytes for a card's body; what is left is for the frame around it."""
LONGEST_SUMMARY = 300


class Rendered(TypedDict):
    """A message: ``text`` for notifications and screen readers, without markup; ``card`` for the eye, where it needs one.

    ``private`` is true where it carries something of the reader's alone.
    """

    text: str
    card: Element | None
    private: bool


@dataclass(frozen=True, slots=True)
class Shown:
    """A view as elements. Without any, its text says it all."""

    text: str
    body: Sequence[Element]
    private: bool = False
    wide: bool = False
    refresh: Element | None = None


def card(shown: Shown, language: str) -> Element:
    """Frame elements as a card. Its text stands in for it where a client cannot show it."""
    framed: Element = {
        "type": "AdaptiveCard",
        "version": VERSION,
        "lang": language,
        "fallbackText": cut(shown.text, LONGEST_SUMMARY),
        "body": list(shown.body),
    }
    if shown.refresh is not None:
        framed["refresh"] = shown.refresh
    if shown.wide:
        framed["msteams"] = {"width": "full"}
    return framed


def text(words: str, **look: str | bool) -> Element:
    """A paragraph; moments, links and bold in it are only those that were written as such."""
    return {"type": "TextBlock", "text": words, "wrap": True, **look}


def heading(words: str, **look: str | bool) -> Element:
    """A headline, which a screen reader calls one."""
    return text(words, **{"size": "Medium", "weight": "Bolder", "style": "heading", **look})


def aside(words: str, **look: str | bool) -> Element:
    """What is good to know, and less important."""
    return text(words, **{"isSubtle": True, "size": "Small", "spacing": "Small", **look})


def lines(words: Sequence[str], **look: str | bool) -> list[Element]:
    """Lines close together."""
    return [
        text(line, **{**look, "spacing": "Small" if place else "Default"}) for place, line in enumerate(words)
    ]


def facts(pairs: Sequence[tuple[str, str]]) -> list[Element]:
    """Names with their values, in two columns; nothing where there are none."""
    if not pairs:
        return []
    return [
        {
            "type": "FactSet",
            "spacing": "Small",
            "facts": [{"title": name, "value": value} for name, value in pairs],
        }
    ]


def group(items: Sequence[Element], **look: str | bool) -> Element:
    """Elements that belong together."""
    return {"type": "Container", "items": list(items), **look}


def beside(items: Sequence[Element], button: Element) -> Element:
    """Elements with a button at their side."""
    return {
        "type": "ColumnSet",
        "columns": [
            {"type": "Column", "width": "stretch", "items": list(items)},
            {"type": "Column", "width": "auto", "verticalContentAlignment": "Center", "items": [button]},
        ],
    }


def size(value: object) -> int:
    """How many bytes a JSON value takes."""
    return len(json.dumps(value, ensure_ascii=False).encode())


def fitted(
    head: Sequence[Element], entries: Sequence[Sequence[Element]], tail: Sequence[Element], room: int = ROOM
) -> list[Element]:
    """Put entries between a head and a tail. Where a card has no room for them all, it says how many are left."""
    left = room - size([*head, text("… +999"), *tail])
    shown: list[Element] = []
    for place, entry in enumerate(entries):
        left -= size(entry)
        if left < 0:
            shown.append(text(f"… +{len(entries) - place}"))
            break
        shown += entry
    return [*head, *shown, *tail]
