"""Somebody who calls the simulated ServiceDesk Plus, and a clock that is set by hand."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp

from sandbox.servicedesk import ServiceDeskSandbox

ACCEPT = "application/vnd.manageengine.sdp.v3+json"


CLIENT = {"client_id": "1000.CLIENT", "client_secret": "zoho-secret"}


REFRESH = {**CLIENT, "grant_type": "refresh_token", "refresh_token": "1000.refresh.token"}


ANN = "ann@example.test"


class Clock:
    """A clock that the test sets."""

    def __init__(self) -> None:
        self.time = datetime(2026, 1, 9, 10, 2, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time

    def forward(self, **by: float) -> None:
        self.time += timedelta(**by)


class Caller:
    """Speaks HTTP to the sandbox, with a token once it has one."""

    def __init__(self, servicedesk: ServiceDeskSandbox, http: aiohttp.ClientSession) -> None:
        self.servicedesk = servicedesk
        self.http = http
        self.headers = {"Accept": ACCEPT}
        self.prefix = "/app/itdesk/api/v3"

    async def token(self, **fields: str) -> tuple[int, dict[str, Any]]:
        url = f"{self.servicedesk.accounts_url}/oauth/v2/token"
        async with self.http.post(url, data={**REFRESH, **fields}) as response:
            return response.status, await response.json()

    async def sign_in(self) -> None:
        _, answer = await self.token()
        self.headers["Authorization"] = f"Zoho-oauthtoken {answer['access_token']}"

    async def get(self, path: str, **sent: Any) -> tuple[int, Any]:
        return await self._call("GET", path, params={"input_data": json.dumps(sent)})

    async def post(self, path: str, **sent: Any) -> tuple[int, Any]:
        return await self._call("POST", path, data={"input_data": json.dumps(sent)})

    async def put(self, path: str, **sent: Any) -> tuple[int, Any]:
        return await self._call("PUT", path, data={"input_data": json.dumps(sent)})

    async def _call(self, method: str, path: str, **options: Any) -> tuple[int, Any]:
        url = f"{self.servicedesk.api_url}{self.prefix}{path}"
        async with self.http.request(method, url, headers=self.headers, **options) as response:
            is_json = response.content_type == "application/json"
            return response.status, await (response.json() if is_json else response.text())

    async def numbers(self, **criterion: Any) -> list[str]:
        """The numbers of the requests that a criterion finds."""
        status, answer = await self.get("/requests", list_info={"search_criteria": criterion})
        assert status == 200, answer
        return [row["display_id"] for row in answer["requests"]]


def refusal(answer: tuple[int, Any]) -> tuple[int, int, Any]:
    """The HTTP status, the code and the field (or fields, or message) of a refusal."""
    status, body = answer
    assert body["response_status"]["status_code"] == 4000
    assert body["response_status"]["status"] == "failed"
    (message,) = body["response_status"]["messages"]
    return status, message["status_code"], message.get("field", message.get("fields", message.get("message")))


def reply(request_id: str, **changed: Any) -> dict[str, Any]:
    """A reply to the requester, as a client sends it."""
    sent = {
        "type": "REQREPLY",
        "in_reply_to": {"id": request_id},
        "to": [ANN],
        "subject": "Re: [Request ID :##101##] : VPN fails",
        "description": '<p>Click <a href="https://example.test/join/x">here</a>.</p>',
        "is_public": True,
    }
    return {**sent, **changed}
