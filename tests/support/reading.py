"""Reads what people see in Slack: texts, buttons, addresses, wherever in a message they stand."""

from collections.abc import Iterator
from typing import Any


def walk(value: Any) -> Iterator[dict[str, Any]]:
    """Every object inside a JSON value."""
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from walk(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from walk(inner)
    elif hasattr(value, "__dict__") or hasattr(type(value), "__slots__"):
        blocks = getattr(value, "blocks", None)
        if blocks is not None:
            yield from walk(blocks)


def buttons(value: Any) -> list[dict[str, Any]]:
    """Every button."""
    return [one for one in walk(value) if one.get("type") == "button"]


def urls_in(value: Any) -> list[str]:
    """The address of every button that opens one."""
    return [str(one["url"]) for one in buttons(value) if one.get("url")]


def labels(value: Any) -> list[str]:
    """The label of every button."""
    return [str(one["text"]["text"]) for one in buttons(value)]
