"""Requests: looked up by the number that people see, or searched for a picker."""

import re
from collections.abc import Sequence
from urllib.parse import quote

from adapters.servicedesk.api_response import Payload, part, rows, text
from adapters.servicedesk.errors import unreadable
from adapters.servicedesk.wire import Wire, accepted
from bot.errors import NotFound
from bot.i18n import _
from bot.model.ids import RequestId, RequestNumber, request_number
from bot.model.request import Request, Requester
from bot.model.secret import Secret

_CLOSED = frozenset({"closed", "resolved", "canceled", "cancelled"})
_MOST_ROWS = 100
"""ServiceDesk Plus Cloud API documentation, Input Data."""
_FIELDS = ["id", "display_id", "subject", "status"]


class Requests:
    """Reads requests. ``web_url`` is where the pages of the portal are, without a slash at the end."""

    def __init__(self, wire: Wire, web_url: str) -> None:
        self._wire = wire
        self._web_url = web_url

    async def by_number(self, number: RequestNumber) -> Request:
        """Look a request up. Raises NotFound.

        An address takes the long id alone, so the number is searched first (seen in production traffic).
        """
        request_id = await self._id_of(number)
        answer = await self._wire.get(f"/requests/{quote(request_id, safe='')}")
        if answer.names_nothing:
            raise _not_found(number)
        row = part(accepted(answer), "request")
        if text(row, "id") != request_id:
            raise unreadable(writes=False)
        return self._request(row, number)

    async def by_id(self, request_id: RequestId) -> Request:
        """Look a request up by its long id, as a link to it carries it. Raises NotFound."""
        answer = await self._wire.get(f"/requests/{quote(request_id, safe='')}")
        if answer.names_nothing:
            raise NotFound(_("This link leads to no request, or the bot may not see it."))
        row = part(accepted(answer), "request")
        number = _number(row)
        if text(row, "id") != request_id or number is None:
            raise unreadable(writes=False)
        return self._request(row, number)

    def id_in(self, url: str) -> RequestId | None:
        """Return the long id in a link to a request of this portal; None for any other link."""
        begin = f"{self._web_url}/ui/requests/"
        found = (
            re.fullmatch(r"(\d{1,30})(?:/.*)?", url.removeprefix(begin)) if url.startswith(begin) else None
        )
        return RequestId(found[1]) if found else None

    async def _id_of(self, number: RequestNumber) -> str:
        found = await self._listed(
            {
                "row_count": 2,
                "start_index": 1,
                "get_total_count": False,
                "search_criteria": _criterion("display_id", "is", number),
                "fields_required": _FIELDS,
            }
        )
        if not found:
            raise _not_found(number)
        # A criterion that was not heeded brings any request: that one must not be taken for this one.
        if len(found) != 1 or not _is_called(found[0], number) or not text(found[0], "id"):
            raise unreadable(writes=False)
        return text(found[0], "id")

    async def search(self, words: str, limit: int) -> Sequence[Request]:
        """Find the newest requests with this number or these words in the subject, open ones first."""
        number = request_number(words)
        list_info: Payload = {
            "row_count": _MOST_ROWS,
            "start_index": 1,
            "sort_field": "created_time",
            "sort_order": "desc",
            "fields_required": [*_FIELDS, "requester", "technician"],
        }
        if number is not None:
            list_info["search_criteria"] = _criterion("display_id", "is", number)
        elif words.strip():
            list_info["search_criteria"] = _criterion("subject", "contains", words.strip())
        listed = await self._listed(list_info)
        found = [self._request(row, called) for row in listed if (called := _number(row)) and text(row, "id")]
        return sorted(found, key=lambda request: request.is_closed)[:limit]

    async def _listed(self, list_info: Payload) -> list[Payload]:
        return rows(accepted(await self._wire.get("/requests", {"list_info": list_info})), "requests")

    def _request(self, row: Payload, number: RequestNumber) -> Request:
        request_id = text(row, "id")
        status = part(row, "status")
        return Request(
            id=RequestId(request_id),
            number=number,
            subject=text(row, "subject"),
            status=text(status, "name") or text(status, "internal_name"),
            is_closed=_is_closed(status),
            requester=_requester(part(row, "requester")),
            url=f"{self._web_url}/ui/requests/{quote(request_id, safe='')}/details",
            technician=text(part(row, "technician"), "name") or None,
        )


def _criterion(field: str, condition: str, value: str) -> Payload:
    """Write one criterion as an object: an array of one is refused (undocumented, assumed)."""
    return {"field": field, "condition": condition, "value": value}


def _number(row: Payload) -> RequestNumber | None:
    """Read the number; newer portals tell it in ``display_key``, perhaps with a prefix (seen in production traffic)."""
    shown = text(part(row, "display_key"), "display_value")
    return request_number(text(row, "display_id")) or request_number(shown.rpartition("-")[2])


def _is_called(row: Payload, number: RequestNumber) -> bool:
    return _number(row) == number


def _is_closed(status: Payload) -> bool:
    in_progress = status.get("in_progress")
    if isinstance(in_progress, bool):
        return not in_progress
    return text(status, "name").lower() in _CLOSED


def _requester(user: Payload) -> Requester:
    """Read who raised it. The mobile number comes first, since SMS go to it."""
    address = text(user, "email_id")
    phone = text(user, "mobile") or text(user, "phone")
    return Requester(text(user, "name") or address, address or None, Secret(phone) if phone else None)


def _not_found(number: RequestNumber) -> NotFound:
    return NotFound(_("No request has the number {number}, or the bot may not see it.", number=number))
