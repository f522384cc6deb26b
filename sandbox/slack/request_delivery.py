"""Deliver commands, interactions and events to the bot: signed over HTTP, or by Socket Mode if a websocket is open."""

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
FORM_TYPE = "application/x-www-form-urlencoded"
OK = 200


@dataclass(frozen=True, slots=True)
class DeliveryResult:
    """The bot's response and what the user saw of it. ``status`` 0 means no response.

    ``json`` is the body if it is JSON. ``error`` is Slack's error code (``operation_timeout``, ``dispatch_failed``,
    ``invalid_blocks`` ...). It is empty on success.
    """

    status: int
    body: str
    json: Any = None
    ephemerals: tuple[Ephemeral, ...] = ()
    error: str = ""


class RequestDelivery:
    """The HTTP client and Socket Mode sender that deliver requests to the bot."""

    def __init__(self, state: SlackState, sockets: SocketMode, signing_secret: str, events_url: str) -> None:
        self.signing_secret = signing_secret
        self.events_url = events_url
        self.ack_seconds = ACK_SECONDS
        self._state = state
        self._sockets = sockets
        self._session: ClientSession | None = None

    async def open_client(self) -> None:
        """Open the HTTP client."""
        self._session = ClientSession()

    async def close_client(self) -> None:
        """Close the HTTP client."""
        if self._session is not None:
            await self._session.close()

    def sign(self, body: bytes | str, timestamp: float | None = None) -> dict[str, str]:
        """Return the signature headers of a body (Slack's reference of request signing, ``v0``)."""
        raw = body.encode() if isinstance(body, str) else body
        # Tests pass an old time stamp to prove that the bot refuses it.
        at = str(int(self._state.now() if timestamp is None else timestamp))
        digest = hmac.new(self.signing_secret.encode(), b"v0:" + at.encode() + b":" + raw, hashlib.sha256)
        return {"X-Slack-Request-Timestamp": at, "X-Slack-Signature": f"v0={digest.hexdigest()}"}

    async def deliver_command(self, fields: dict[str, str]) -> DeliveryResult:
        """Deliver a slash command."""
        if self._sockets.connections:
            return await self._send_envelope("slash_commands", fields)
        return await self._post_signed(urlencode(fields), FORM_TYPE)

    async def deliver_interaction(self, payload: Json) -> DeliveryResult:
        """Deliver an action, a submission, a shortcut or an options request."""
        if self._sockets.connections:
            return await self._send_envelope("interactive", payload)
        return await self._post_signed(urlencode({"payload": json.dumps(payload)}), FORM_TYPE)

    async def deliver_event(self, payload: Json, *, retry: int = 0, reason: str = "") -> DeliveryResult:
        """Deliver an event. ``retry`` numbers the redeliveries."""
        if self._sockets.connections:
            headers = {"retry_attempt": retry, "retry_reason": reason}
            return await self._send_envelope("events_api", payload, accepts_payload=False, headers=headers)
        retry_headers = {"X-Slack-Retry-Num": str(retry), "X-Slack-Retry-Reason": reason} if retry else {}
        return await self._post_signed(json.dumps(payload), "application/json", retry_headers)

    async def _post_signed(
        self, body: str, content_type: str, extra_headers: Mapping[str, str] | None = None
    ) -> DeliveryResult:
        headers = {"Content-Type": content_type, **self.sign(body), **(extra_headers or {})}
        return await self.post_raw(body.encode(), headers)

    async def post_raw(self, body: bytes, headers: Mapping[str, str]) -> DeliveryResult:
        """Post any body to the bot, with a valid signature or without."""
        if self._session is None or not self.events_url:
            raise RuntimeError("start the sandbox and set events_url first")
        user_agent = {"User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)"}
        timeout = ClientTimeout(total=self.ack_seconds)
        try:
            async with self._session.post(
                self.events_url,
                data=body,
                headers={**user_agent, **headers},
                timeout=timeout,
                allow_redirects=False,
            ) as response:
                text = await response.text()
                error = "" if response.status == OK else "dispatch_failed"
                return DeliveryResult(
                    response.status, text, _parse_json(response.content_type, text), error=error
                )
        except TimeoutError:
            # After three seconds Slack gives up and shows this error.
            return DeliveryResult(0, "", error="operation_timeout")
        except ClientError:
            return DeliveryResult(0, "", error="dispatch_failed")

    async def _send_envelope(
        self, kind: str, payload: Json, *, accepts_payload: bool = True, headers: Json | None = None
    ) -> DeliveryResult:
        try:
            # The same three seconds apply to an acknowledgement over the websocket.
            async with asyncio.timeout(self.ack_seconds):
                response = await self._sockets.send_envelope(
                    kind, payload, accepts_payload=accepts_payload, headers=headers or {}
                )
        except TimeoutError:
            return DeliveryResult(0, "", error="operation_timeout")
        return DeliveryResult(OK, json.dumps(response) if response else "", response)


def _parse_json(content_type: str, text: str) -> Any:
    if content_type != "application/json" or not text:
        return None
    try:
        return json.loads(text)
    except ValueError:
        return None
