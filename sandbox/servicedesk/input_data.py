"""Read ``input_data``, the JSON that every API call carries in its query or form, and the fields of an entity."""

import json

from aiohttp import web

from sandbox.servicedesk.json_format import Payload, extra_key, invalid, mandatory, wrong_type


def _parse_input(text: object) -> Payload:
    try:
        input_data = json.loads(str(text))
    except ValueError:
        raise invalid("input_data", "Invalid JSON") from None
    if not isinstance(input_data, dict):
        raise wrong_type("input_data")
    return input_data


def read_query_input(request: web.Request) -> Payload:
    """Return ``input_data`` of a GET, from the query. Raises ApiError."""
    return _parse_input(request.query.get("input_data", "{}"))


async def read_entity(request: web.Request, key: str, allowed: frozenset[str]) -> Payload:
    """Return the entity of a POST or PUT, from ``input_data`` in the form. Raises ApiError."""
    input_data = _parse_input((await request.post()).get("input_data", "{}"))
    _check_keys(input_data, frozenset({key}))
    if key not in input_data:
        raise mandatory(key)
    fields = input_data[key]
    if not isinstance(fields, dict):
        raise wrong_type(key)
    _check_keys(fields, allowed)
    return fields


def _check_keys(input_data: Payload, allowed: frozenset[str]) -> None:
    for key in input_data:
        if key not in allowed:
            raise extra_key(key)


def read_required_text(fields: Payload, name: str) -> str:
    """Return a required text. Raises ApiError."""
    value = fields.get(name)
    if value is None or value == "":
        raise mandatory(name)
    if not isinstance(value, str):
        raise wrong_type(name)
    return value


def read_flag(fields: Payload, name: str, *, default: bool = False) -> bool:
    """Return a boolean. Raises ApiError."""
    value = fields.get(name, default)
    if not isinstance(value, bool):
        raise wrong_type(name)
    return value
