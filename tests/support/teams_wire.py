"""The whole wire of Teams, served over real HTTP, with a turn of a few lines behind it."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import ClientSession, web
from botbuilder.core import TurnContext
from support.microsoft import APP, PASSWORD, TENANT, Microsoft

from adapters.tasks import Tasks
from adapters.teams.adapter import TeamsAdapter
from adapters.teams.connector import Connector, new_session
from adapters.teams.inbound import Anonymous, Check, InboundCheck
from adapters.teams.invoke import InvokeReply
from adapters.teams.keys import SigningKeys
from adapters.teams.outbound import BotToken
from adapters.teams.outbox import Outbox
from adapters.teams.queues import ConversationQueues
from adapters.teams.route import TeamsRoute
from bot.model.secret import Secret
from sandbox.server import Server


class Wire:
    """The pieces, put together as the bot does it. ``turns`` keeps each turn that got through."""

    def __init__(self, playing: Microsoft, session: ClientSession, *, anonymous: bool = False) -> None:
        self.playing = playing
        self.paused: list[float] = []
        self.tasks = Tasks()
        self.keys = SigningKeys(session, playing.openid_url, playing.now)
        self.check: Check = (
            Anonymous() if anonymous else InboundCheck(APP, self.keys, [TENANT.upper()], playing.now)
        )
        self.tokens = BotToken(session, playing.token_url, APP, Secret(PASSWORD), playing.now)
        self.connector = Connector(session, None if anonymous else self.tokens, pause=self._pause)
        self.queues = ConversationQueues(self.tasks)
        self.outbox = Outbox(self.connector, self.queues)
        self.adapter = TeamsAdapter(self.outbox)
        self.turns: list[tuple[TurnContext, Mapping[str, Any]]] = []
        self.reply: InvokeReply | None = None
        self.breaks_with: Exception | None = None
        self.echoes = False
        app = web.Application(client_max_size=1024 * 1024)
        TeamsRoute(self.check, self.adapter, self._turn).add_to(app)
        self.server = Server(app)
        self.client = ClientSession()

    async def _pause(self, seconds: float) -> None:
        """No waiting in tests: what would have been waited for is noted."""
        self.paused.append(seconds)

    async def _turn(self, context: TurnContext, raw: Mapping[str, Any]) -> InvokeReply | None:
        self.turns.append((context, raw))
        if self.breaks_with is not None:
            raise self.breaks_with
        if self.echoes:
            await context.send_activity(f"You said {context.activity.text}")
        return self.reply

    @property
    def url(self) -> str:
        return f"{self.server.url}/api/messages"

    async def post(
        self, activity: Any = None, token: str | None = None, *, authorization: str | None = None
    ) -> tuple[int, str]:
        """Deliver an activity as Teams does; returns the status and the body."""
        sent = self.playing.activity() if activity is None else activity
        body = sent if isinstance(sent, bytes) else json.dumps(sent).encode()
        shown = f"Bearer {token or self.playing.sign()}" if authorization is None else authorization
        headers = {"Content-Type": "application/json; charset=utf-8"}
        if shown:
            headers["Authorization"] = shown
        async with self.client.post(self.url, data=body, headers=headers) as answer:
            return answer.status, await answer.text()


@asynccontextmanager
async def wire_to(playing: Microsoft, *, anonymous: bool = False) -> AsyncIterator[Wire]:
    """Serve the wire."""
    async with new_session() as session:
        wire = Wire(playing, session, anonymous=anonymous)
        await wire.server.start()
        try:
            yield wire
        finally:
            await wire.client.close()
            await wire.server.stop()
            await wire.tasks.drain(1)
