"""Notes on a request."""

from urllib.parse import quote

from adapters.servicedesk.api import ServiceDeskApi, require_accepted
from adapters.servicedesk.fields import (
    Payload,
    entry_id,
    object_field,
    object_list,
    required_entry_id,
    text_field,
)
from bot.model.ids import EntryId, RequestId

LATEST_NOTES = 50
"""How many notes are searched. That is enough, because the bot searches soon after it wrote one."""


async def add_note(
    api: ServiceDeskApi, request_id: RequestId, html: str, *, is_public: bool
) -> EntryId | None:
    """Add a note (see ServiceDesk Plus Cloud API documentation, Request Note). Return its id if the response has one."""
    body = {"request_note": _note_fields(html, is_public=is_public)}
    payload = require_accepted(await api.post(_path(request_id), body))
    return entry_id(object_field(payload, "request_note", "note"))


async def edit_private_note(api: ServiceDeskApi, request_id: RequestId, note: EntryId, html: str) -> None:
    """Replace the text of a note (see ServiceDesk Plus Cloud API documentation, Edit Request Note)."""
    path = f"{_path(request_id)}/{quote(note, safe='')}"
    require_accepted(await api.put(path, {"request_note": _note_fields(html, is_public=False)}))


async def find_note(api: ServiceDeskApi, request_id: RequestId, marker: str) -> EntryId | None:
    """Return the newest of the latest notes that contains ``marker``."""
    list_info = {
        "row_count": LATEST_NOTES,
        "start_index": 1,
        "sort_field": "created_time",
        "sort_order": "desc",
    }
    payload = require_accepted(await api.get(_path(request_id), {"list_info": list_info}))
    for note in object_list(payload, "notes", "request_notes")[:LATEST_NOTES]:
        if marker in await _note_text(api, request_id, note):
            return required_entry_id(note)
    return None


def _note_fields(html: str, *, is_public: bool) -> Payload:
    return {
        "description": html,
        "show_to_requester": is_public,
        "notify_technician": False,
        "mark_first_response": False,
        "add_to_linked_requests": False,
    }


async def _note_text(api: ServiceDeskApi, request_id: RequestId, note: Payload) -> str:
    """Return the text of a note. A list may leave it out (seen in production traffic), so the note is read then."""
    if isinstance(note.get("description"), str):
        return text_field(note, "description")
    response = await api.get(f"{_path(request_id)}/{quote(text_field(note, 'id'), safe='')}")
    return (
        ""
        if response.is_path_not_found
        else text_field(object_field(require_accepted(response), "note", "request_note"), "description")
    )


def _path(request_id: RequestId) -> str:
    return f"/requests/{quote(request_id, safe='')}/notes"
