"""Technicians: the whole list, page by page."""

from collections.abc import AsyncGenerator

from adapters.servicedesk.api_response import Payload, part, rows, text
from adapters.servicedesk.errors import unreadable
from adapters.servicedesk.wire import Wire, accepted

PAGE_ROWS = 100
"""ServiceDesk Plus Cloud API documentation, Input Data."""


async def technicians(wire: Wire) -> dict[str, str]:
    """Return every technician who is not plainly marked as gone: e-mail in lower case → name."""
    found: dict[str, str] = {}
    async for row in _every(wire):
        address = text(row, "email_id").lower()
        if address and not _is_gone(row):
            found[address] = text(row, "name") or address
    return found


async def _every(wire: Wire) -> AsyncGenerator[Payload]:
    """Yield the rows of all pages.

    Raises Unavailable where a page brings nothing new but promises more: then the list has no end, and half of it
    would pass for the whole.
    """
    start, seen = 1, set[str]()
    while True:
        list_info = {"row_count": PAGE_ROWS, "start_index": start}
        payload = accepted(await wire.get("/technicians", {"list_info": list_info}))
        page = rows(payload, "technicians")
        fresh = [row for row in page if text(row, "id") not in seen]
        for row in fresh:
            seen.add(text(row, "id"))
            yield row
        if part(payload, "list_info").get("has_more_rows") is not True:
            return
        if not fresh:
            raise unreadable(writes=False)
        start += len(page)


def _is_gone(row: Payload) -> bool:
    """Whether a row says that the technician is no longer one (undocumented, assumed)."""
    status = text(row, "status") or text(part(row, "status"), "name")
    return row.get("deleted") is True or row.get("active") is False or status.lower() == "inactive"
