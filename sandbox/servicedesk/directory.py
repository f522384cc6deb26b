"""The endpoints for portals, technicians and users."""

from collections.abc import Sequence

from aiohttp import web

from sandbox.servicedesk import payloads
from sandbox.servicedesk.json_format import Payload, Route, build_html_page, missing_scope, not_found
from sandbox.servicedesk.list_info import build_list_response
from sandbox.servicedesk.model import User
from sandbox.servicedesk.records import Records
from sandbox.servicedesk.tenant import Tenant


class DirectoryEndpoints:
    """Lists portals, technicians and users."""

    def __init__(self, tenant: Tenant, records: Records) -> None:
        self._tenant = tenant
        self._records = records

    def build_routes(self) -> list[Route]:
        """Return the routes of these endpoints. The portal list needs none of the known scopes (undocumented)."""
        return [
            Route("GET", "/portals", "portals.list", "", self._list_portals),
            Route("GET", "/technicians", "technicians.list", "technicians", self._list_technicians),
            Route("GET", "/users", "users.list", "users", self._list_users),
        ]

    async def _list_portals(self, request: web.Request) -> web.Response:
        """List the portals, in the format of Microsoft's certified ServiceDesk Plus Cloud connector.

        Errors are those of other paths and scopes (undocumented here, assumed).
        """
        if not self._tenant.has_portals:
            return build_html_page(400, "Bad Request")
        if self._tenant.refuse_portals:
            raise missing_scope()
        names = [*self._tenant.other_portals, self._tenant.portal]
        rows = [self._format_portal(name, place) for place, name in enumerate(names)]
        fields = tuple(rows[0])
        return build_list_response(request, "portals", rows, allowed_fields=fields, default_fields=fields)

    def _format_portal(self, name: str, place: int) -> Payload:
        return {
            "id": str(216826000000000013 + place),
            "name": name,
            "display_name": name.title(),
            "description": None,
            "is_default": name == self._tenant.portal,
            "status": "ACTIVE",
            "timezone": "Etc/UTC",
            "owner": {"owner_name": self._records.account.name, "email": self._records.account.email},
        }

    async def _list_technicians(self, request: web.Request) -> web.Response:
        return self._list_people(request, "technicians", self._records.list_technicians())

    async def _list_users(self, request: web.Request) -> web.Response:
        """List every user. Some tenants have no such endpoint, as seen in production traffic."""
        if not self._tenant.has_users:
            raise not_found()
        users = list(self._records.users.values())
        if self._tenant.marks_technicians:
            return self._list_people(request, "users", users, payloads.USER_FIELDS)
        fields = tuple(name for name in payloads.USER_FIELDS if name != "is_technician")
        return self._list_people(request, "users", users, fields)

    def _list_people(
        self, request: web.Request, key: str, people: list[User], fields: Sequence[str] = payloads.USER_FIELDS
    ) -> web.Response:
        rows = [payloads.format_user(one) for one in people]
        return build_list_response(
            request,
            key,
            rows,
            allowed_fields=fields,
            default_fields=fields,
            refused_criteria=self._tenant.refused_criteria,
        )
