"""The endpoints for requests, portals, technicians and users."""

from typing import Any

from aiohttp import web

from sandbox.servicedesk import payloads
from sandbox.servicedesk.json_format import (
    Route,
    entity_response,
    invalid,
    not_found,
    read_entity,
    required_text,
    wrong_type,
)
from sandbox.servicedesk.list_info import list_response
from sandbox.servicedesk.model import STATUSES, Status, User
from sandbox.servicedesk.records import Records
from sandbox.servicedesk.tenant import Tenant

_UPDATABLE = frozenset({"subject", "status", "technician", "status_change_comments", "update_reason"})


class RequestEndpoints:
    """Returns and updates requests: Microsoft connector by ManageEngine, October 2024."""

    def __init__(self, records: Records) -> None:
        self._records = records

    def routes(self) -> list[Route]:
        """Return the routes of these endpoints."""
        return [
            Route("GET", "/requests", "requests.list", "requests", self._list),
            Route("GET", "/requests/{id:[0-9]+}", "requests.get", "requests", self._get),
            Route("PUT", "/requests/{id:[0-9]+}", "requests.update", "requests", self._update),
        ]

    async def _list(self, request: web.Request) -> web.Response:
        rows = [payloads.format_request(one) for one in self._records.requests.values()]
        known, default = payloads.REQUEST_FIELDS, payloads.REQUEST_ROW_FIELDS
        return list_response(request, "requests", rows, known=known, default=default)

    async def _get(self, request: web.Request) -> web.Response:
        return entity_response(
            "request", payloads.format_request(self._records.find_request(request.match_info["id"]))
        )

    async def _update(self, request: web.Request) -> web.Response:
        found = self._records.find_request(request.match_info["id"])
        fields = await read_entity(request, "request", _UPDATABLE)
        subject = required_text(fields, "subject") if "subject" in fields else found.subject
        status = _parse_status(fields["status"]) if "status" in fields else found.status
        technician = (
            self._parse_technician(fields["technician"]) if "technician" in fields else found.technician
        )
        found.subject, found.status, found.technician = subject, status, technician
        found.updated = self._records.now()
        return entity_response("request", payloads.format_request(found))

    def _parse_technician(self, reference: Any) -> User | None:
        return (
            None
            if reference is None
            else find_referenced_user(self._records.technicians(), reference, "technician")
        )


def _parse_status(reference: Any) -> Status:
    if not isinstance(reference, dict):
        raise wrong_type("status")
    for status in STATUSES.values():
        named = str(reference.get("name", "")).casefold() == status.name.casefold()
        if named or reference.get("id") == status.id:
            return status
    raise invalid("status")


def find_referenced_user(people: list[User], reference: Any, field: str) -> User:
    """Return the user that an id, an e-mail address or a name refers to. Raises ApiError."""
    if not isinstance(reference, dict):
        raise wrong_type(field)
    for one in people:
        known = {"id": one.id, "email_id": one.email.casefold(), "name": one.name.casefold()}
        given = {name: str(value).casefold() for name, value in reference.items()}
        if given and given.items() <= known.items():
            return one
    raise invalid(field)


class DirectoryEndpoints:
    """Lists portals, technicians and users."""

    def __init__(self, tenant: Tenant, records: Records) -> None:
        self._tenant = tenant
        self._records = records

    def routes(self) -> list[Route]:
        """Return the routes of these endpoints. The scope of the portal list is undocumented: none is assumed."""
        return [
            Route("GET", "/portals", "portals.list", "", self._list_portals),
            Route("GET", "/technicians", "technicians.list", "technicians", self._list_technicians),
            Route("GET", "/users", "users.list", "users", self._list_users),
        ]

    async def _list_portals(self, request: web.Request) -> web.Response:
        portal = {
            "id": "216826000000000013",
            "name": self._tenant.portal,
            "display_name": "IT Desk",
            "description": None,
            "is_default": True,
            "status": "ACTIVE",
            "timezone": "Etc/UTC",
            "owner": {"owner_name": self._records.account.name, "email": self._records.account.email},
        }
        return list_response(request, "portals", [portal], known=tuple(portal), default=tuple(portal))

    async def _list_technicians(self, request: web.Request) -> web.Response:
        return self._list(request, "technicians", self._records.technicians())

    async def _list_users(self, request: web.Request) -> web.Response:
        """List every user. Some tenants have no such endpoint, as seen in production traffic."""
        if not self._tenant.has_users:
            raise not_found()
        return self._list(request, "users", list(self._records.users.values()))

    def _list(self, request: web.Request, key: str, people: list[User]) -> web.Response:
        rows = [payloads.format_user(one) for one in people]
        return list_response(request, key, rows, known=payloads.USER_FIELDS, default=payloads.USER_FIELDS)
