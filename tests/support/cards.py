"""Reads what people see in an Adaptive Card: texts, buttons, addresses, wherever in it they stand."""

from collections.abc import Iterator
from typing import Any

from support.reading import walk


def marked(card: Any) -> Iterator[str]:
    """Every text in which Teams reads markup."""
    for one in walk(card):
        if one.get("type") == "TextBlock":
            yield one["text"]
        if one.get("type") == "FactSet":
            for fact in one["facts"]:
                yield from (fact["title"], fact["value"])


def pressable(card: Any) -> list[dict[str, Any]]:
    """Every button in a row, those of a question that opens included; no stand-in for older clients."""
    rows = [
        row
        for one in walk(card)
        if one.get("type") in {"ActionSet", "AdaptiveCard"}
        for row in [one.get("actions")]
    ]
    return [button for row in rows for button in row or []]


def titles(card: Any) -> list[str]:
    """The label of every button."""
    return [str(one["title"]) for one in pressable(card)]


def addresses(card: Any) -> list[str]:
    """The address of every button that opens one."""
    return [str(one["url"]) for one in pressable(card) if one["type"] == "Action.OpenUrl"]


def written(card: Any) -> list[str]:
    """The written command of every button that sends one."""
    return [
        str(one["data"]["tv"])
        for one in pressable(card)
        if one["type"] in {"Action.Execute", "Action.Submit"} and "tv" in one["data"]
    ]


def is_fact_list(one: Any) -> bool:
    """Whether an element lists names and values: paragraphs alone, each beginning with a name in bold."""
    items = one.get("items", []) if one.get("type") == "Container" else []
    return bool(items) and all(
        item.get("type") == "TextBlock" and str(item.get("text")).startswith("**") for item in items
    )
