"""The simulated Teams: its servers, its people and conversations, and the actions of its users."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, TypeVar

from aiohttp import web

from sandbox.clock import utc_now
from sandbox.faults import Faults
from sandbox.server import Server
from sandbox.teams.access_control import AccessControl
from sandbox.teams.activity_delivery import ActivityDelivery, DeliveryResult
from sandbox.teams.card_actions import CardActions
from sandbox.teams.clouds import CloudName
from sandbox.teams.connector import Connector
from sandbox.teams.json_format import ApiError, build_recording_middleware, rate_limited
from sandbox.teams.message_extension import MessageExtensionActions
from sandbox.teams.model import Conversation, Json, Role, TeamsPerson
from sandbox.teams.rate_limit import RateLimit
from sandbox.teams.roster import Roster
from sandbox.teams.state import TeamsState
from sandbox.teams.team_actions import TeamActions
from sandbox.teams.team_directory import TeamDirectory
from sandbox.teams.token_endpoint import TokenEndpoint
from sandbox.teams.token_issuer import TokenIssuer
from sandbox.teams.user_actions import UserActions
from sandbox.teams.visible_state import VisibleState

T = TypeVar("T")
APP_ID = "00000000-0000-4000-8000-0000000000a1"
APP_PASSWORD = "teams-secret"
TENANT = "00000000-0000-4000-8000-0000000000b1"
MAX_BODY_BYTES = 4 * 1024 * 1024


class TeamsSandbox(UserActions, TeamActions, CardActions, MessageExtensionActions, VisibleState):
    """Teams on loopback: token issuer, Entra ID, connector, and the users who use the bot.

    Operations, for faults and counts: ``openid``, ``keys``, ``token``, ``conversations.create``, ``activities.send``
    (replies too), ``activities.update``, ``activities.delete``, ``members.get``, ``members.page``, ``teams.get``,
    ``teams.channels``.

    ``auto_refresh``: clients refresh cards automatically. ``reads_all_messages``: the bot has the permission to read
    every message of channels and group chats. ``retry_after_seconds`` belongs to a planned RATE_LIMIT. ``cloud`` is the
    Microsoft cloud that it plays.
    """

    def __init__(
        self,
        *,
        app_id: str = APP_ID,
        app_password: str = APP_PASSWORD,
        tenant: str = TENANT,
        port: int = 0,
        now: Callable[[], datetime] = utc_now,
        anonymous: bool = False,
        auto_refresh: bool = True,
        limits: bool = True,
        cloud: CloudName = "public",
    ) -> None:
        self.cloud = cloud
        self.app_id = app_id
        self.app_password = app_password
        self.tenant = tenant
        self.auto_refresh = auto_refresh
        self.reads_all_messages = False
        self.retry_after_seconds = 1
        self.refreshing = set()
        self.state = TeamsState(app_id=app_id, tenant=tenant, now=now, cloud=cloud)
        self.state.on_message = self.start_auto_refresh
        self.token_issuer = TokenIssuer(self.state, now)
        self.token_endpoint = TokenEndpoint(self.state, app_password, anonymous=anonymous)
        self.activity_delivery = ActivityDelivery(self.token_issuer, anonymous=anonymous)
        self._rate_limit = RateLimit(now)
        self.limits = limits
        self.faults = Faults(
            rate_limited=lambda: rate_limited(self.retry_after_seconds).to_response(),
            server_error=lambda: ApiError(502, "ServiceError", "Dependency service error.").to_response(),
        )
        self._server = Server(self._build_app(), port)

    def _build_app(self) -> web.Application:
        middlewares = [self.faults.middleware, build_recording_middleware(self.state)]
        app = web.Application(middlewares=middlewares, client_max_size=MAX_BODY_BYTES)
        access = AccessControl(self.state, self.token_endpoint, self._rate_limit)
        for part in (
            self.token_issuer,
            self.token_endpoint,
            Roster(self.state, access),
            TeamDirectory(self.state, access),
            Connector(self.state, access),
        ):
            part.add_routes(app)
        return app

    async def start(self) -> str:
        """Start serving and return the origin."""
        self.state.origin = await self._server.start()
        await self.activity_delivery.open_client()
        return self.state.origin

    async def stop(self) -> None:
        """Stop serving and cancel the running refreshes."""
        for task in tuple(self.refreshing):
            task.cancel()
        await asyncio.gather(*self.refreshing, return_exceptions=True)
        await self.activity_delivery.close_client()
        await self._server.stop()

    @property
    def openid_url(self) -> str:
        """The URL of the token issuer's metadata."""
        return f"{self.state.origin}/v1/.well-known/openidconfiguration"

    @property
    def token_url(self) -> str:
        """The URL where the bot gets tokens for the connector."""
        return f"{self.state.origin}/{self.tenant}/oauth2/v2.0/token"

    @property
    def service_url(self) -> str:
        """The URL of the connector, with a trailing slash."""
        return self.state.service_url

    @property
    def messages_url(self) -> str | None:
        """The bot's endpoint for activities."""
        return self.activity_delivery.messages_url

    @messages_url.setter
    def messages_url(self, url: str | None) -> None:
        self.activity_delivery.messages_url = url

    @property
    def limits(self) -> bool:
        """Whether Teams' rate limits are enforced."""
        return self._rate_limit.is_enabled

    @limits.setter
    def limits(self, enabled: bool) -> None:
        self._rate_limit.is_enabled = enabled

    @property
    def issued_tokens(self) -> list[str]:
        """Every connector token issued so far."""
        return self.token_endpoint.issued

    def add_person(
        self,
        name: str,
        email: str,
        *,
        locale: str = "en-US",
        timezone: str = "Europe/Paris",
        role: Role = "user",
        tenant: str | None = None,
        has_email: bool = True,
    ) -> TeamsPerson:
        """Add an account. Another ``tenant`` makes an external user."""
        person = self.state.add_person(
            name, email, tenant=tenant, locale=locale, timezone=timezone, role=role
        )
        person.has_email = has_email
        return person

    def personal_chat(self, person: TeamsPerson, *, bot_is_member: bool = True) -> Conversation:
        """Return the person's chat with the bot. Create it if needed, without sending an installation to the bot."""
        chat = self.state.find_personal_chat(person)
        return chat or self.state.add_conversation("personal", [person], bot_is_member=bot_is_member)

    def add_group_chat(
        self, people: Sequence[TeamsPerson], topic: str = "", *, bot_is_member: bool = True
    ) -> Conversation:
        """Add a group chat."""
        return self.state.add_conversation("groupChat", list(people), name=topic, bot_is_member=bot_is_member)

    def add_team_channel(
        self,
        team_name: str,
        channel_name: str,
        people: Sequence[TeamsPerson],
        *,
        bot_is_member: bool = True,
        is_private: bool = False,
    ) -> Conversation:
        """Add a channel. Channels of one team share the team id, and General has it as its own."""
        # Teams' channels share the id of their team.
        same_team = (one for one in self.state.conversations.values() if one.team_name == team_name)
        team = next((one.team for one in same_team), None) or f"19:{self.state.new_message_id()}@thread.tacv2"
        return self.state.add_conversation(
            "channel",
            list(people),
            name=channel_name,
            team=team,
            team_name=team_name,
            bot_is_member=bot_is_member,
            is_private=is_private,
            **({"id": team} if channel_name == "General" else {}),
        )

    def rotate_keys(self, *, keep_old: bool = True) -> str:
        """Add a signing key, use it from now on, and return its id."""
        return self.token_issuer.rotate_keys(keep_old=keep_old)

    def sign(self, activity: Json, **claims: Any) -> str:
        """Return a token for an activity. ``claims`` (or ``kid``, ``alg``, ``key``) override the correct values."""
        default_claims = {"aud": self.state.audience, "serviceurl": activity.get("serviceUrl")}
        return self.token_issuer.sign_claims(**{**default_claims, **claims})

    async def post_activity(self, activity: Json, token: str | None) -> DeliveryResult:
        """Post any activity to the bot, with any token or none."""
        return await self.activity_delivery.post_activity(activity, token)

    async def wait_for(self, predicate: Callable[[], T], timeout: float = 10) -> T:  # noqa: ASYNC109 - same signature in every sandbox
        """Wait until the predicate returns a true value, checking after each change. Raises TimeoutError."""
        return await self.state.changes.wait_for(predicate, timeout)

    async def wait_for_refreshes(self) -> None:
        """Wait until every running automatic refresh is done."""
        while self.refreshing:
            await asyncio.gather(*self.refreshing)
