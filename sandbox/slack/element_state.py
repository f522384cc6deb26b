"""What people choose and type, as Slack tells it: the state of elements, and the action of one."""

from collections.abc import Iterator, Mapping
from typing import Any

from sandbox.slack.block_validation import elements_of
from sandbox.slack.model import Json

_STATE = {
    "static_select": "selected_option",
    "external_select": "selected_option",
    "radio_buttons": "selected_option",
    "overflow": "selected_option",
    "users_select": "selected_user",
    "conversations_select": "selected_conversation",
    "channels_select": "selected_channel",
    "datepicker": "selected_date",
    "timepicker": "selected_time",
    "datetimepicker": "selected_date_time",
    "checkboxes": "selected_options",
    "multi_static_select": "selected_options",
    "multi_external_select": "selected_options",
    "multi_users_select": "selected_users",
    "multi_conversations_select": "selected_conversations",
    "multi_channels_select": "selected_channels",
}
_TYPED = "value"
_STATELESS = {"button", "overflow"}


def pressable(blocks: list[Json]) -> Iterator[tuple[Json, Json]]:
    """Every element that a person may act on, with its block."""
    for block in blocks:
        for _, element in elements_of(block):
            yield block, element


def find_element(
    blocks: list[Json], action_id: str, value: str | None, block_id: str | None
) -> tuple[Json, Json]:
    """Find the element with an action id; a button also by its value, where one is given. Raises LookupError."""
    for block, element in pressable(blocks):
        is_named = element["action_id"] == action_id and block_id in {None, block["block_id"]}
        if is_named and (element["type"] != "button" or value in {None, element.get("value")}):
            return block, element
    there = sorted({element["action_id"] for _, element in pressable(blocks)})
    raise LookupError(f"nothing to press as {action_id!r} here; there are {there}")


def state_of(blocks: list[Json], given: Mapping[str, Any], suggested: list[Json]) -> Json:
    """Return the state of every input: what was given for it, else what it begins with.

    A value is given by action id, by block id, or by both: ``{block_id: {action_id: value}}``.
    """
    values: Json = {}
    for block, element in pressable(blocks):
        if element["type"] in _STATELESS:
            continue
        found = _given(block, element, given)
        state = _state(element, found[0], suggested) if found else _initial(element)
        values.setdefault(block["block_id"], {})[element["action_id"]] = state
    return values


def _given(block: Json, element: Json, given: Mapping[str, Any]) -> list[Any]:
    by_block = given.get(block["block_id"])
    if isinstance(by_block, dict) and element["action_id"] in by_block:
        return [by_block[element["action_id"]]]
    return [given[name] for name in (element["action_id"], block["block_id"]) if name in given][:1]


def unknown_names(blocks: list[Json], given: Mapping[str, Any]) -> set[str]:
    """Return the names among those given that no input has."""
    known = {
        name for block, element in pressable(blocks) for name in (element["action_id"], block["block_id"])
    }
    return set(given) - known


def complaints(blocks: list[Json], values: Json) -> list[str]:
    """Return what Slack's own client would not submit: a required input left empty, a text too short or too long."""
    found = []
    for block in blocks:
        if block["type"] != "input":
            continue
        element = block["element"]
        state = values[block["block_id"]][element["action_id"]]
        value = state[_STATE.get(element["type"], _TYPED)]
        if not value and not block.get("optional"):
            found.append(f"{block['block_id']} must be filled in")
        elif isinstance(value, str) and value and not _fits(element, value):
            found.append(f"{block['block_id']} is too short or too long")
    return found


def action_of(block: Json, element: Json, chosen: Any, suggested: list[Json], ts: str) -> Json:
    """Return the action of pressing a button, or of choosing something."""
    action: Json = {
        "type": element["type"],
        "action_id": element["action_id"],
        "block_id": block["block_id"],
        "action_ts": ts,
    }
    if element["type"] == "button":
        return action | {name: element[name] for name in ("text", "value", "style", "url") if name in element}
    return action | _state(element, chosen, suggested)


def _fits(element: Json, value: str) -> bool:
    return bool(element.get("min_length", 0) <= len(value) <= element.get("max_length", len(value)))


def _initial(element: Json) -> Json:
    name = _STATE.get(element["type"], _TYPED)
    first = element.get(name.replace("selected", "initial") if name != _TYPED else "initial_value")
    return {"type": element["type"], name: [] if first is None and name.endswith("s") else first}


def _state(element: Json, chosen: Any, suggested: list[Json]) -> Json:
    name = _STATE.get(element["type"], _TYPED)
    if name == "selected_option" and chosen is not None:
        chosen = _option(element, chosen, suggested)
    if name == "selected_options":
        chosen = [_option(element, one, suggested) for one in chosen or []]
    return {"type": element["type"], name: chosen}


def _option(element: Json, chosen: Any, suggested: list[Json]) -> Json:
    if isinstance(chosen, dict):
        return chosen
    groups = [element, *element.get("option_groups", [])]
    offered = [one for group in groups for one in group.get("options", [])] + suggested
    for option in offered:
        if option["value"] == chosen:
            found: Json = option
            return found
    raise LookupError(f"{chosen!r} is not offered; there are {[one['value'] for one in offered]}")
