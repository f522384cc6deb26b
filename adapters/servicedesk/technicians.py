"""Read the technician list, page by page."""

from collections.abc import AsyncGenerator

from adapters.servicedesk.api import ServiceDeskApi, require_accepted
from adapters.servicedesk.errors import unreadable_response_error
from adapters.servicedesk.fields import Payload, object_field, object_list, text_field

PAGE_ROWS = 100
"""The largest page. ServiceDesk Plus Cloud API documentation, Input Data."""


async def list_technicians(api: ServiceDeskApi) -> dict[str, str]:
    """Return the names of all technicians by their e-mail addresses, in lower case. Inactive technicians are left out."""
    names: dict[str, str] = {}
    async for row in _iterate_rows(api):
        address = text_field(row, "email_id").lower()
        if address and not _is_inactive(row):
            names[address] = text_field(row, "name") or address
    return names


async def _iterate_rows(api: ServiceDeskApi) -> AsyncGenerator[Payload]:
    """Yield the rows of all pages.

    Raises Unavailable if a page has nothing new but says that there is more: the list would not end, and its first
    part is not the whole list.
    """
    start, seen = 1, set[str]()
    while True:
        list_info = {"row_count": PAGE_ROWS, "start_index": start}
        payload = require_accepted(await api.get("/technicians", {"list_info": list_info}))
        page = object_list(payload, "technicians")
        new_rows = [row for row in page if text_field(row, "id") not in seen]
        for row in new_rows:
            seen.add(text_field(row, "id"))
            yield row
        if object_field(payload, "list_info").get("has_more_rows") is not True:
            return
        if not new_rows:
            raise unreadable_response_error(writes=False)
        start += len(page)


def _is_inactive(row: Payload) -> bool:
    """Return whether a row says that the technician was deleted or is inactive (undocumented, assumed)."""
    status = text_field(row, "status") or text_field(object_field(row, "status"), "name")
    return row.get("deleted") is True or row.get("active") is False or status.lower() == "inactive"
