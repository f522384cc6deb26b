"""A tenant in the simulated Teams, and a server that stands in for the bot."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import aiohttp
import jwt
from aiohttp import web

from sandbox.server import Server
from sandbox.teams import Conversation, TeamsMessage, TeamsSandbox

ADAPTIVE = "application/vnd.microsoft.card.adaptive"
MESSAGE = "application/vnd.microsoft.activity.message"
Answer = dict[str, Any] | web.Response | None


class Ticking:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.at = datetime(2026, 11, 24, 10, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at

    def tick(self, **later: float) -> None:
        self.at += timedelta(**later)


class Receiver:
    """A stand-in for the bot. It refuses requests with a wrong token, records the others, and sends a planned answer."""

    def __init__(self, teams_tenant: "TeamsTenant") -> None:
        self._teams_tenant = teams_tenant
        self.asks_for_tokens = True
        self.activities: list[dict[str, Any]] = []
        self.answer: Answer | Callable[[dict[str, Any]], Awaitable[Answer]] = None
        app = web.Application()
        app.router.add_post("/api/messages", self._receive)
        self.server = Server(app)

    async def _receive(self, request: web.Request) -> web.Response:
        activity = await request.json()
        if self.asks_for_tokens and not await self._is_from_teams(request, activity):
            return web.Response(status=401)
        self.activities.append(activity)
        answer = await self.answer(activity) if callable(self.answer) else self.answer
        if isinstance(answer, web.Response):
            return answer
        return web.Response(status=202) if answer is None else web.json_response(answer)

    async def _is_from_teams(self, request: web.Request, activity: dict[str, Any]) -> bool:
        """Check a token as the Bot Framework's documentation asks, with the library's own means."""
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        metadata = await self._teams_tenant.get(self._teams_tenant.teams.openid_url)
        keys = {one["kid"]: one for one in (await self._teams_tenant.get(metadata["jwks_uri"]))["keys"]}
        try:
            key = keys[jwt.get_unverified_header(token)["kid"]]
            claims = jwt.decode(
                token,
                jwt.PyJWK(key, "RS256"),
                algorithms=metadata["id_token_signing_alg_values_supported"],
                audience=self._teams_tenant.teams.app_id,
                issuer=metadata["issuer"],
                options={"verify_exp": False, "verify_nbf": False, "verify_iat": False},
            )
        except (jwt.PyJWTError, KeyError):
            return False
        now = self._teams_tenant.clock().timestamp()
        is_in_time = claims["nbf"] <= now < claims["exp"]
        is_endorsed = activity["channelId"] in key["endorsements"]
        return is_in_time and is_endorsed and claims["serviceurl"] == activity["serviceUrl"]


class TeamsTenant:
    """Two people in a channel of a team, each with a personal chat, and the bot's side of the wire."""

    def __init__(self, **options: Any) -> None:
        self.clock = Ticking()
        self.teams = TeamsSandbox(now=self.clock, **options)
        self.bot = Receiver(self)
        self.tom = self.teams.add_person("Tom Ray", "tom@example.test", locale="fr-FR")
        self.ann = self.teams.add_person("Ann Lee", "ann@example.test")
        self.channel = self.teams.add_team_channel("IT", "Helpdesk", [self.tom, self.ann])
        self.chat = self.teams.personal_chat(self.tom)
        self.session = aiohttp.ClientSession()
        self.token = ""

    @classmethod
    @asynccontextmanager
    async def open(cls, **options: Any) -> AsyncIterator["TeamsTenant"]:
        teams_tenant = cls(**options)
        await teams_tenant.teams.start()
        teams_tenant.teams.messages_url = f"{await teams_tenant.bot.server.start()}/api/messages"
        teams_tenant.token = (await teams_tenant.ask_for_token())[1].get("access_token", "")
        yield teams_tenant
        await teams_tenant.teams.wait_for_refreshes()
        await teams_tenant.session.close()
        await teams_tenant.teams.stop()
        await teams_tenant.bot.server.stop()

    async def get(self, url: str) -> dict[str, Any]:
        async with self.session.get(url) as answer:
            document: dict[str, Any] = await answer.json()
            return document

    async def ask_for_token(self, url: str = "", **fields: str) -> tuple[int, dict[str, Any]]:
        form = {
            "grant_type": "client_credentials",
            "client_id": self.teams.app_id,
            "client_secret": self.teams.app_password,
            "scope": "https://api.botframework.com/.default",
            **fields,
        }
        async with self.session.post(url or self.teams.token_url, data=form) as answer:
            return answer.status, await answer.json()

    async def call(
        self, method: str, path: str, body: Any = None, *, token: str | None = None
    ) -> tuple[int, dict[str, Any], dict[str, str]]:
        """Let the bot call the connector; returns status, JSON and headers."""
        token = self.token if token is None else token
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        url = f"{self.teams.service_url}v3/conversations{path}"
        async with self.session.request(method, url, json=body, headers=headers) as answer:
            told = await answer.json() if answer.content_type == "application/json" else {}
            return answer.status, told, dict(answer.headers)

    async def send(self, conversation: Conversation | str, activity: Any) -> tuple[int, dict[str, Any]]:
        """Let the bot send an activity."""
        name = conversation if isinstance(conversation, str) else conversation.id
        return (await self.call("POST", f"/{quote(name, safe='')}/activities", activity))[:2]

    async def post(self, conversation: Conversation, *elements: dict[str, Any], **card: Any) -> TeamsMessage:
        """Let the bot post a card, and return the message."""
        status, told = await self.send(conversation, message(a_card(*elements, **card)))
        assert status == 201, told
        found = conversation.find_message(told["id"])
        assert found is not None
        return found

    async def change(self, changed: TeamsMessage, card: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """Let the bot update a message."""
        return (await self.call("PUT", address(changed), message(card)))[:2]


def address(message: TeamsMessage) -> str:
    """The path of a message at the connector."""
    return f"/{quote(message.conversation.id, safe='')}/activities/{message.id}"


def a_card(*elements: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A card of version 1.5."""
    return {"type": "AdaptiveCard", "version": "1.5", "body": list(elements), **more}


def message(card: dict[str, Any]) -> dict[str, Any]:
    """A message with a card."""
    return {"type": "message", "attachments": [{"contentType": ADAPTIVE, "content": card}]}


def words(text: str) -> dict[str, Any]:
    """A text in a card."""
    return {"type": "TextBlock", "text": text}


def execute(title: str, **more: Any) -> dict[str, Any]:
    """A button that asks the bot."""
    told = {"tv": title.lower()}
    fallback = {"type": "Action.Submit", "title": title, "data": told}
    return {
        "type": "Action.Execute",
        "title": title,
        "verb": "tv",
        "data": told,
        "fallback": fallback,
        **more,
    }


def card_reply(card: dict[str, Any]) -> dict[str, Any]:
    """The answer that shows a card to the person who pressed."""
    return {"statusCode": 200, "type": ADAPTIVE, "value": card}


def toast(text: str) -> dict[str, Any]:
    """The answer that shows a short message."""
    return {"statusCode": 200, "type": MESSAGE, "value": text}
