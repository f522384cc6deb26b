"""Read single fields of ServiceDesk Plus' JSON."""

from typing import Any

from adapters.servicedesk.errors import unreadable_response_error
from bot.model.ids import EntryId
from bot.model.sanitize import sanitize

Payload = dict[str, Any]


def text_field(payload: Payload, name: str) -> str:
    """Return a field as text, sanitized for display. Empty if it is absent. A number that is an id stays exact."""
    value = payload.get(name)
    if isinstance(value, str):
        return sanitize(value).strip()
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else ""


def entry_id(payload: Payload) -> EntryId | None:
    """Return the id of a note or a worklog. None if it is absent."""
    found = text_field(payload, "id")
    return EntryId(found) if found else None


def required_entry_id(row: Payload) -> EntryId:
    """Return the id of a note or a worklog in a list. Raises Unavailable if it is absent: the entry exists all the same."""
    found = entry_id(row)
    if found is None:
        raise unreadable_response_error(writes=False)
    return found


def object_field(payload: Payload, *names: str) -> Payload:
    """Return the first object that has one of these names. Empty if there is none."""
    return next((payload[name] for name in names if isinstance(payload.get(name), dict)), {})


def is_trashed(request: Payload) -> bool:
    """Return whether a request is in the trash: by its flag, or where that is absent by the time of its deletion.

    Both fields are in recorded responses (Cortex XSOAR, test data of its ServiceDesk Plus pack).
    """
    flag = request.get("is_trashed")
    return flag if isinstance(flag, bool) else isinstance(request.get("deleted_time"), dict)


def object_list(payload: Payload, *names: str) -> list[Payload]:
    """Return the list that has one of these names. Raises Unavailable if it is absent: that does not mean empty."""
    objects = next((payload[name] for name in names if name in payload), None)
    if not isinstance(objects, list) or not all(isinstance(entry, dict) for entry in objects):
        raise unreadable_response_error(writes=False)
    return objects
