"""The calls about the token and its account."""

from aiohttp import web

from sandbox.teamviewer.access_control import AccessControl
from sandbox.teamviewer.options import Options
from sandbox.teamviewer.payloads import present


class AccountEndpoints:
    """``/ping`` and ``/account``; fields as seen in production traffic."""

    def __init__(self, gate: AccessControl, options: Options) -> None:
        self._gate = gate
        self._options = options

    def routes(self) -> list[web.RouteDef]:
        """Return the routes of this part."""
        return [
            web.get("/api/v1/ping", self.ping, name="ping"),
            web.get("/api/v1/account", self.account, name="account"),
        ]

    async def ping(self, request: web.Request) -> web.Response:
        """Tell whether the token is good; a bad one is answered 200 as well."""
        token = self._gate.bearer(request)
        is_valid = token is not None and not self._gate.grants.is_expired(token)
        return web.json_response({"token_valid": is_valid})

    async def account(self, request: web.Request) -> web.Response:
        """Tell whose token it is; the e-mail needs a permission of its own."""
        account = self._gate.admit(request, "Account.Read")
        body: dict[str, object] = {
            "userid": account.userid,
            "email": account.email if "Account.ReadEmail" in self._options.scopes else None,
            "name": account.name,
            "company_name": account.company_name,
            "email_validated": True,
            "email_language": "en",
            "license": {"version": -1, "type": "Corporate", "isactive": True},
        }
        return web.json_response(present(body, self._options))
