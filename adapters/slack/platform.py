"""Wire the parts of Slack together, as the settings say."""

from collections.abc import Mapping

from aiohttp import ClientSession, web

from adapters.chat_platform import HealthCheck
from adapters.measured_commands import MeasuredDispatcher
from adapters.settings import Settings, reveal_setting, vault_keys
from adapters.slack.app import SlackApp
from adapters.slack.chat import SlackChat
from adapters.slack.events import SlackEvents
from adapters.slack.forms import SlackForms
from adapters.slack.install_routes import InstallRoutes
from adapters.slack.install_state import InstallStates
from adapters.slack.installations import ManyWorkspaces, OneWorkspace
from adapters.slack.lifecycle import Lifecycle, remove_untrusted
from adapters.slack.route import SlackRoute
from adapters.slack.socket_mode import SocketMode
from adapters.slack.webapi import SlackWebApi
from adapters.tasks import Tasks
from adapters.web.deliveries import DELIVERIES
from bot.i18n import Language
from bot.model.delivery import DeliverySource
from bot.model.technician import Platform
from bot.ports import Clock
from bot.services import Services
from bot.use_cases.search import RequestSearch
from storage.unit_of_work import SqlUnitOfWork
from storage.vault import Vault


class Slack:
    """Slack with one workspace by its token, or many by OAuth; over HTTP, or Socket Mode."""

    def __init__(
        self,
        settings: Settings,
        session: ClientSession,
        unit_of_work: SqlUnitOfWork,
        clock: Clock,
        tasks: Tasks,
    ) -> None:
        self._settings = settings
        self._session = session
        self._unit_of_work = unit_of_work
        self._clock = clock
        self._tasks = tasks
        self._socket: SocketMode | None = None
        self._workspaces = self._served()
        self._api = SlackWebApi(session, settings.slack_api_url, self._workspaces.token_of)
        self._workspaces.api = self._api
        self.chat = SlackChat(
            self._api,
            settings.slack_command,
            self._workspaces,
            allows_unconfirmed_email=settings.slack_allow_unconfirmed_email,
        )

    def _served(self) -> OneWorkspace | ManyWorkspaces:
        settings = self._settings
        if settings.slack_bot_token is not None:
            return OneWorkspace(reveal_setting(settings.slack_bot_token))
        client_id, client_secret = (
            settings.slack_client_id or "",
            reveal_setting(settings.slack_client_secret),
        )
        return ManyWorkspaces(
            self._unit_of_work, self._clock, client_id, client_secret, trusted=settings.slack_workspaces
        )

    async def add_routes(self, app: web.Application, services: Services) -> None:
        """Put the routes into the web application; in Socket Mode, connect instead."""
        settings = self._settings
        search = RequestSearch(services.unit_of_work, services.servicedesk, services.installation.admins)
        slack = SlackApp(
            MeasuredDispatcher(services, Platform.SLACK),
            forms=SlackForms(search, self._api, self.chat),
            events=self._events(services),
            tasks=self._tasks,
            workspaces=self._workspaces,
            command=settings.slack_command,
            not_served=Language(settings.language).say(self._workspaces.refusal),
        )
        if isinstance(self._workspaces, OneWorkspace):
            self._tasks.start_task(self._forget_other_workspaces(self._workspaces))
        else:
            self._install_routes(self._workspaces).add_routes(app)
            self._tasks.start_task(remove_untrusted(self._workspaces))
        if settings.slack_signing_secret is not None:
            SlackRoute(slack, reveal_setting(settings.slack_signing_secret)).add_routes(app)
        if settings.slack_app_token is not None:
            token = reveal_setting(settings.slack_app_token)
            self._socket = SocketMode(
                token,
                slack.bolt,
                settings.slack_api_url,
                self._session,
                on_payload=lambda: app[DELIVERIES].note(DeliverySource.SLACK),
            )
            await self._socket.start()

    async def _forget_other_workspaces(self, workspace: OneWorkspace) -> None:
        """Find out whose the token is, and forget the people of workspaces that were served before."""
        await workspace.find_own_workspace()
        if workspace.only_workspace is not None:
            async with self._unit_of_work.write() as tx:
                await tx.people.forget_other_tenants(Platform.SLACK, [workspace.only_workspace])

    async def stop(self) -> None:
        """Disconnect."""
        if self._socket is not None:
            await self._socket.stop()

    def health_checks(self) -> Mapping[str, HealthCheck]:
        """Return the check of the Socket Mode connection."""
        return {"socket mode": self._check_socket}

    async def _check_socket(self) -> str | None:
        return self._socket.wrong() if self._socket is not None else None

    def _events(self, services: Services) -> SlackEvents:
        events = SlackEvents(services)
        if isinstance(self._workspaces, ManyWorkspaces):
            for kind in Lifecycle.EVENTS:
                events.add_receiver(kind, Lifecycle(self._workspaces).receive)
        return events

    def _install_routes(self, workspaces: ManyWorkspaces) -> InstallRoutes:
        settings = self._settings
        return InstallRoutes(
            workspaces,
            self._api,
            self._unit_of_work,
            InstallStates(Vault(vault_keys(settings)), self._clock),
            self._clock,
            client_id=settings.slack_client_id or "",
            client_secret=reveal_setting(settings.slack_client_secret),
            authorize_url=settings.slack_authorize_url,
            public_url=settings.public_url or "",
            command=settings.slack_command,
            language=settings.language,
        )
