"""Read the open requests that are assigned to one technician."""

from adapters.answer_cache import AnswerCache
from adapters.servicedesk.api import ServiceDeskApi
from adapters.servicedesk.errors import unreadable_response_error
from adapters.servicedesk.fields import Payload, object_field, object_list, text_field
from adapters.servicedesk.request_search import LARGEST_PAGE, ROW_FIELDS, criterion
from adapters.servicedesk.requests import RequestCalls
from adapters.servicedesk.technicians import find_technician_id
from bot.errors import Rejected
from bot.i18n import _
from bot.model.ids import Email
from bot.model.request import AssignedRequests

_MOST_PAGES = 3
"""Pages that are read where the portal cannot leave out the closed requests."""
_KEEP_ID_SECONDS = 3600.0
_IS_OPEN: Payload = {
    "field": "status.in_progress",
    "condition": "is",
    "value": True,
    "logical_operator": "AND",
}
_LIST_INFO: Payload = {
    "row_count": LARGEST_PAGE,
    "sort_field": "created_time",
    "sort_order": "desc",
    "fields_required": [*ROW_FIELDS, "requester", "technician"],
}


class AssignedCalls:
    """Searches requests by their technician, and compares the technician of every row that is returned."""

    def __init__(self, api: ServiceDeskApi, requests: RequestCalls) -> None:
        self._api = api
        self._requests = requests
        self._technician_ids: AnswerCache[Email, str] = AnswerCache(_KEEP_ID_SECONDS)

    async def list_assigned(self, technician: Email) -> AssignedRequests:
        """Return the open requests that are assigned to a technician, newest first.

        The documented criteria name ``technician.id`` (ServiceDesk Plus Cloud API documentation, Input Data). By the address
        needs no other call, so it is tried first (undocumented). A request is returned only if its own row names the
        technician. Raises Unavailable if a row names somebody else: the portal ignored the criterion, so the rows do not
        say what is assigned to the technician.
        """
        found = await self._search("technician.email_id", technician)
        technician_id = ""
        if found is None or not all(_address(row) for row in found[0]):
            technician_id = await self._find_id(technician)
        if found is None:
            found = await self._search("technician.id", technician_id)
        if found is None:
            raise Rejected(_("ServiceDesk Plus refuses to search for the requests of a technician."))
        rows, has_more = found
        if not all(_is_assigned_to(row, technician, technician_id) for row in rows):
            raise unreadable_response_error(writes=False)
        requests = await self._requests.read_rows(rows)
        return AssignedRequests([one for one in requests if one.takes_sessions], has_more)

    async def _search(self, field: str, value: str) -> tuple[list[Payload], bool] | None:
        """Return the rows of one technician, and whether there are more. None where the portal refuses the criterion."""
        wanted = criterion(field, "is", value)
        search = self._requests.search
        found = await search.by_criterion(wanted | {"children": [_IS_OPEN]}, _page(1))
        if found is not None:
            return object_list(found, "requests"), _has_more(found)
        rows: list[Payload] = []
        for page in range(_MOST_PAGES):
            found = await search.by_criterion(wanted, _page(page * LARGEST_PAGE + 1))
            if found is None:
                return None
            rows += object_list(found, "requests")
            if not _has_more(found):
                return rows, False
        return rows, True

    async def _find_id(self, technician: Email) -> str:
        known = self._technician_ids.find(technician)
        if known is not None:
            return known
        found = await find_technician_id(self._api, technician)
        if found is None:
            raise Rejected(_("ServiceDesk Plus does not say which requests are assigned to you."))
        self._technician_ids.store(technician, found)
        return found


def _page(start: int) -> Payload:
    return _LIST_INFO | {"start_index": start}


def _has_more(found: Payload) -> bool:
    return object_field(found, "list_info").get("has_more_rows") is True


def _address(row: Payload) -> str:
    return text_field(object_field(row, "technician"), "email_id").lower()


def _is_assigned_to(row: Payload, technician: Email, technician_id: str) -> bool:
    """Whether a row names the technician: by the id where that was looked up, else by the address."""
    if technician_id:
        return text_field(object_field(row, "technician"), "id") == technician_id
    return _address(row) == technician
