"""The calls of requests: find by display number or id, and search."""

from collections.abc import Iterable, Sequence
from urllib.parse import quote

from adapters.servicedesk.api import ServiceDeskApi, require_accepted
from adapters.servicedesk.errors import unreadable_response_error
from adapters.servicedesk.fields import Payload, is_trashed, object_field, object_list, text_field
from adapters.servicedesk.portal import Portal
from adapters.servicedesk.request_links import RequestLinks
from adapters.servicedesk.request_search import LARGEST_PAGE, MOST_PAGES, ROW_FIELDS, RequestSearch, criterion
from bot.errors import NotFound
from bot.i18n import _
from bot.model.ids import RequestId, RequestNumber, request_number
from bot.model.request import Request, Requester
from bot.model.secret import Secret

_CLOSED = frozenset({"closed", "resolved", "canceled", "cancelled"})
_OPEN = frozenset({"open", "inprogress", "onhold"})
"""The ``internal_name`` of statuses that are always there, in lower case and without spaces. ``Open`` and ``Onhold`` are
in recorded responses (Cortex XSOAR, test data of its ServiceDesk Plus pack)."""


class RequestCalls:
    """The calls under ``/requests``. ``links`` writes the address of each request in ``portal``."""

    def __init__(self, api: ServiceDeskApi, portal: Portal, links: RequestLinks) -> None:
        self._api = api
        self._portal = portal
        self._links = links
        self.search = RequestSearch(api)

    async def find_by_number(self, number: RequestNumber) -> Request:
        """Return a request by its display number. Raises NotFound.

        A path takes only the long id, so the number is searched first (seen in production traffic).
        """
        request_id = await self._find_id(number)
        response = await self._api.get(f"/requests/{quote(request_id, safe='')}")
        if response.is_id_not_found:
            raise _not_found_error(number)
        row = object_field(require_accepted(response), "request")
        if text_field(row, "id") != request_id:
            raise unreadable_response_error(writes=False)
        return self._read_request(row, number, await self._portal.find_name())

    async def find_by_id(self, request_id: RequestId) -> Request:
        """Return a request by its long id. Raises NotFound."""
        response = await self._api.get(f"/requests/{quote(request_id, safe='')}")
        if response.is_id_not_found:
            raise NotFound(_("This link leads to no request, or the bot may not see it."))
        row = object_field(require_accepted(response), "request")
        number = _read_number(row)
        if text_field(row, "id") != request_id or number is None:
            raise unreadable_response_error(writes=False)
        return self._read_request(row, number, await self._portal.find_name())

    async def _find_id(self, number: RequestNumber) -> str:
        list_info: Payload = {
            "row_count": 2,
            "start_index": 1,
            "get_total_count": False,
            "fields_required": ROW_FIELDS,
        }
        rows = await self._list_with_number(number, list_info)
        if not rows:
            raise _not_found_error(number)
        # If the API ignored the criterion, it returned any request. That must not be taken for this one.
        if len(rows) != 1 or _read_number(rows[0]) != number or not text_field(rows[0], "id"):
            raise unreadable_response_error(writes=False)
        return text_field(rows[0], "id")

    async def _list_with_number(self, number: RequestNumber, list_info: Payload) -> list[Payload]:
        """Return the rows that ServiceDesk Plus finds by a display number: one or none, unless it ignored the search."""
        found = await self.search.by_criterion(criterion("display_id", "is", number), list_info)
        if found is not None:
            return object_list(found, "requests")
        # Search fields may also find the numbers that contain this one (undocumented, assumed).
        for page in range(MOST_PAGES):
            paging = {"row_count": LARGEST_PAGE, "start_index": page * LARGEST_PAGE + 1}
            found = await self.search.by_field("display_id", number, list_info | paging)
            rows = [row for row in object_list(found, "requests") if _read_number(row) == number]
            if rows or object_field(found, "list_info").get("has_more_rows") is not True:
                return rows
        raise unreadable_response_error(writes=False)

    async def search_requests(self, words: str, limit: int) -> Sequence[Request]:
        """Return the newest requests with this number, or these words in the subject or the requester's name.

        Open requests come first.
        """
        number = request_number(words)
        list_info: Payload = {
            "row_count": LARGEST_PAGE,
            "start_index": 1,
            "sort_field": "created_time",
            "sort_order": "desc",
            "fields_required": [*ROW_FIELDS, "requester", "technician"],
        }
        if number is not None:
            rows = await self._list_with_number(number, list_info)
        elif words.strip():
            rows = await self._list_with_words(words.strip(), list_info)
        else:
            response = await self._api.get("/requests", {"list_info": list_info})
            rows = object_list(require_accepted(response), "requests")
        requests = await self.read_rows(rows)
        return sorted(requests, key=lambda request: not request.takes_sessions)[:limit]

    async def read_rows(self, rows: Iterable[Payload]) -> list[Request]:
        """Return the requests in the rows of a list. A row without an id or a number is left out."""
        portal_name = await self._portal.find_name()
        return [
            self._read_request(row, row_number, portal_name)
            for row in rows
            if (row_number := _read_number(row)) and text_field(row, "id")
        ]

    async def _list_with_words(self, words: str, list_info: Payload) -> list[Payload]:
        """Return the rows with these words in the subject or in the requester's name.

        A portal that refuses such a search is asked for the subject alone. A criterion with a child that is joined by OR is
        documented (API documentation, Input Data).
        """
        subject = criterion("subject", "contains", words)
        requester = criterion("requester.name", "contains", words) | {"logical_operator": "OR"}
        found = await self.search.by_criterion(subject | {"children": [requester]}, list_info)
        if found is None:
            found = await self.search.by_criterion(subject, list_info)
        if found is None:
            found = await self.search.by_field("subject", words, list_info)
        return object_list(found, "requests")

    def _read_request(self, row: Payload, number: RequestNumber, portal_name: str | None) -> Request:
        request_id = RequestId(text_field(row, "id"))
        status = object_field(row, "status")
        return Request(
            id=request_id,
            number=number,
            subject=text_field(row, "subject"),
            status=text_field(status, "name") or text_field(status, "internal_name"),
            is_closed=_is_closed(status),
            requester=_read_requester(object_field(row, "requester")),
            url=self._links.build(request_id, portal_name),
            technician=text_field(object_field(row, "technician"), "name") or None,
            is_trashed=is_trashed(row),
            # Either may be null (API documentation, requests). A row of a list may lack the site.
            site=text_field(object_field(row, "site"), "name"),
            group=text_field(object_field(row, "group"), "name"),
        )


