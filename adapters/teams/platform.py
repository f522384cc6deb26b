"""Microsoft Teams as a whole: its parts, put together once."""

from aiohttp import ClientSession, web

from adapters.tasks import Tasks
from adapters.teams.adapter import TeamsAdapter
from adapters.teams.app import TeamsApp
from adapters.teams.chat import TeamsChat
from adapters.teams.connector import Connector
from adapters.teams.inbound import Anonymous, Check, InboundCheck
from adapters.teams.keys import SigningKeys
from adapters.teams.memory import Memory
from adapters.teams.outbound import BotToken
from adapters.teams.outbox import Outbox
from adapters.teams.queues import ConversationQueues
from adapters.teams.route import TeamsRoute
from bot.front_desk import FrontDesk
from bot.model.secret import Secret
from bot.ports import Clock
from bot.world import World
from storage.books import SqlBooks


class Teams:
    """The bot's registration in one tenant. ``app_id`` None: tools on this machine alone, with no credentials."""

    def __init__(
        self,
        session: ClientSession,
        books: SqlBooks,
        clock: Clock,
        tasks: Tasks,
        *,
        app_id: str | None,
        app_password: Secret,
        tenant: str,
        openid_url: str,
        token_url: str,
    ) -> None:
        self._tasks = tasks
        self._memory = Memory(books, clock)
        tokens = BotToken(session, token_url, app_id, app_password, clock) if app_id else None
        self._check: Check = Anonymous()
        if app_id:
            self._check = InboundCheck(app_id, SigningKeys(session, openid_url, clock), [tenant], clock)
        connector = Connector(session, tokens)
        self._outbox = Outbox(connector, ConversationQueues(tasks))
        self.chat = TeamsChat(self._outbox, connector, books, clock, app_id=app_id or "")

    def add_to(self, app: web.Application, world: World) -> None:
        """Put the route into the web application."""
        heard_by = TeamsApp(FrontDesk(world), world, self.chat, self._memory, self._tasks)
        adapter = TeamsAdapter(self._outbox)

        async def handle(context, raw):
            return await heard_by.handle(context, raw)

        route = TeamsRoute(self._check, adapter, handle)
        app.router.add_post("/api/messages", route.receive)
