"""The browser and the calls of somebody who uses the simulated TeamViewer."""

from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
from yarl import URL

from sandbox.teamviewer import TeamViewerSandbox

CALLBACK = "http://127.0.0.1:9/oauth/teamviewer/callback"


ANN = "ann@example.com"


PRINTER = {"groupname": "Helpdesk", "description": "Ticket 4711", "custom_api": "key-1"}


class Clock:
    """A clock that the test sets."""

    def __init__(self) -> None:
        self.time = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time

    def forward(self, **by: float) -> None:
        self.time += timedelta(**by)


class Browser:
    """Speaks HTTP to the sandbox, with a bearer token once it has one."""

    def __init__(self, sandbox: TeamViewerSandbox, http: aiohttp.ClientSession) -> None:
        self.sandbox = sandbox
        self.http = http
        self.token = ""

    async def call(
        self, method: str, path: str, *, token: str | None = None, **options: Any
    ) -> tuple[int, Any, aiohttp.ClientResponse]:
        """Call the API; return the status, the JSON (or text) and the response."""
        headers = {"Authorization": f"Bearer {token or self.token}"}
        url = f"{self.sandbox.api_url}{path}"
        async with self.http.request(method, url, headers=headers, **options) as response:
            is_json = response.content_type == "application/json"
            return response.status, await (response.json() if is_json else response.text()), response

    def authorize_url(self, **changed: str) -> str:
        asked = {
            "response_type": "code",
            "client_id": "tv-client",
            "redirect_uri": CALLBACK,
            "display": "popup",
            "state": "a b&c=d",
        }
        return str(URL(self.sandbox.authorize_url).with_query({**asked, **changed}))

    async def grant(self, **fields: str) -> tuple[int, Any, aiohttp.ClientResponse]:
        client = {"client_id": "tv-client", "client_secret": "tv-secret"}
        return await self.call("POST", "/oauth2/token", data={**client, **fields})

    async def code(self, email: str = ANN) -> str:
        return URL(await self.sandbox.approve_sign_in(self.authorize_url(), email)).query["code"]

    async def exchange(self, code: str) -> tuple[int, Any, aiohttp.ClientResponse]:
        return await self.grant(grant_type="authorization_code", code=code, redirect_uri=CALLBACK)

    async def refresh(self, token: str) -> tuple[int, Any, aiohttp.ClientResponse]:
        return await self.grant(grant_type="refresh_token", refresh_token=token)

    async def sign_in(self, email: str = ANN) -> dict[str, Any]:
        _, tokens, _ = await self.exchange(await self.code(email))
        self.token = tokens["access_token"]
        return dict(tokens)

    async def create(self, **fields: Any) -> dict[str, Any]:
        status, session, _ = await self.call("POST", "/sessions", json={**PRINTER, **fields})
        assert status == 200, session
        return dict(session)

    async def page(self, url: str, **form: str) -> tuple[int, str]:
        """Open a page, or send its form and follow where that leads."""
        method = "POST" if form else "GET"
        async with self.http.request(method, url, data=form or None) as response:
            return response.status, await response.text()
