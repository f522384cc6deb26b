"""``/ping`` and ``/account`` of the API."""

from aiohttp import web

from sandbox.teamviewer.access_control import AccessControl
from sandbox.teamviewer.options import Options
from sandbox.teamviewer.payloads import finish_payload


class AccountEndpoints:
    """Endpoints about the token and its account. The fields are those seen in production traffic."""

    def __init__(self, access: AccessControl, options: Options) -> None:
        self._access = access
        self._options = options

    def build_routes(self) -> list[web.RouteDef]:
        """Return the routes of these endpoints."""
        return [
            web.get("/api/v1/ping", self.get_ping, name="ping"),
            web.get("/api/v1/account", self.get_account, name="account"),
        ]

    async def get_ping(self, request: web.Request) -> web.Response:
        """Return whether the token is valid. The status is 200 for an invalid one, too."""
        token = self._access.find_bearer_token(request)
        is_valid = token is not None and not self._access.grants.is_expired(token)
        return web.json_response({"token_valid": is_valid})

    async def get_account(self, request: web.Request) -> web.Response:
        """Return the account of the token. The e-mail address needs its own permission."""
        account = self._access.authorize(request, "Account.Read")
        body: dict[str, object] = {
            "userid": account.userid,
            "email": account.email if "Account.ReadEmail" in self._options.scopes else None,
            "name": account.name,
            "company_name": account.company_name,
            "email_validated": True,
            "email_language": "en",
            "license": {"version": -1, "type": "Corporate", "isactive": self._options.licence_is_active},
        }
        return web.json_response(finish_payload(body, self._options))
