"""Deliver activities to the bot over HTTP, each with a token of the Bot Framework."""

import json
from dataclasses import dataclass
from typing import Any

from aiohttp import ClientError, ClientSession, ClientTimeout

from sandbox.teams.model import Json
from sandbox.teams.token_issuer import TokenIssuer

INVOKE_SECONDS = 5.0
MESSAGE_SECONDS = 15.0
_SUCCESS = range(200, 300)


@dataclass(frozen=True, slots=True)
class DeliveryResult:
    """The bot's response. ``status`` 0 means no response. ``body`` is the response's JSON, None if it has none.

    ``error`` is the error that the user saw; empty on success. ``shown`` is the result that the user saw.
    """

    status: int
    body: Any
    activity: Json
    error: str = ""
    shown: Any = None


class ActivityDelivery:
    """The HTTP client that posts activities to the bot."""

    def __init__(self, token_issuer: TokenIssuer, *, anonymous: bool) -> None:
        self.messages_url: str | None = None
        self.invoke_seconds = INVOKE_SECONDS
        self.message_seconds = MESSAGE_SECONDS
        self._token_issuer = token_issuer
        self._anonymous = anonymous
        self._session: ClientSession | None = None

    async def open_client(self) -> None:
        """Open the HTTP client."""
        self._session = ClientSession()

    async def close_client(self) -> None:
        """Close the HTTP client."""
        if self._session is not None:
            await self._session.close()

    async def deliver_activity(self, activity: Json) -> DeliveryResult:
        """Post an activity with a valid token, as Teams does."""
        return await self.post_activity(
            activity, None if self._anonymous else self._token_issuer.get_current_token()
        )

    async def post_activity(self, activity: Json, token: str | None) -> DeliveryResult:
        """Post any activity, with any token or none."""
        if self._session is None or not self.messages_url:
            raise RuntimeError("start the sandbox and set messages_url first")
        is_invoke = activity.get("type") == "invoke"
        timeout = ClientTimeout(total=self.invoke_seconds if is_invoke else self.message_seconds)
        headers = {"User-Agent": "Microsoft-SkypeBotApi (Microsoft-BotFramework/3.0)"}
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        try:
            async with self._session.post(
                self.messages_url,
                json=activity,
                headers=headers,
                timeout=timeout,
                allow_redirects=False,
                # A redirect is an error: the token must not reach another address.
            ) as response:
                text = await response.text()
                error = "" if response.status in _SUCCESS else f"Unable to reach app (HTTP {response.status})"
                return DeliveryResult(response.status, _parse_json(text), activity, error)
        except TimeoutError:
            return DeliveryResult(0, None, activity, "Unable to reach app (no answer in time)")
        except ClientError:
            return DeliveryResult(0, None, activity, "Unable to reach app (no connection)")


def _parse_json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None
