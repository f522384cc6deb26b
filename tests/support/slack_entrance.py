"""The route of Slack over real HTTP, with the bot in memory behind it."""

import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast
from urllib.parse import urlencode

from aiohttp import ClientSession, web
from slack_bolt.authorization import AuthorizeResult
from support.bot_in_memory import BotInMemory

from adapters.slack.app import SlackApp
from adapters.slack.chat import SlackChat
from adapters.slack.events import SlackEvents
from adapters.slack.forms import SlackForms
from adapters.slack.origin import NamedTenants
from adapters.slack.route import SlackRoute
from adapters.slack.webapi import SlackWebApi
from adapters.tasks import Tasks
from adapters.web.server import WebServer, new_application
from bot.command_dispatcher import CommandDispatcher
from bot.model.secret import Secret
from bot.use_cases.search import RequestSearch

SIGNING_SECRET = "shared-by-slack-and-bot"
FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
NOT_SERVED = "The app is not installed in this workspace."


class SlackEntrance:
    """Sends requests as Slack does. The app is in the workspace T1. ``posted`` is what came to a response URL."""

    def __init__(self, bot: BotInMemory, session: ClientSession, url: str) -> None:
        self.bot = bot
        self.app: SlackApp | None = None
        self.session = session
        self.url = url
        self.posted: list[dict[str, Any]] = []
        self.receiver = ""

    async def receive(self, request: web.Request) -> web.Response:
        """Record what is posted to a response URL."""
        self.posted.append(await request.json())
        return web.Response()

    def sign(self, body: bytes, *, secret: str = SIGNING_SECRET) -> dict[str, str]:
        """Return the headers of a signature (Slack: verifying requests)."""
        now = str(int(time.time()))
        digest = hmac.new(secret.encode(), b"v0:" + now.encode() + b":" + body, hashlib.sha256).hexdigest()
        return {"X-Slack-Request-Timestamp": now, "X-Slack-Signature": f"v0={digest}"}

    async def post(
        self, body: bytes, content_type: str = FORM, headers: dict[str, str] | None = None
    ) -> tuple[int, str]:
        """Post a body with a signature, or with other headers. Return the status and the body of the answer."""
        sent = {"Content-Type": content_type, **(self.sign(body) if headers is None else headers)}
        async with self.session.post(self.url, data=body, headers=sent) as answer:
            return answer.status, await answer.text()

    async def post_form(self, fields: dict[str, str]) -> tuple[int, str]:
        """Post a slash command."""
        return await self.post(urlencode(fields).encode())

    async def post_payload(self, payload: Any) -> tuple[int, str]:
        """Post an interaction."""
        return await self.post(urlencode({"payload": json.dumps(payload)}).encode())

    async def post_json(self, payload: Any) -> tuple[int, str]:
        """Post an event."""
        return await self.post(json.dumps(payload).encode(), JSON)


@asynccontextmanager
async def slack_entrance() -> AsyncIterator[SlackEntrance]:
    """Serve the route."""
    bot = BotInMemory()
    await bot.start()
    tasks = Tasks()
    async with ClientSession() as session:
        app = new_application()
        entrance = SlackEntrance(bot, session, "")
        app.router.add_post("/response", entrance.receive)
        api = SlackWebApi(session, "http://127.0.0.1:9", _no_token)
        chat = SlackChat(api, "/tv", cast("Any", None))
        search = RequestSearch(bot.unit_of_work, bot.servicedesk, bot.services.installation.admins)
        slack = SlackApp(
            CommandDispatcher(bot.services),
            forms=SlackForms(search, api, chat),
            events=SlackEvents(bot.services),
            tasks=tasks,
            workspaces=_Workspaces(),
            command="/tv",
            not_served=NOT_SERVED,
        )
        entrance.app = slack
        SlackRoute(slack, Secret(SIGNING_SECRET)).add_routes(app)
        server = WebServer(app, "127.0.0.1", 0)
        await server.start()
        entrance.url = f"http://127.0.0.1:{server.port}/slack/events"
        entrance.receiver = f"http://127.0.0.1:{server.port}/response"
        try:
            yield entrance
        finally:
            await tasks.drain(1)
            await server.stop()


class _Workspaces:
    """The workspace with the app."""

    async def find_tenant(self, named: NamedTenants) -> str | None:
        """Return the first workspace that has the app."""
        for workspace in named.workspaces:
            if await self.authorize(None, workspace) is not None:
                return workspace
        return None

    async def authorize(self, enterprise_id: str | None, team_id: str | None) -> AuthorizeResult | None:
        """Authorize it, and no other one."""
        return AuthorizeResult(enterprise_id=enterprise_id, team_id=team_id) if team_id == "T1" else None


async def _no_token(_tenant: str) -> Secret:
    return Secret("xoxb-none")
