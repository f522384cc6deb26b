"""The state of interactive elements after user input, and the action of one element, as Slack's payloads write them."""

from collections.abc import Iterator, Mapping
from typing import Any

from sandbox.slack.block_validation import iter_block_elements
from sandbox.slack.model import Json

_VALUE_FIELDS = {
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
_TEXT_VALUE = "value"
# Slack reports these only as actions, never in the state of a view or message.
_STATELESS = {"button", "overflow"}


def iter_elements(blocks: list[Json]) -> Iterator[tuple[Json, Json]]:
    """Iterate over the interactive elements of blocks. Yield each as (block, element)."""
    for block in blocks:
        for _, element in iter_block_elements(block):
            yield block, element


def find_element(
    blocks: list[Json], action_id: str, value: str | None, block_id: str | None
) -> tuple[Json, Json]:
    """Find an element by action id. Buttons with the same action id differ by ``value``. Raises LookupError."""
    for block, element in iter_elements(blocks):
        is_named = element["action_id"] == action_id and block_id in {None, block["block_id"]}
        if is_named and (element["type"] != "button" or value in {None, element.get("value")}):
            return block, element
    available = sorted({element["action_id"] for _, element in iter_elements(blocks)})
    raise LookupError(f"no element with the action id {action_id!r} here; there are {available}")


def build_state(blocks: list[Json], given: Mapping[str, Any], suggested: list[Json]) -> Json:
    """Return the state of every input: the given value, else the initial value.

    A value is given by action id, by block id, or by both: ``{block_id: {action_id: value}}``.
    """
    values: Json = {}
    for block, element in iter_elements(blocks):
        if element["type"] in _STATELESS:
            continue
        found = _find_given(block, element, given)
        state = _build_chosen_state(element, found[0], suggested) if found else _build_initial_state(element)
        values.setdefault(block["block_id"], {})[element["action_id"]] = state
    return values


# A list, because None is a value that can be given: an empty list means that none is given.
def _find_given(block: Json, element: Json, given: Mapping[str, Any]) -> list[Any]:
    by_block = given.get(block["block_id"])
    if isinstance(by_block, dict) and element["action_id"] in by_block:
        return [by_block[element["action_id"]]]
    return [given[name] for name in (element["action_id"], block["block_id"]) if name in given][:1]


def find_unknown_names(blocks: list[Json], given: Mapping[str, Any]) -> set[str]:
    """Return the given names that match no input."""
    known = {
        name for block, element in iter_elements(blocks) for name in (element["action_id"], block["block_id"])
    }
    return set(given) - known


def find_invalid_inputs(blocks: list[Json], values: Json) -> list[str]:
    """Return why Slack's client does not submit the form: empty required inputs, and texts too short or too long."""
    found = []
    for block in blocks:
        if block["type"] != "input":
            continue
        element = block["element"]
        state = values[block["block_id"]][element["action_id"]]
        value = state[_VALUE_FIELDS.get(element["type"], _TEXT_VALUE)]
        if not value and not block.get("optional"):
            found.append(f"{block['block_id']} must be filled in")
        elif isinstance(value, str) and value and not _has_valid_length(element, value):
            found.append(f"{block['block_id']} is too short or too long")
    return found


def build_action(block: Json, element: Json, chosen: Any, suggested: list[Json], ts: str) -> Json:
    """Return the action for a pressed button or a chosen option."""
    action: Json = {
        "type": element["type"],
        "action_id": element["action_id"],
        "block_id": block["block_id"],
        "action_ts": ts,
    }
    if element["type"] == "button":
        return action | {name: element[name] for name in ("text", "value", "style", "url") if name in element}
    return action | _build_chosen_state(element, chosen, suggested)


def _has_valid_length(element: Json, value: str) -> bool:
    return bool(element.get("min_length", 0) <= len(value) <= element.get("max_length", len(value)))


def _build_initial_state(element: Json) -> Json:
    name = _VALUE_FIELDS.get(element["type"], _TEXT_VALUE)
    # Slack names the fields alike: `selected_option` in the state is `initial_option` in the element.
    first = element.get(name.replace("selected", "initial") if name != _TEXT_VALUE else "initial_value")
    return {"type": element["type"], name: [] if first is None and name.endswith("s") else first}


def _build_chosen_state(element: Json, chosen: Any, suggested: list[Json]) -> Json:
    name = _VALUE_FIELDS.get(element["type"], _TEXT_VALUE)
    if name == "selected_option" and chosen is not None:
        chosen = _find_option(element, chosen, suggested)
    if name == "selected_options":
        chosen = [_find_option(element, one, suggested) for one in chosen or []]
    return {"type": element["type"], name: chosen}


def _find_option(element: Json, chosen: Any, suggested: list[Json]) -> Json:
    if isinstance(chosen, dict):
        return chosen
    groups = [element, *element.get("option_groups", [])]
    offered = [one for group in groups for one in group.get("options", [])] + suggested
    for option in offered:
        if option["value"] == chosen:
            found: Json = option
            return found
    raise LookupError(f"{chosen!r} is not offered; there are {[one['value'] for one in offered]}")
