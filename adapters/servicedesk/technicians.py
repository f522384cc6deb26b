"""Read the technicians, page by page: from their own list, or else from the list of users."""

from collections.abc import AsyncGenerator, Iterable

import structlog

from adapters.servicedesk.api import ServiceDeskApi, require_accepted
from adapters.servicedesk.errors import AccessRefused, unreadable_response_error
from adapters.servicedesk.fields import Payload, object_field, object_list, text_field
from bot.errors import NotAuthorized, Rejected
from bot.i18n import _
from bot.model.ids import Email
from bot.ports import TechnicianList

PAGE_ROWS = 100
"""The largest page. ServiceDesk Plus Cloud API documentation, Input Data."""
_IS_TECHNICIAN = {"field": "is_technician", "condition": "is", "value": True}
log = structlog.get_logger("servicedesk")


async def list_technicians(api: ServiceDeskApi) -> TechnicianList:
    """Return all technicians but the inactive ones.

    Where the list of technicians is refused, the list of users says who is one. Raises the refusal where that list does
    not help either: without it nobody may be taken for a technician.
    """
    try:
        return TechnicianList(_names_of([row async for row in _iterate_rows(api, "technicians")]))
    except (AccessRefused, Rejected) as refusal:
        return await _list_from_users(api, refusal)


async def _list_from_users(api: ServiceDeskApi, refusal: NotAuthorized | Rejected) -> TechnicianList:
    try:
        users = await _list_users(api)
    except (AccessRefused, Rejected) as error:
        log.warning("no list of technicians", error=type(error).__name__)
        raise refusal from None
    names = _names_of(row for row in users if row.get("is_technician") is True)
    # A list that marks nobody would lock everybody out.
    if not names:
        log.warning("no list of technicians", error="the list of users marks no technician")
        raise refusal
    log.warning("technicians read from the list of users")
    reason = _("{why} Until then the bot reads the technicians from the list of users.", why=refusal.text)
    return TechnicianList(names, reason)


async def find_technician_id(api: ServiceDeskApi, address: Email) -> str | None:
    """Return the id of the technician with an address. None where the lists name none, or several.

    Raises what the lists of technicians and of users raise, where both are refused.
    """
    try:
        rows = [row async for row in _iterate_rows(api, "technicians")]
    except (AccessRefused, Rejected):
        rows = await _list_users(api)
    ids = {
        text_field(row, "id")
        for row in rows
        if text_field(row, "email_id").lower() == address and not _is_inactive(row)
    }
    return ids.pop() or None if len(ids) == 1 else None


async def _list_users(api: ServiceDeskApi) -> list[Payload]:
    """Return the users: the technicians among them, or all where the search for technicians is refused."""
    try:
        return [row async for row in _iterate_rows(api, "users", {"search_criteria": _IS_TECHNICIAN})]
    except Rejected:
        return [row async for row in _iterate_rows(api, "users")]


def _names_of(rows: Iterable[Payload]) -> dict[str, str]:
    """Return the names of active people by their e-mail addresses, in lower case."""
    names: dict[str, str] = {}
    for row in rows:
        address = text_field(row, "email_id").lower()
        if address and not _is_inactive(row):
            names[address] = text_field(row, "name") or address
    return names


async def _iterate_rows(
    api: ServiceDeskApi, key: str, search: Payload | None = None
) -> AsyncGenerator[Payload]:
    """Yield the rows of all pages of the list ``key``.

    Raises Unavailable if a page has nothing new but says that there is more: the list would not end, and its first
    part is not the whole list.
    """
    start, seen = 1, set[str]()
    while True:
        list_info = {"row_count": PAGE_ROWS, "start_index": start, **(search or {})}
        payload = require_accepted(await api.get(f"/{key}", {"list_info": list_info}))
        page = object_list(payload, key)
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
