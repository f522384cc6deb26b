"""Read single fields of ServiceDesk Plus' JSON."""

from typing import Any

from adapters.servicedesk.errors import unreadable_response_error
from bot.model.sanitize import sanitize

Payload = dict[str, Any]


def text_field(payload: Payload, name: str) -> str:
    """Return a field as text, sanitized for display. Empty if it is absent. A number that is an id stays exact."""
    value = payload.get(name)
    if isinstance(value, str):
        return sanitize(value).strip()
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else ""


def object_field(payload: Payload, *names: str) -> Payload:
    """Return the first object that has one of these names. Empty if there is none."""
    return next((payload[name] for name in names if isinstance(payload.get(name), dict)), {})


def object_list(payload: Payload, *names: str) -> list[Payload]:
    """Return the list that has one of these names. Raises Unavailable if it is absent: that does not mean empty."""
    objects = next((payload[name] for name in names if name in payload), None)
    if not isinstance(objects, list) or not all(isinstance(entry, dict) for entry in objects):
        raise unreadable_response_error(writes=False)
    return objects
