"""Brings activities to the bot over HTTP, each with the token that proves where it comes from."""

import json
from dataclasses import dataclass
from typing import Any

from aiohttp import ClientError, ClientSession, ClientTimeout

from sandbox.teams.model import Json
from sandbox.teams.token_issuer import TokenIssuer

INVOKE_SECONDS = 5.0
MESSAGE_SECONDS = 15.0
_GOOD = range(200, 300)


@dataclass(frozen=True, slots=True)
class DeliveryResult:
    """What the bot answered. ``status`` 0: no answer. ``body`` is the answer's JSON, None where there is none.

    ``trouble`` says why a person saw that it did not work; empty where it did. ``shown`` is what they saw instead.
    """

    status: int
    body: Any
    activity: Json
    trouble: str = ""
    shown: Any = None


class ActivityDelivery:
    """The way from Teams to the bot."""

    def __init__(self, issuer: TokenIssuer, *, anonymous: bool) -> None:
        self.messages_url: str | None = None
        self.invoke_seconds = INVOKE_SECONDS
        self.message_seconds = MESSAGE_SECONDS
        self._issuer = issuer
        self._anonymous = anonymous
        self._session: ClientSession | None = None

    async def start(self) -> None:
        """Open the client."""
        self._session = ClientSession()

    async def stop(self) -> None:
        """Close the client."""
        if self._session is not None:
            await self._session.close()

    async def deliver(self, activity: Json) -> DeliveryResult:
        """Post an activity as Teams does."""
        return await self.post(activity, None if self._anonymous else self._issuer.token())

    async def post(self, activity: Json, token: str | None) -> DeliveryResult:
        """Post anything, with any token or none."""
        if self._session is None or not self.messages_url:
            raise RuntimeError("start the sandbox and set messages_url first")
        is_invoke = activity.get("type") == "invoke"
        timeout = ClientTimeout(total=self.invoke_seconds if is_invoke else self.message_seconds)
        headers = {"User-Agent": "Microsoft-SkypeBotApi (Microsoft-BotFramework/3.0)"}
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        try:
            async with self._session.post(
                self.messages_url, json=activity, headers=headers, timeout=timeout, allow_redirects=False
            ) as answer:
                text = await answer.text()
                trouble = "" if answer.status in _GOOD else f"Unable to reach app (HTTP {answer.status})"
                return DeliveryResult(answer.status, _json(text), activity, trouble)
        except TimeoutError:
            return DeliveryResult(0, None, activity, "Unable to reach app (no answer in time)")
        except ClientError:
            return DeliveryResult(0, None, activity, "Unable to reach app (no connection)")


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None