def _read_number(row: Payload) -> RequestNumber | None:
    """Return the display number. Newer portals have ``display_key``, perhaps with a prefix (seen in production traffic)."""
    shown = text_field(object_field(row, "display_key"), "display_value")
    return request_number(text_field(row, "display_id")) or request_number(shown.rpartition("-")[2])


def _is_closed(status: Payload) -> bool:
    """Return whether a status ends a request: by its internal name, else by its flag, else by the name that people see.

    Any of the three may be absent or null (seen in production traffic). A portal may rename a status, but not its
    internal name.
    """
    internal_name = text_field(status, "internal_name").lower().replace(" ", "")
    if internal_name in _OPEN | _CLOSED:
        return internal_name in _CLOSED
    in_progress = status.get("in_progress")
    if isinstance(in_progress, bool):
        return not in_progress
    return text_field(status, "name").lower() in _CLOSED


def _read_requester(user: Payload) -> Requester:
    """Return the person who raised a request. The mobile number is preferred, because the phone number is for SMS."""
    address = text_field(user, "email_id")
    phone = text_field(user, "mobile") or text_field(user, "phone")
    return Requester(text_field(user, "name") or address, address or None, Secret(phone) if phone else None)


def _not_found_error(number: RequestNumber) -> NotFound:
    return NotFound(_("No request has the number {number}, or the bot may not see it.", number=number))
