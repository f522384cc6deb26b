"""The transport of Teams, served over real HTTP, with a bot of a few lines behind it."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import ClientSession, web
from botbuilder.core import ActivityHandler, TurnContext
from support.microsoft import APP, PASSWORD, TENANT, Microsoft

from adapters.tasks import Tasks
from adapters.teams.render.invoke_replies import InvokeReply
from adapters.teams.transport.adapter import TeamsAdapter
from adapters.teams.transport.auth import ActivityCheck, LoopbackCheck, TokenCheck
from adapters.teams.transport.bot_token import BotToken
from adapters.teams.transport.clouds import CLOUDS, Cloud
from adapters.teams.transport.connector import Connector, new_http_session
from adapters.teams.transport.jwks import SigningKeys
from adapters.teams.transport.queues import ConversationQueues, OrderedConnector
from adapters.teams.transport.route import TeamsRoute
from adapters.teams.transport.token_sources import ClientSecret, EntraTokens
from bot.model.secret import Secret
from sandbox.server import Server


class RecordingBot(ActivityHandler):
    """Records each turn, and then echoes, fails or replies as a test wants it."""

    def __init__(self) -> None:
        self.turns: list[TurnContext] = []
        self.reply: InvokeReply | None = None
        self.breaks_with: Exception | None = None
        self.echoes = False

    async def on_turn(self, turn_context: TurnContext) -> None:
        self.turns.append(turn_context)
        if self.breaks_with is not None:
            raise self.breaks_with
        await super().on_turn(turn_context)

    async def on_message_activity(self, turn_context: TurnContext) -> None:
        if self.echoes:
            await turn_context.send_activity(f"You said {turn_context.activity.text}")

    async def on_invoke_activity(self, turn_context: TurnContext) -> Any:
        if self.reply is not None:
            return self.reply
        return await super().on_invoke_activity(turn_context)


class Wire:
    """The parts, connected as in the product."""

    def __init__(
        self,
        playing: Microsoft,
        session: ClientSession,
        *,
        anonymous: bool = False,
        cloud: Cloud = CLOUDS["public"],
    ) -> None:
        self.playing = playing
        self.paused: list[float] = []
        self.tasks = Tasks()
        self.keys = SigningKeys(session, playing.openid_url, playing.now)
        self.check: ActivityCheck = (
            LoopbackCheck()
            if anonymous
            else TokenCheck(APP, self.keys, [TENANT.upper()], playing.now, issuer=cloud.issuer)
        )
        secret = ClientSecret(Secret(PASSWORD))
        source = EntraTokens(session, playing.token_url, APP, secret, scope=cloud.scope)
        self.tokens = BotToken(source, playing.now)
        self.connector = Connector(session, None if anonymous else self.tokens, pause=self._pause)
        self.queues = ConversationQueues(self.tasks)
        self.ordered = OrderedConnector(self.connector, self.queues)
        self.adapter = TeamsAdapter(self.ordered)
        self.bot = RecordingBot()
        app = web.Application(client_max_size=1024 * 1024)
        TeamsRoute(self.check, self.adapter, self.bot).add_routes(app)
        self.server = Server(app)
        self.client = ClientSession()

    async def _pause(self, seconds: float) -> None:
        """Record a pause instead of waiting."""
        self.paused.append(seconds)

    @property
    def url(self) -> str:
        return f"{self.server.url}/api/messages"

    async def post(
        self, activity: Any = None, token: str | None = None, *, authorization: str | None = None
    ) -> tuple[int, str]:
        """Deliver an activity as Teams does. Return the status and the body."""
        sent = self.playing.activity() if activity is None else activity
        body = sent if isinstance(sent, bytes) else json.dumps(sent).encode()
        shown = f"Bearer {token or self.playing.sign()}" if authorization is None else authorization
        headers = {"Content-Type": "application/json; charset=utf-8"}
        if shown:
            headers["Authorization"] = shown
        async with self.client.post(self.url, data=body, headers=headers) as answer:
            return answer.status, await answer.text()


@asynccontextmanager
async def wire_to(
    playing: Microsoft, *, anonymous: bool = False, cloud: Cloud = CLOUDS["public"]
) -> AsyncIterator[Wire]:
    """Serve the transport."""
    async with new_http_session() as session:
        wire = Wire(playing, session, anonymous=anonymous, cloud=cloud)
        await wire.server.start()
        try:
            yield wire
        finally:
            await wire.client.close()
            await wire.server.stop()
            await wire.tasks.drain(1)
