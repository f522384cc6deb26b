"""The endpoints for portals, technicians and users."""

from aiohttp import web

from sandbox.servicedesk import payloads
from sandbox.servicedesk.json_format import Route, not_found
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
        return build_list_response(
            request, "portals", [portal], allowed_fields=tuple(portal), default_fields=tuple(portal)
        )

    async def _list_technicians(self, request: web.Request) -> web.Response:
        return self._list_people(request, "technicians", self._records.list_technicians())

    async def _list_users(self, request: web.Request) -> web.Response:
        """List every user. Some tenants have no such endpoint, as seen in production traffic."""
        if not self._tenant.has_users:
            raise not_found()
        return self._list_people(request, "users", list(self._records.users.values()))

    def _list_people(self, request: web.Request, key: str, people: list[User]) -> web.Response:
        rows = [payloads.format_user(one) for one in people]
        return build_list_response(
            request, key, rows, allowed_fields=payloads.USER_FIELDS, default_fields=payloads.USER_FIELDS
        )
