"""Find the buttons and inputs of an Adaptive Card, and return the input values as Teams' client sends them."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from sandbox.teams.model import Json

# These properties contain cards, elements or data that the client does not draw.
_NOT_DRAWN = {"fallback", "refresh", "data", "authentication"}
# Teams sends an empty string for these inputs, and leaves out other empty inputs.
_SENT_WHEN_EMPTY = {"Input.Text", "Input.Date", "Input.Time"}
_DATES = {"Input.Date": re.compile(r"\d{4}-\d{2}-\d{2}\Z"), "Input.Time": re.compile(r"\d{2}:\d{2}\Z")}


class Button(NamedTuple):
    """An action and the cards whose inputs it sends: its own card, and the cards around a shown card."""

    action: Json
    cards: tuple[Json, ...]


def list_buttons(card: Json) -> list[Button]:
    """List every button of a card in the order of the card, including buttons of cards that another button shows."""
    # First collect what every button can reveal, hidden ones included; then list what is reachable.
    revealed = {
        name for button in _iter_buttons(card, (card,), None) for name in _find_toggled_ids(button.action)
    }
    return list(_iter_buttons(card, (card,), revealed))


def list_titles(card: Json) -> list[str]:
    """List the titles of every button of a card."""
    return [str(button.action.get("title", "")) for button in list_buttons(card)]


def _iter_buttons(node: Any, cards: tuple[Json, ...], revealed: set[str] | None) -> Iterator[Button]:
    """Walk through a card. Skip hidden parts unless their id is in ``revealed``; None skips nothing."""
    if isinstance(node, list):
        for one in node:
            yield from _iter_buttons(one, cards, revealed)
    if not isinstance(node, dict):
        return
    if revealed is not None and node.get("isVisible") is False and node.get("id") not in revealed:
        return
    if str(node.get("type")).startswith("Action.") and node.get("isEnabled", True) is not False:
        yield Button(node, cards)
    for key, value in node.items():
        if key == "card" and node.get("type") == "Action.ShowCard":
            yield from _iter_buttons(value, (*cards, value), revealed)
        elif key not in _NOT_DRAWN:
            yield from _iter_buttons(value, cards, revealed)


def _find_toggled_ids(action: Json) -> list[str]:
    target_elements = action.get("targetElements", []) if action["type"] == "Action.ToggleVisibility" else []
    return [one if isinstance(one, str) else str(one.get("elementId")) for one in target_elements]


def iter_inputs(node: Any) -> Iterator[Json]:
    """Iterate over the inputs of a card, without those of cards that a button shows."""
    if isinstance(node, list):
        for one in node:
            yield from iter_inputs(one)
    if not isinstance(node, dict) or node.get("type") == "Action.ShowCard":
        return
    if str(node.get("type")).startswith("Input."):
        yield node
    for key, value in node.items():
        if key not in _NOT_DRAWN:
            yield from iter_inputs(value)


def fill_inputs(cards: Sequence[Json], given: Mapping[str, Any], suggested: Sequence[Json]) -> dict[str, str]:
    """Return the values of all inputs after a user filled in ``given``. Every value is a string.

    Raises LookupError if an input does not exist, ValueError if Teams' client would refuse a value.
    """
    available = {str(one["id"]): one for card in cards for one in iter_inputs(card)}
    if unknown := given.keys() - available.keys():
        raise LookupError(f"no input is named {sorted(unknown)}; there are {sorted(available)}")
    values: dict[str, str] = {}
    for name, element in available.items():
        value = _format_value(element, given.get(name, element.get("value")))
        _check_value(element, value, suggested)
        if value or element["type"] in _SENT_WHEN_EMPTY:
            values[name] = value
    return values


def _format_value(element: Json, value: Any) -> str:
    if element["type"] == "Input.Toggle":
        on, off = str(element.get("valueOn", "true")), str(element.get("valueOff", "false"))
        return (on if value else off) if isinstance(value, bool) or value is None else str(value)
    if isinstance(value, list | tuple):
        return ",".join(str(one) for one in value)
    return "" if value is None else str(value)


def _check_value(element: Json, value: str, suggested: Sequence[Json]) -> None:
    """Check a value as Teams' client does before it sends anything. Raises ValueError."""
    name, kind = element["id"], element["type"]
    is_off = kind == "Input.Toggle" and value != str(element.get("valueOn", "true"))
    if element.get("isRequired") and (not value or is_off):
        raise ValueError(f"{name}: {element.get('errorMessage', 'must be filled in')}")
    if not value:
        return
    if kind == "Input.ChoiceSet":
        _check_choice(element, value, suggested)
    if kind == "Input.Number":
        _check_number(element, value)
    if kind == "Input.Text" and len(value) > element.get("maxLength", len(value)):
        raise ValueError(f"{name}: at most {element['maxLength']} characters can be typed")
    pattern = _DATES.get(kind) or (element.get("regex") if kind == "Input.Text" else None)
    if pattern and not re.match(pattern, value):
        raise ValueError(f"{name}: {element.get('errorMessage', 'is not of the form asked for')}")


def _check_choice(element: Json, value: str, suggested: Sequence[Json]) -> None:
    offered = {one["value"] for one in [*element.get("choices", []), *suggested]}
    chosen = value.split(",") if element.get("isMultiSelect") else [value]
    if element.get("value") != value and (missing := [one for one in chosen if one not in offered]):
        raise ValueError(f"{element['id']}: {missing} cannot be chosen; {sorted(offered)} can")


def _check_number(element: Json, value: str) -> None:
    number = float(value)
    if not element.get("min", number) <= number <= element.get("max", number):
        raise ValueError(f"{element['id']}: {value} is out of range")
