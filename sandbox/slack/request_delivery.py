"""Brings what people do to the bot: signed over HTTP, or in envelopes where the bot holds a websocket open."""

import asyncio
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from aiohttp import ClientError, ClientSession, ClientTimeout

from sandbox.slack.model import Ephemeral, Json
from sandbox.slack.socket_mode import SocketMode
from sandbox.slack.state import SlackState

ACK_SECONDS = 3.0
FORM = "application/x-www-form-urlencoded"
OK = 200


@dataclass(frozen=True, slots=True)
class DeliveryResult:
    """What the bot answered, and what the person saw of it. ``status`` 0: no answer at all.

    ``json`` is the answer's body where it is JSON. ``trouble`` is Slack's own word for what went wrong
    (``operation_timeout``, ``dispatch_failed``, ``invalid_blocks``); empty where nothing did.
    """

    status: int
    body: str
    json: Any = None
    ephemerals: tuple[Ephemeral, ...] = ()
    trouble: str = ""


class RequestDelivery:
    """The way from Slack to the bot."""

    def __init__(self, world: SlackState, sockets: SocketMode, signing_secret: str, events_url: str) -> None:
        self.signing_secret = signing_secret
        self.events_url = events_url
        self.ack_seconds = ACK_SECONDS
        self._world = world
        self._sockets = sockets
        self._session: ClientSession | None = None

    async def start(self) -> None:
        """Open the client."""
        self._session = ClientSession()

    async def stop(self) -> None:
        """Close the client."""
        if self._session is not None:
            await self._session.close()

    def sign(self, body: bytes | str, timestamp: float | None = None) -> dict[str, str]:
        """Return the headers that prove a body to be Slack's (Slack's reference of request signing, ``v0``)."""
        raw = body.encode() if isinstance(body, str) else body
        at = str(int(self._world.now() if timestamp is None else timestamp))
        digest = hmac.new(self.signing_secret.encode(), b"v0:" + at.encode() + b":" + raw, hashlib.sha256)
        return {"X-Slack-Request-Timestamp": at, "X-Slack-Signature": f"v0={digest.hexdigest()}"}

    async def command(self, fields: dict[str, str]) -> DeliveryResult:
        """Deliver a slash command."""
        if self._sockets.connections:
            return await self._envelope("slash_commands", fields)
        return await self._signed(urlencode(fields), FORM)

    async def interaction(self, payload: Json) -> DeliveryResult:
        """Deliver a press, a submission, a shortcut or a question for options."""
        if self._sockets.connections:
            return await self._envelope("interactive", payload)
        return await self._signed(urlencode({"payload": json.dumps(payload)}), FORM)

    async def event(self, payload: Json, *, retry: int = 0, reason: str = "") -> DeliveryResult:
        """Deliver an event, perhaps again."""
        if self._sockets.connections:
            headers = {"retry_attempt": retry, "retry_reason": reason}
            return await self._envelope("events_api", payload, accepts_payload=False, headers=headers)
        repeated = {"X-Slack-Retry-Num": str(retry), "X-Slack-Retry-Reason": reason} if retry else {}
        return await self._signed(json.dumps(payload), "application/json", repeated)

    async def _signed(
        self, body: str, content_type: str, more: Mapping[str, str] | None = None
    ) -> DeliveryResult:
        headers = {"Content-Type": content_type, **self.sign(body), **(more or {})}
        return await self.post_raw(body.encode(), headers)

    async def post_raw(self, body: bytes, headers: Mapping[str, str]) -> DeliveryResult:
        """Post anything to the bot, signed or not."""
        if self._session is None or not self.events_url:
            raise RuntimeError("start the sandbox and set events_url first")
        agent = {"User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)"}
        timeout = ClientTimeout(total=self.ack_seconds)
        try:
            async with self._session.post(
                self.events_url,
                data=body,
                headers={**agent, **headers},
                timeout=timeout,
                allow_redirects=False,
            ) as answer:
                text = await answer.text()
                trouble = "" if answer.status == OK else "dispatch_failed"
                return DeliveryResult(answer.status, text, _json(answer.content_type, text), trouble=trouble)
        except TimeoutError:
            return DeliveryResult(0, "", trouble="operation_timeout")
        except ClientError:
            return DeliveryResult(0, "", trouble="dispatch_failed")

    async def _envelope(
        self, kind: str, payload: Json, *, accepts_payload: bool = True, headers: Json | None = None
    ) -> DeliveryResult:
        try:
            async with asyncio.timeout(self.ack_seconds):
                answer = await self._sockets.send(
                    kind, payload, accepts_payload=accepts_payload, headers=headers or {}
                )
        except TimeoutError:
            return DeliveryResult(0, "", trouble="operation_timeout")
        return DeliveryResult(OK, json.dumps(answer) if answer else "", answer)


def _json(content_type: str, text: str) -> Any:
    if content_type != "application/json" or not text:
        return None
    try:
        return json.loads(text)
    except ValueError:
        return None
