"""Put the bot together from its settings. No other file wires outside systems and chats to the product."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from typing import assert_never

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters import traces
from adapters.chat_platform import ChatPlatform, HealthCheck
from adapters.clock import utc_now
from adapters.credential_watch import Credential, CredentialWatch
from adapters.doctor.examination import Installed
from adapters.doctor.run import InstallationDoctor
from adapters.engine.queue import JobQueue
from adapters.engine.runtime import QUEUE_POLL_SECONDS, Engine
from adapters.figures import DatabaseFigures
from adapters.fitness import Fitness
from adapters.http import HttpClient, new_http_client
from adapters.installation_settings import describe_installation, organisation, phone_region, sms_channel
from adapters.measured_commands import FirstCards
from adapters.notify.mailer import SmtpMailer
from adapters.notify.phone_when_needed import PhoneReaderWhenNeeded
from adapters.notify.texter import AppriseTexter
from adapters.outside_calls import System
from adapters.prepared_database import prepare_database
from adapters.servicedesk.client import ServiceDeskClient
from adapters.servicedesk.data_centers import DATA_CENTERS, choose_web_urls
from adapters.servicedesk.oauth import AuthorizationRefused, ZohoOAuth
from adapters.settings import Settings, reveal_setting, vault_keys
from adapters.slack import webapi
from adapters.slack.platform import Slack
from adapters.tasks import Tasks
from adapters.teams.platform import Teams
from adapters.teams.transport import connector
from adapters.teamviewer.client import TeamViewerClient
from adapters.token_sources import TokenSources
from adapters.web.deliveries import DELIVERIES, Deliveries
from adapters.web.health import Health
from adapters.web.server import WebServer, new_application
from adapters.web_pages import add_pages
from adapters.worker_thread import WorkerThread
from bot import access
from bot.coalesced_refreshes import CHANGES_TOGETHER_SECONDS
from bot.jobs import Job
from bot.model.connection import Tokens
from bot.model.secret import Secret
from bot.model.switches import Switches
from bot.model.technician import Platform
from bot.ports import Clock, ServiceDesk
from bot.services import Chats, Services
from bot.tokens import LeasedTokens
from storage.database import Database
from storage.integration_switch import open_integration_switch
from storage.unit_of_work import SqlUnitOfWork
from storage.vault import Vault

KEEP_SERVICEDESK_TOKEN = timedelta(seconds=30)
"""How long a bot remembers the token of ServiceDesk Plus. A create uses it six times."""


class Bot:
    """A bot: a web server, a worker, or both on one event loop. ``extend`` may add routes to the web server.

    ``worker`` is the web server's own worker, in a thread beside this one. ``is_prepared`` is for that worker: the bot that
    starts it has the lock on the file, has prepared the database, traces, and answers the operators.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        serves: bool = True,
        works: bool = True,
        worker: WorkerThread | None = None,
        is_prepared: bool = False,
        clock: Clock = utc_now,
        queue_poll_seconds: float = QUEUE_POLL_SECONDS,
        changes_together_seconds: float = CHANGES_TOGETHER_SECONDS,
        extend: Callable[[web.Application], None] | None = None,
    ) -> None:
        self.settings = settings
        self._serves = serves
        self._worker = worker
        self._is_prepared = is_prepared
        self._clock = clock
        self._changes_together_seconds = changes_together_seconds
        self._extend = extend
        self._tasks = Tasks()
        self._closers: list[Callable[[], Awaitable[object]]] = []
        self.database = Database(settings.database_url)
        self._queue = JobQueue(self.database)
        self._integration = open_integration_switch(self.database, organisation(settings))
        self._vault = Vault(vault_keys(settings))
        self.unit_of_work = SqlUnitOfWork(
            self.database,
            self._vault,
            organisation(settings),
            self.enqueue,
            wake=worker.wake if worker is not None else self.wake,
        )
        self._credentials = CredentialWatch(self.unit_of_work, clock, self._tasks)
        self.engine = (
            Engine(
                self.database,
                sweep_seconds=settings.poll_seconds,
                queue_poll_seconds=queue_poll_seconds,
                dead_after=settings.dead_after_seconds,
            )
            if works
            else None
        )
        self.server: WebServer | None = None
        self.operations_server: WebServer | None = None
        self._health: Health | None = None
        self._figures: DatabaseFigures | None = None
        self._deliveries: Deliveries | None = None
        self._platforms: dict[Platform, ChatPlatform] = {}
        self.services: Services | None = None

    @property
    def works(self) -> bool:
        """Whether this bot, or its own worker, does the background work."""
        return self.engine is not None or self._worker is not None

    async def enqueue(self, connection: AsyncConnection, job: Job, key: str, delay_seconds: int) -> None:
        """Enqueue a job in the transaction of ``connection``."""
        await self._queue.enqueue(connection, job, key, delay_seconds)

    async def start(self) -> None:
        """Prepare the database, start the engine or the worker's thread, then listen.

        Raises DatabaseInUse, DatabaseUnusable, StorageError, OSError.
        """
        if not self._is_prepared:
            traces.start_traces(self._process_name())
            await prepare_database(
                self.database, self._vault, organisation(self.settings), self._queue, self._clock
            )
        if self._worker is not None:
            await self._worker.begin()
        clock = self._clock
        # Two clients, so that a system that hangs does not use up the other one's connections.
        http, desk_http = (
            new_http_client(gate=self._must_be_on, check_call=self._check_call, system=system)
            for system in (System.TEAMVIEWER, System.SERVICEDESK)
        )
        self._closers += [http.close, desk_http.close]
        self._platforms = self._set_up_platforms()
        self.services = services = self._services(http, desk_http, clock)
        if self.engine is not None:
            await self.engine.start(services)
        if not self._is_prepared:
            await self._listen_for_everybody(services)

    async def _listen_for_everybody(self, services: Services) -> None:
        settings = self.settings
        fitness = self._fitness()
        self._health = health = Health(self._health_checks(fitness), sign=self._vault.sign)
        if self._serves or settings.operations_port is not None:
            health.start()
            self._figures = DatabaseFigures(
                self.database, organisation(settings), self._clock, fitness.seconds_since_last_round
            )
            self._figures.start()
        if settings.operations_port is not None:
            await self._listen_for_operators(health, settings.operations_host, settings.operations_port)
        if self._serves:
            await self._listen(services, health)

    def wake(self) -> None:
        """Look for new jobs now."""
        if self.engine is not None:
            self.engine.wake()

    async def _must_be_on(self) -> None:
        """Refuse every request to TeamViewer and ServiceDesk Plus while the integration is off. Raises NotAllowed."""
        access.require_integration_on(Switches(integration=await self._integration.is_on()))

    def _check_call(self) -> None:
        """Cancel the current job if it may make no call any more. Called right before every call leaves."""
        if self.engine is not None:
            self.engine.running_jobs.check_call()

    def _set_up_platforms(self) -> dict[Platform, ChatPlatform]:
        """Build every chat platform that the settings switch on."""
        built = {platform: self._set_up_platform(platform) for platform in Platform}
        return {platform: parts for platform, parts in built.items() if parts is not None}

    def _set_up_platform(self, platform: Platform) -> ChatPlatform | None:
        settings = self.settings
        match platform:
            case Platform.SLACK:
                if settings.slack_signing_secret is None and settings.slack_app_token is None:
                    return None
                session = webapi.new_session(self._check_call)
                self._closers.append(session.close)
                return Slack(settings, session, self.unit_of_work, self._clock, self._tasks)
            case Platform.TEAMS:
                if settings.teams_app_id is None and not settings.teams_allow_anonymous:
                    return None
                session = connector.new_http_session(self._check_call)
                self._closers.append(session.close)
                return Teams(settings, session, self.unit_of_work, self._clock, self._tasks)
            case _:
                assert_never(platform)

    def _services(self, http: HttpClient, desk_http: HttpClient, clock: Clock) -> Services:
        settings = self.settings
        public_url = settings.public_url or ""
        teamviewer = TeamViewerClient(
            http,
            api_url=settings.teamviewer_api_url,
            authorize_url=settings.teamviewer_authorize_url,
            client_id=settings.teamviewer_client_id or "",
            client_secret=reveal_setting(settings.teamviewer_client_secret),
            redirect_uri=f"{public_url}/oauth/teamviewer/callback",
            group=settings.teamviewer_group,
            uses_pkce=settings.teamviewer_pkce,
            note_app=partial(self._credentials.note, Credential.TEAMVIEWER),
        )
        chats = Chats({platform: parts.chat for platform, parts in self._platforms.items()})
        return Services(
            installation=describe_installation(settings, chats),
            clock=clock,
            unit_of_work=self.unit_of_work,
            teamviewer=teamviewer,
            servicedesk=self._servicedesk(desk_http),
            mailer=SmtpMailer(
                reveal_setting(settings.smtp_url).reveal() or None, settings.mail_from, self._check_call
            ),
            texter=AppriseTexter(
                reveal_setting(settings.sms_url) if settings.sms_url else None, self._check_call
            ),
            phone_numbers=PhoneReaderWhenNeeded(phone_region(settings)),
            chats=chats,
            token_source=TokenSources(self.unit_of_work, teamviewer, clock),
            doctor=self._doctor(),
            meter=FirstCards(),
            changes_together_seconds=self._changes_together_seconds,
        )

    def _doctor(self) -> InstallationDoctor:
        settings = self.settings
        return InstallationDoctor(
            Installed(
                settings,
                self.database,
                self._vault,
                self.unit_of_work,
                organisation(settings),
                self._clock,
                sms_channel(settings),
                phone_region(settings),
                check_call=self._check_call,
            )
        )

    def _servicedesk(self, http: HttpClient) -> ServiceDesk:
        settings = self.settings
        center = DATA_CENTERS[settings.servicedesk_data_center]
        zoho = ZohoOAuth(
            http,
            settings.servicedesk_accounts_url or center.accounts_url,
            settings.servicedesk_client_id or "",
            reveal_setting(settings.servicedesk_client_secret),
            reveal_setting(settings.servicedesk_refresh_token),
        )

        async def refresh(_kept: Secret | None) -> Tokens:
            try:
                tokens = await zoho.request_access_token()
            except AuthorizationRefused:
                self._credentials.note(Credential.ZOHO, is_accepted=False)
                raise
            self._credentials.note(Credential.ZOHO, is_accepted=True)
            return tokens

        servicedesk = ServiceDeskClient(
            http,
            api_url=settings.servicedesk_api_url or center.api_url,
            web_urls=choose_web_urls(settings.servicedesk_web_url, settings.servicedesk_data_center),
            portal=settings.servicedesk_portal,
            tokens=LeasedTokens(
                self.unit_of_work,
                f"servicedesk/{organisation(settings)}",
                refresh,
                self._clock,
                keep=KEEP_SERVICEDESK_TOKEN,
            ),
        )
        # In the background, because the bot must start even if ServiceDesk Plus is down.
        self._tasks.start_task(servicedesk.learn_portal())
        return servicedesk

    def _fitness(self) -> Fitness:
        return Fitness(
            database=self.database,
            vault=self._vault,
            org_id=organisation(self.settings),
            unit_of_work=self.unit_of_work,
            find_worker_problem=self._find_worker_problem(),
            sweep_seconds=self.settings.poll_seconds,
            dead_after=self.settings.dead_after_seconds,
            clock=self._clock,
        )

    def _health_checks(self, fitness: Fitness) -> dict[str, HealthCheck]:
        checks: dict[str, HealthCheck] = {**fitness.checks()}
        if self._serves:
            for platform in self._platforms.values():
                checks |= platform.health_checks()
        return checks

    def find_engine_problem(self) -> str | None:
        """Return why this bot's own engine can run no job, or None."""
        return self.engine.wrong() if self.engine is not None else None

    def _find_worker_problem(self) -> Callable[[], str | None] | None:
        if self._worker is not None:
            return self._worker.find_problem
        return self.find_engine_problem if self.engine is not None else None

    def _process_name(self) -> str:
        """Return what the spans call this process."""
        if self._serves:
            return "serve" if self.works else "web"
        return "worker"

    async def _listen_for_operators(self, health: Health, host: str, port: int) -> None:
        app = new_application(self.settings.language)
        health.add_routes(app)
        named = "TVBOT_OPERATIONS_HOST and TVBOT_OPERATIONS_PORT"
        self.operations_server = WebServer(app, host, port, settings=named)
        await self.operations_server.start()

    async def _listen(self, services: Services, health: Health) -> None:
        settings = self.settings
        app = new_application(self.settings.language)
        app[DELIVERIES] = self._deliveries = Deliveries(self.unit_of_work, self._clock, self._tasks)
        for platform in self._platforms.values():
            await platform.add_routes(app, services)
        add_pages(app, settings, services, self._vault)
        health.add_public_routes(app, has_metrics=settings.operations_port is None)
        if self._extend is not None:
            self._extend(app)
        self.server = WebServer(app, settings.host, settings.port)
        await self.server.start()

    async def stop(self) -> None:
        """Take no new requests, wait for the calls that are under way, and leave the rest to the next process.

        All of it together waits for ``stop_seconds``, and a moment longer for jobs that were cancelled then.
        """
        ends_at = time.monotonic() + self.settings.stop_seconds
        self._announce_stop()
        if self.server is not None:
            await self.server.stop()
        if self._deliveries is not None:
            self._deliveries.stop()
        for platform in self._platforms.values():
            await platform.stop()
        # Answers that were promised to Slack and Teams, and calls of jobs to Teams, which go through queues.
        await self._tasks.drain(max(ends_at - time.monotonic(), 0))
        if self.engine is not None:
            await self.engine.stop(max(ends_at - time.monotonic(), 0))
        if self._worker is not None:
            await self._worker.stop(max(ends_at - time.monotonic(), 0))
        await self._close()

    def _announce_stop(self) -> None:
        if self._worker is not None:
            self._worker.begin_stop()
        if self.engine is not None:
            self.engine.begin_stop()
        if self._health is not None:
            self._health.announce_stop()

    async def _close(self) -> None:
        for close in reversed(self._closers):
            await close()
        if self.operations_server is not None:
            await self.operations_server.stop()
        if self._health is not None:
            await self._health.stop()
        if self._figures is not None:
            await self._figures.stop()
        self._queue.close()
        await self._integration.close()
        if not self._is_prepared:
            await asyncio.to_thread(traces.stop_traces)
        # It releases the lock on the file, which a worker that is left behind still uses: then the lock ends with the process.
        if self._worker is None or not self._worker.is_alive:
            await self.database.close()
