"""Microsoft Teams as a whole: its parts, put together once."""

import structlog
from aiohttp import ClientSession, web

from adapters.settings import Settings, revealed
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
from bot.command_dispatcher import CommandDispatcher
from bot.ports import Clock
from bot.services import Services
from storage.unit_of_work import SqlUnitOfWork

log = structlog.get_logger("teams")
MICROSOFT = "https://login.microsoftonline.com"


class Teams:
    """The bot's registration in one tenant; or, with no credentials, tools on this machine alone."""

    def __init__(
        self,
        settings: Settings,
        session: ClientSession,
        unit_of_work: SqlUnitOfWork,
        clock: Clock,
        tasks: Tasks,
    ) -> None:
        self._tasks = tasks
        self._memory = Memory(unit_of_work, clock)
        app_id, tenant = settings.teams_app_id or "", settings.teams_tenant_id or ""
        self._check: Check = Anonymous()
        if settings.teams_allow_anonymous:
            log.warning("Teams without credentials: for tools on this machine, never behind a proxy")
        tokens = None
        if not settings.teams_allow_anonymous:
            self._check = InboundCheck(
                app_id, SigningKeys(session, settings.teams_openid_url, clock), [tenant], clock
            )
            token_url = settings.teams_token_url or f"{MICROSOFT}/{tenant}/oauth2/v2.0/token"
            tokens = BotToken(session, token_url, app_id, revealed(settings.teams_app_password), clock)
        connector = Connector(session, tokens)
        self._outbox = Outbox(connector, ConversationQueues(tasks))
        self.chat = TeamsChat(
            self._outbox, connector, unit_of_work, clock, app_id=app_id, language=settings.language
        )

    def add_to(self, app: web.Application, services: Services) -> None:
        """Put the route into the web application."""
        heard_by = TeamsApp(CommandDispatcher(services), services, self.chat, self._memory, self._tasks)
        TeamsRoute(self._check, TeamsAdapter(self._outbox), heard_by.handle).add_to(app)
