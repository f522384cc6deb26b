"""The endpoints for requests."""

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from sandbox.servicedesk import payloads
from sandbox.servicedesk.input_data import read_entity, read_required_text
from sandbox.servicedesk.json_format import (
    Payload,
    Route,
    build_entity_response,
    invalid,
    not_found,
    wrong_type,
)
from sandbox.servicedesk.list_info import build_list_response
from sandbox.servicedesk.model import STATUSES, Request, Status, User
from sandbox.servicedesk.records import Records
from sandbox.servicedesk.tenant import Tenant

_UPDATABLE = frozenset({"subject", "status", "technician", "status_change_comments", "update_reason"})


class RequestEndpoints:
    """Returns and updates requests: Microsoft connector by ManageEngine, October 2024."""

    def __init__(self, tenant: Tenant, records: Records) -> None:
        self._tenant = tenant
        self._records = records

    def build_routes(self) -> list[Route]:
        """Return the routes of these endpoints."""
        return [
            Route("GET", "/requests", "requests.list", "requests", self._list_requests),
            Route("GET", "/requests/{id:[0-9]+}", "requests.get", "requests", self._get_request),
            Route("PUT", "/requests/{id:[0-9]+}", "requests.update", "requests", self._update_request),
        ]

    async def _list_requests(self, request: web.Request) -> web.Response:
        shown = [
            one for one in self._records.requests.values() if self._tenant.lists_trashed or not one.is_trashed
        ]
        allowed_fields, default_fields = payloads.REQUEST_FIELDS, payloads.REQUEST_ROW_FIELDS
        return build_list_response(
            request,
            "requests",
            [payloads.RequestRow(one, self._tenant.status_fields) for one in shown],
            allowed_fields=allowed_fields,
            default_fields=default_fields,
            refused_criteria=self._tenant.refused_criteria,
            refused_search_fields=self._tenant.refused_search_fields,
            ignored_criteria=self._tenant.ignored_criteria,
            format_row=self._format_row,
        )

    async def _get_request(self, request: web.Request) -> web.Response:
        found = self._records.find_request(request.match_info["id"])
        if found.is_trashed and not self._tenant.reads_trashed:
            raise not_found()
        return build_entity_response("request", self._format_request(found))

    def _format_row(self, row: Mapping[str, Any]) -> Payload:
        technician = row["technician"]
        if technician is None or self._tenant.names_technician_addresses:
            return dict(row)
        return dict(row) | {"technician": {name: technician[name] for name in ("id", "name")}}

    def _format_request(self, item: Request) -> Payload:
        return payloads.format_request(item, self._tenant.status_fields)

    async def _update_request(self, request: web.Request) -> web.Response:
        target = self._records.find_request(request.match_info["id"])
        fields = await read_entity(request, "request", _UPDATABLE)
        subject = read_required_text(fields, "subject") if "subject" in fields else target.subject
        status = _parse_status(fields["status"]) if "status" in fields else target.status
        technician = (
            self._parse_technician(fields["technician"]) if "technician" in fields else target.technician
        )
        target.subject, target.status, target.technician = subject, status, technician
        target.updated = self._records.now()
        return build_entity_response("request", self._format_request(target))

    def _parse_technician(self, reference: object) -> User | None:
        return (
            None
            if reference is None
            else find_referenced_user(self._records.list_technicians(), reference, "technician")
        )


def _parse_status(reference: object) -> Status:
    if not isinstance(reference, dict):
        raise wrong_type("status")
    for status in STATUSES.values():
        named = str(reference.get("name", "")).casefold() == status.name.casefold()
        if named or reference.get("id") == status.id:
            return status
    raise invalid("status")


def find_referenced_user(people: list[User], reference: object, field: str) -> User:
    """Return the user that an id, an e-mail address or a name refers to. Raises ApiError."""
    if not isinstance(reference, dict):
        raise wrong_type(field)
    for one in people:
        allowed_fields = {"id": one.id, "email_id": (one.email or "").casefold(), "name": one.name.casefold()}
        given = {name: str(value).casefold() for name, value in reference.items()}
        if given and given.items() <= allowed_fields.items():
            return one
    raise invalid(field)
