"""Private notes on a request."""

from urllib.parse import quote

from adapters.servicedesk.api_response import Payload, part, rows, text
from adapters.servicedesk.wire import Wire, accepted
from bot.model.ids import RequestId

LATEST_NOTES = 50
"""How far back a note is looked for: the bot looks soon after it wrote one."""


async def add_note(wire: Wire, request_id: RequestId, html: str) -> None:
    """Write a note (ServiceDesk Plus Cloud API documentation, Request Note)."""
    note = {
        "description": html,
        "show_to_requester": False,
        "notify_technician": False,
        "mark_first_response": False,
        "add_to_linked_requests": False,
    }
    accepted(await wire.post(_path(request_id), {"request_note": note}))


async def has_note(wire: Wire, request_id: RequestId, marker: str) -> bool:
    """Look for ``marker`` in the latest notes, newest first."""
    list_info = {
        "row_count": LATEST_NOTES,
        "start_index": 1,
        "sort_field": "created_time",
        "sort_order": "desc",
    }
    payload = accepted(await wire.get(_path(request_id), {"list_info": list_info}))
    for note in rows(payload, "notes", "request_notes")[:LATEST_NOTES]:
        if marker in await _description(wire, request_id, note):
            return True
    return False


async def _description(wire: Wire, request_id: RequestId, note: Payload) -> str:
    """Return a note's text; lists may leave it out (seen in production traffic)."""
    if isinstance(note.get("description"), str):
        return text(note, "description")
    answer = await wire.get(f"{_path(request_id)}/{quote(text(note, 'id'), safe='')}")
    return "" if answer.is_missing else text(part(accepted(answer), "note", "request_note"), "description")


def _path(request_id: RequestId) -> str:
    return f"/requests/{quote(request_id, safe='')}/notes"
