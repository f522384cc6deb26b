"""The parts of Microsoft that the wire of Teams talks to: signing keys, sign-in, and the Bot Connector."""

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from functools import lru_cache
from typing import Any

import jwt
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key

from sandbox.server import Server

APP = "5f1b0000-0000-4000-8000-000000000001"
TENANT = "7a110000-0000-4000-8000-000000000002"
PASSWORD = "app-secret-of-the-bot"
CONVERSATION = "19:abc@thread.tacv2;messageid=1700000000000"
ISSUER = "https://api.botframework.com"
Answer = Callable[[web.Request], web.StreamResponse]


@lru_cache
def private_key(kid: str) -> RSAPrivateKey:
    """One key a name, made once a run."""
    assert kid
    return generate_private_key(65537, 2048)


def public_jwk(kid: str, endorsements: list[str] | None) -> dict[str, Any]:
    """A key as it is published."""
    jwk = jwt.algorithms.RSAAlgorithm.to_jwk(private_key(kid).public_key(), as_dict=True)
    jwk |= {"kid": kid, "use": "sig"}
    return jwk if endorsements is None else jwk | {"endorsements": endorsements}


class Microsoft:
    """Counts what it is asked. ``delay`` (seconds) slows every answer; ``planned`` answers the connector's next calls."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self.now = now
        self.issuer = ISSUER
        self.keys: dict[str, list[str] | None] = {"k1": ["msteams", "webchat"]}
        self.odd_keys: list[Any] = []
        self.is_down = False
        self.delay = 0.0
        self.key_fetches = 0
        self.token_requests: list[dict[str, str]] = []
        self.token_answer: tuple[int, dict[str, Any]] | None = None
        self.token_life = 3600
        self.planned: deque[Answer] = deque()
        self.calls: list[tuple[str, str, Any]] = []
        self.tokens_shown: list[str] = []
        self.arrived = asyncio.Event()
        self.gate: asyncio.Event | None = None
        app = web.Application()
        app.router.add_get("/openid", self._openid)
        app.router.add_get("/keys", self._published)
        app.router.add_post("/token", self._token)
        app.router.add_route("*", "/connector/{path:.*}", self._connector)
        self.server = Server(app)

    @property
    def service_url(self) -> str:
        return f"{self.server.url}/connector/"

    @property
    def openid_url(self) -> str:
        return f"{self.server.url}/openid"

    @property
    def token_url(self) -> str:
        return f"{self.server.url}/token"

    def sign(self, kid: str = "k1", *, headers: dict[str, Any] | None = None, **changes: Any) -> str:
        """A token as Teams sends it; a claim that is changed to None is left out."""
        now = self.now().timestamp()
        claims = {
            "iss": self.issuer,
            "aud": APP,
            "nbf": int(now) - 60,
            "exp": int(now) + 3600,
            "serviceurl": self.service_url,
        }
        claims = {name: value for name, value in (claims | changes).items() if value is not None}
        named = {name: value for name, value in ({"kid": kid} | (headers or {})).items() if value is not None}
        return jwt.encode(claims, private_key(kid), "RS256", headers=named)

    def activity(self, **changes: Any) -> dict[str, Any]:
        """A message as Teams sends it; a field that is changed to None is left out."""
        sent = {
            "type": "message",
            "id": "1700000000001",
            "timestamp": "2026-11-24T09:00:00.1234567Z",
            "localTimestamp": "2026-11-24T10:00:00.1234567+01:00",
            "channelId": "msteams",
            "serviceUrl": self.service_url,
            "from": {"id": "29:ann", "name": "Ann", "aadObjectId": "a-1"},
            "recipient": {"id": f"28:{APP}", "name": "tvbot"},
            "conversation": {
                "id": CONVERSATION,
                "conversationType": "channel",
                "isGroup": True,
                "tenantId": TENANT,
            },
            "channelData": {"tenant": {"id": TENANT}},
            "entities": [{"type": "clientInfo", "locale": "fr-FR", "country": "FR"}],
            "locale": "fr-FR",
            "text": "<at>tvbot</at> help",
        }
        return {name: value for name, value in (sent | changes).items() if value is not None}

    async def _openid(self, _request: web.Request) -> web.Response:
        if self.is_down:
            return web.Response(status=503)
        return web.json_response({"issuer": self.issuer, "jwks_uri": f"{self.server.url}/keys"})

    async def _published(self, _request: web.Request) -> web.Response:
        self.key_fetches += 1
        await asyncio.sleep(self.delay)
        return web.json_response({"keys": [*(public_jwk(*key) for key in self.keys.items()), *self.odd_keys]})

    async def _token(self, request: web.Request) -> web.Response:
        self.token_requests.append({name: str(value) for name, value in (await request.post()).items()})
        await asyncio.sleep(self.delay)
        if self.token_answer is not None:
            status, body = self.token_answer
            return web.json_response(body, status=status)
        token = f"token-{len(self.token_requests)}"
        return web.json_response(
            {"token_type": "Bearer", "expires_in": self.token_life, "access_token": token}
        )

    async def _connector(self, request: web.Request) -> web.StreamResponse:
        written = await request.text()
        body = json.loads(written) if written else None
        self.calls.append((request.method, request.rel_url.raw_path_qs.removeprefix("/connector"), body))
        self.tokens_shown.append(request.headers.get("Authorization", ""))
        self.arrived.set()
        await asyncio.sleep(self.delay)
        if self.gate is not None:
            await self.gate.wait()
        if self.planned:
            return self.planned.popleft()(request)
        return web.json_response({"id": f"m{len(self.calls)}"}, status=201)


@asynccontextmanager
async def microsoft(now: Callable[[], datetime]) -> AsyncIterator[Microsoft]:
    """Play Microsoft on loopback."""
    playing = Microsoft(now)
    await playing.server.start()
    try:
        yield playing
    finally:
        if playing.gate is not None:
            playing.gate.set()
        await playing.server.stop()


def answers(status: int, body: Any = "", **headers: str) -> Answer:
    """A response of the Bot Connector: JSON, or an unchanged page."""
    text = body if isinstance(body, str) else json.dumps(body)
    kind = "text/html" if isinstance(body, str) else "application/json"
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _request: web.Response(status=status, text=text, content_type=kind, headers=named)


def hangs_up(request: web.Request) -> web.StreamResponse:
    """Take the call, and break the connection instead of answering."""
    assert request.transport
    request.transport.abort()
    return web.Response()
