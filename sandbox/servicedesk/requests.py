"""Requests, and the portals, technicians and users around them."""

from typing import Any

from aiohttp import web

from sandbox.servicedesk import payloads
from sandbox.servicedesk.json_format import Route, entity, invalid, not_found, single, text_of, wrong_type
from sandbox.servicedesk.list_info import answer_list
from sandbox.servicedesk.model import STATUSES, Status, User
from sandbox.servicedesk.records import Records
from sandbox.servicedesk.tenant import Tenant

_UPDATABLE = frozenset({"subject", "status", "technician", "status_change_comments", "update_reason"})


class RequestEndpoints:
    """Reads and updates requests: Microsoft connector by ManageEngine, October 2024."""

    def __init__(self, desk: Records) -> None:
        self._desk = desk

    def routes(self) -> list[Route]:
        """Return the calls of this part."""
        return [
            Route("GET", "/requests", "requests.list", "requests", self._list),
            Route("GET", "/requests/{id:[0-9]+}", "requests.get", "requests", self._get),
            Route("PUT", "/requests/{id:[0-9]+}", "requests.update", "requests", self._update),
        ]

    async def _list(self, request: web.Request) -> web.Response:
        rows = [payloads.request(one) for one in self._desk.requests.values()]
        known, usual = payloads.REQUEST_FIELDS, payloads.REQUEST_ROW_FIELDS
        return answer_list(request, "requests", rows, known=known, usual=usual)

    async def _get(self, request: web.Request) -> web.Response:
        return single("request", payloads.request(self._desk.find(request.match_info["id"])))

    async def _update(self, request: web.Request) -> web.Response:
        found = self._desk.find(request.match_info["id"])
        fields = await entity(request, "request", _UPDATABLE)
        subject = text_of(fields, "subject") if "subject" in fields else found.subject
        status = _status(fields["status"]) if "status" in fields else found.status
        technician = self._technician(fields["technician"]) if "technician" in fields else found.technician
        found.subject, found.status, found.technician = subject, status, technician
        found.updated = self._desk.now()
        return single("request", payloads.request(found))

    def _technician(self, reference: Any) -> User | None:
        return None if reference is None else referred(self._desk.technicians(), reference, "technician")


def _status(reference: Any) -> Status:
    if not isinstance(reference, dict):
        raise wrong_type("status")
    for status in STATUSES.values():
        named = str(reference.get("name", "")).casefold() == status.name.casefold()
        if named or reference.get("id") == status.id:
            return status
    raise invalid("status")


def referred(people: list[User], reference: Any, field: str) -> User:
    """Return the person that is meant by an id, an e-mail address or a name. Raises ApiError."""
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

    def __init__(self, tenant: Tenant, desk: Records) -> None:
        self._tenant = tenant
        self._desk = desk

    def routes(self) -> list[Route]:
        """Return the calls of this part. Which scope the list of portals needs is undocumented: assumed, none."""
        return [
            Route("GET", "/portals", "portals.list", "", self._portals),
            Route("GET", "/technicians", "technicians.list", "technicians", self._technicians),
            Route("GET", "/users", "users.list", "users", self._users),
        ]

    async def _portals(self, request: web.Request) -> web.Response:
        portal = {
            "id": "216826000000000013",
            "name": self._tenant.portal,
            "display_name": "IT Desk",
            "description": None,
            "is_default": True,
            "status": "ACTIVE",
            "timezone": "Etc/UTC",
            "owner": {"owner_name": self._desk.account.name, "email": self._desk.account.email},
        }
        return answer_list(request, "portals", [portal], known=tuple(portal), usual=tuple(portal))

    async def _technicians(self, request: web.Request) -> web.Response:
        return self._list(request, "technicians", self._desk.technicians())

    async def _users(self, request: web.Request) -> web.Response:
        """List every user; some tenants have no such list, as seen in production traffic."""
        if not self._tenant.has_users:
            raise not_found()
        return self._list(request, "users", list(self._desk.users.values()))

    def _list(self, request: web.Request, key: str, people: list[User]) -> web.Response:
        rows = [payloads.user(one) for one in people]
        return answer_list(request, key, rows, known=payloads.USER_FIELDS, usual=payloads.USER_FIELDS)
