"""What a person can press in a card, and what they type into it, as Teams' client tells it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from sandbox.teams.model import Json

_LEFT_OUT = {"fallback", "refresh", "data", "authentication"}
_EMPTY_IS_TOLD = {"Input.Text", "Input.Date", "Input.Time"}
_DATES = {"Input.Date": re.compile(r"\d{4}-\d{2}-\d{2}\Z"), "Input.Time": re.compile(r"\d{2}:\d{2}\Z")}


class Button(NamedTuple):
    """An action, and the cards whose inputs it takes along: its own, and those that it was unfolded from."""

    action: Json
    cards: tuple[Json, ...]


def buttons(card: Json) -> list[Button]:
    """List everything that can be pressed in a card, unfolded cards included, in the order of the card."""
    revealed = {name for button in _actions(card, (card,), None) for name in _targets(button.action)}
    return list(_actions(card, (card,), revealed))


def titles(card: Json) -> list[str]:
    """List the titles of everything that can be pressed."""
    return [str(button.action.get("title", "")) for button in buttons(card)]


def _actions(node: Any, cards: tuple[Json, ...], revealed: set[str] | None) -> Iterator[Button]:
    """Walk through a card. What is hidden counts where something reveals it; None: everything counts."""
    if isinstance(node, list):
        for one in node:
            yield from _actions(one, cards, revealed)
    if not isinstance(node, dict):
        return
    if revealed is not None and node.get("isVisible") is False and node.get("id") not in revealed:
        return
    if str(node.get("type")).startswith("Action.") and node.get("isEnabled", True) is not False:
        yield Button(node, cards)
    for key, value in node.items():
        if key == "card" and node.get("type") == "Action.ShowCard":
            yield from _actions(value, (*cards, value), revealed)
        elif key not in _LEFT_OUT:
            yield from _actions(value, cards, revealed)


def _targets(action: Json) -> list[str]:
    named = action.get("targetElements", []) if action["type"] == "Action.ToggleVisibility" else []
    return [one if isinstance(one, str) else str(one.get("elementId")) for one in named]


def inputs(node: Any) -> Iterator[Json]:
    """Every input of a card; those of cards that it unfolds are not its own."""
    if isinstance(node, list):
        for one in node:
            yield from inputs(one)
    if not isinstance(node, dict) or node.get("type") == "Action.ShowCard":
        return
    if str(node.get("type")).startswith("Input."):
        yield node
    for key, value in node.items():
        if key not in _LEFT_OUT:
            yield from inputs(value)


def filled_in(cards: Sequence[Json], given: Mapping[str, Any], suggested: Sequence[Json]) -> dict[str, str]:
    """Return what inputs hold when somebody has filled in ``given``: strings, whatever the input is.

    Raises LookupError where there is no such input, ValueError where the client would not let it pass.
    """
    there = {str(one["id"]): one for card in cards for one in inputs(card)}
    if unknown := given.keys() - there.keys():
        raise LookupError(f"no input is named {sorted(unknown)}; there are {sorted(there)}")
    held: dict[str, str] = {}
    for name, element in there.items():
        value = _as_text(element, given.get(name, element.get("value")))
        _complain(element, value, suggested)
        if value or element["type"] in _EMPTY_IS_TOLD:
            held[name] = value
    return held


def _as_text(element: Json, value: Any) -> str:
    if element["type"] == "Input.Toggle":
        on, off = str(element.get("valueOn", "true")), str(element.get("valueOff", "false"))
        return (on if value else off) if isinstance(value, bool) or value is None else str(value)
    if isinstance(value, list | tuple):
        return ",".join(str(one) for one in value)
    return "" if value is None else str(value)


def _complain(element: Json, value: str, suggested: Sequence[Json]) -> None:
    """Say what the client would not let pass. Raises ValueError."""
    name, kind = element["id"], element["type"]
    is_off = kind == "Input.Toggle" and value != str(element.get("valueOn", "true"))
    if element.get("isRequired") and (not value or is_off):
        raise ValueError(f"{name}: {element.get('errorMessage', 'must be filled in')}")
    if not value:
        return
    if kind == "Input.ChoiceSet":
        _complain_of_choice(element, value, suggested)
    if kind == "Input.Number":
        _complain_of_number(element, value)
    if kind == "Input.Text" and len(value) > element.get("maxLength", len(value)):
        raise ValueError(f"{name}: at most {element['maxLength']} characters can be typed")
    pattern = _DATES.get(kind) or (element.get("regex") if kind == "Input.Text" else None)
    if pattern and not re.match(pattern, value):
        raise ValueError(f"{name}: {element.get('errorMessage', 'is not of the form asked for')}")


def _complain_of_choice(element: Json, value: str, suggested: Sequence[Json]) -> None:
    offered = {one["value"] for one in [*element.get("choices", []), *suggested]}
    chosen = value.split(",") if element.get("isMultiSelect") else [value]
    if element.get("value") != value and (missing := [one for one in chosen if one not in offered]):
        raise ValueError(f"{element['id']}: {missing} cannot be chosen; {sorted(offered)} can")


def _complain_of_number(element: Json, value: str) -> None:
    number = float(value)
    if not element.get("min", number) <= number <= element.get("max", number):
        raise ValueError(f"{element['id']}: {value} is out of range")
