"""Search in the list of requests, in the ways that the portal accepts."""

import structlog

from adapters.servicedesk.api import ServiceDeskApi, require_accepted
from adapters.servicedesk.fields import Payload

LARGEST_PAGE = 100
"""Rows in one response. ServiceDesk Plus Cloud API documentation, Input Data."""
MOST_PAGES = 10
ROW_FIELDS = ["id", "display_id", "subject", "status"]
"""The fields of a request that every search asks for."""
log = structlog.get_logger("servicedesk")


class RequestSearch:
    """Searches requests. It remembers which criteria the portal refuses."""

    def __init__(self, api: ServiceDeskApi) -> None:
        self._api = api
        self._refused_criteria: set[str] = set()

    def forget_refusals(self) -> None:
        """Try every criterion again."""
        self._refused_criteria.clear()

    async def by_criterion(self, wanted: Payload, list_info: Payload) -> Payload | None:
        """Search with ``search_criteria``. None where the portal refuses such a criterion.

        One source uses criteria for ``display_id`` (seen in production traffic); ``search_fields`` is the documented way.
        """
        field = _fields_of(wanted)
        if field in self._refused_criteria:
            return None
        search = {"search_criteria": wanted}
        response = await self._api.get("/requests", {"list_info": list_info | search})
        if not response.is_refusal or response.is_forbidden:
            return require_accepted(response)
        log.warning("search criteria refused", field=field)
        self._refused_criteria.add(field)
        return None

    async def by_field(self, field: str, value: str, list_info: Payload) -> Payload:
        """Search with ``search_fields`` (ServiceDesk Plus Cloud API documentation, Input Data)."""
        search = {"search_fields": {field: value}}
        return require_accepted(await self._api.get("/requests", {"list_info": list_info | search}))


def criterion(field: str, condition: str, value: str) -> Payload:
    """Return one criterion as an object. An array of one is refused (undocumented, assumed)."""
    return {"field": field, "condition": condition, "value": value}


def _fields_of(wanted: Payload) -> str:
    """Return the fields that a criterion and its children search, as one text."""
    return "|".join([wanted["field"], *(_fields_of(child) for child in wanted.get("children", []))])
