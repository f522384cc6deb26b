"""Microsoft Teams as a whole: creates its parts and connects them."""

from collections.abc import Mapping

import structlog
from aiohttp import ClientSession, web

from adapters.chat_platform import HealthCheck
from adapters.credential_watch import CredentialWatch
from adapters.measured_commands import MeasuredDispatcher
from adapters.settings import Settings, reveal_setting
from adapters.tasks import Tasks
from adapters.teams.bot import TeamsBot
from adapters.teams.chat import TeamsChat
from adapters.teams.conversation_cache import ConversationCache
from adapters.teams.sender_lookup import SenderLookup
from adapters.teams.transport.adapter import TeamsAdapter
from adapters.teams.transport.auth import ActivityCheck, LoopbackCheck, TokenCheck
from adapters.teams.transport.bot_token import BotToken
from adapters.teams.transport.clouds import CLOUDS, Cloud
from adapters.teams.transport.connector import Connector
from adapters.teams.transport.jwks import SigningKeys
from adapters.teams.transport.queues import ConversationQueues, OrderedConnector
from adapters.teams.transport.route import TeamsRoute
from adapters.teams.transport.token_sources import (
    ClientSecret,
    EntraTokens,
    FederatedTokenFile,
    ManagedIdentity,
    Proof,
    TokenSource,
)
from adapters.teams.watched_sign_in import WatchedSignIn
from bot.model.technician import Platform
from bot.ports import Clock
from bot.services import Services
from bot.values import replace
from storage.unit_of_work import SqlUnitOfWork

log = structlog.get_logger("teams")


class Teams:
    """The bot's registration in one tenant, or, without credentials, for tools on this machine only."""

    def __init__(
        self,
        settings: Settings,
        session: ClientSession,
        unit_of_work: SqlUnitOfWork,
        clock: Clock,
        tasks: Tasks,
    ) -> None:
        self._tasks = tasks
        self._unit_of_work = unit_of_work
        self._tenant = settings.teams_tenant_id
        app_id, tenant = settings.teams_app_id or "", settings.teams_tenant_id or ""
        self._check: ActivityCheck = LoopbackCheck()
        if settings.teams_allow_anonymous:
            log.warning("Teams without credentials: for tools on this machine, never behind a proxy")
        tokens = None
        if not settings.teams_allow_anonymous:
            cloud = choose_cloud(settings)
            keys = SigningKeys(session, cloud.openid_url, clock)
            self._check = TokenCheck(app_id, keys, [tenant], clock, issuer=cloud.issuer)
            sign_in = WatchedSignIn(
                choose_token_source(settings, cloud, session),
                CredentialWatch(unit_of_work, clock, tasks),
                settings.teams_secret_ends,
            )
            tokens = BotToken(sign_in, clock)
        connector = Connector(session, tokens)
        self._conversations = ConversationCache(unit_of_work, clock)
        self._senders = SenderLookup(connector, unit_of_work, clock)
        self._adapter = TeamsAdapter(OrderedConnector(connector, ConversationQueues(tasks)))
        self.chat = TeamsChat(
            self._adapter, connector, unit_of_work, clock, app_id=app_id, language=settings.language
        )

    async def add_routes(self, app: web.Application, services: Services) -> None:
        """Add the route to the web application, and forget the people of a tenant that was served before."""
        if not self._check.is_local:
            async with self._unit_of_work.write() as tx:
                await tx.people.forget_other_tenants(Platform.TEAMS, [self._tenant or ""])
        bot = TeamsBot(
            MeasuredDispatcher(services, Platform.TEAMS),
            services,
            self.chat,
            conversations=self._conversations,
            senders=self._senders,
            tasks=self._tasks,
        )
        TeamsRoute(self._check, self._adapter, bot).add_routes(app)

    async def stop(self) -> None:
        """Do nothing: Teams calls the bot, so no connection is open."""

    def health_checks(self) -> Mapping[str, HealthCheck]:
        """Return no check: without a connection there is nothing that could be lost."""
        return {}


def choose_cloud(settings: Settings) -> Cloud:
    """Return the cloud of the settings, for their tenant. An address that the settings name replaces Microsoft's."""
    cloud = CLOUDS[settings.teams_cloud]
    token_url = cloud.token_url.format(tenant=settings.teams_tenant_id)
    return replace(
        cloud,
        token_url=settings.teams_token_url or token_url,
        openid_url=settings.teams_openid_url or cloud.openid_url,
    )


def choose_token_source(settings: Settings, cloud: Cloud, session: ClientSession) -> TokenSource:
    """Return where the bot's tokens come from: from Entra ID by the proof that is set, or from a managed identity.

    A bot that is registered as the managed identity itself gets its tokens from the identity. Else the identity is the
    proof of an app that trusts it. Microsoft's Teams SDK makes the same difference, by the same comparison of the ids.
    """
    app_id, identity = settings.teams_app_id or "", settings.teams_managed_identity
    if identity is not None and identity.casefold() == app_id.casefold():
        return ManagedIdentity(identity, cloud.scope.removesuffix("/.default"))
    proof: Proof
    if identity is not None:
        proof = ManagedIdentity(identity, cloud.exchange_audience)
    elif settings.teams_federated_token_file is not None:
        proof = FederatedTokenFile(settings.teams_federated_token_file)
    else:
        proof = ClientSecret(reveal_setting(settings.teams_app_password))
    return EntraTokens(session, cloud.token_url, app_id, proof, scope=cloud.scope)
