"""The simulated Teams as a whole: start it, people it, let them act, and look at what they see."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

from aiohttp import web

from sandbox.faults import Faults
from sandbox.server import Server
from sandbox.teams.access_control import AccessControl
from sandbox.teams.activity_delivery import ActivityDelivery, DeliveryResult
from sandbox.teams.card_actions import CardActions
from sandbox.teams.connector import Connector
from sandbox.teams.json_format import ApiError, rate_limited, recorder
from sandbox.teams.message_extension import MessageExtensionActions
from sandbox.teams.model import Conversation, Json, Role, TeamsPerson
from sandbox.teams.rate_limit import RateLimit
from sandbox.teams.roster import Roster
from sandbox.teams.state import TeamsState
from sandbox.teams.token_endpoint import TokenEndpoint
from sandbox.teams.token_issuer import TokenIssuer
from sandbox.teams.user_actions import UserActions
from sandbox.teams.visible_state import VisibleState

T = TypeVar("T")
APP_ID = "00000000-0000-4000-8000-0000000000a1"
APP_PASSWORD = "teams-secret"
TENANT = "00000000-0000-4000-8000-0000000000b1"
LARGEST_BODY = 4 * 1024 * 1024


def utc_now() -> datetime:
    """Return the time now, in UTC."""
    return datetime.now(UTC)


class TeamsSandbox(UserActions, CardActions, MessageExtensionActions, VisibleState):
    """Teams on loopback: the issuer of tokens, the directory, the connector, and the people who use the bot.

    Operations, for faults and counts: ``openid``, ``keys``, ``token``, ``conversations.create``, ``activities.send``
    (replies too), ``activities.update``, ``activities.delete``, ``members.get``, ``members.page``.

    ``auto_refresh``: people's clients bring cards up to date by themselves. ``hears_everything``: the bot was granted
    to read every message of channels and group chats. ``retry_after_seconds`` goes with a planned RATE_LIMIT.
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
    ) -> None:
        self.app_id = app_id
        self.app_password = app_password
        self.tenant = tenant
        self.auto_refresh = auto_refresh
        self.hears_everything = False
        self.retry_after_seconds = 1
        self.refreshing = set()
        self.world = TeamsState(app_id=app_id, tenant=tenant, now=now)
        self.world.posted = self.begin_refreshing
        self.issuer = TokenIssuer(self.world, now)
        self.tokens = TokenEndpoint(self.world, app_password, anonymous=anonymous)
        self.courier = ActivityDelivery(self.issuer, anonymous=anonymous)
        self._throttle = RateLimit(now)
        self.limits = limits
        self.faults = Faults(
            rate_limited=lambda: rate_limited(self.retry_after_seconds).response(),
            server_error=lambda: ApiError(502, "ServiceError", "Dependency service error.").response(),
        )
        self._server = Server(self._app(), port)

    def _app(self) -> web.Application:
        middlewares = [self.faults.middleware, recorder(self.world)]
        app = web.Application(middlewares=middlewares, client_max_size=LARGEST_BODY)
        gate = AccessControl(self.world, self.tokens, self._throttle)
        for part in (self.issuer, self.tokens, Roster(self.world, gate), Connector(self.world, gate)):
            part.add_to(app)
        return app

    async def start(self) -> str:
        """Start serving and return the origin."""
        self.world.origin = await self._server.start()
        await self.courier.start()
        return self.world.origin

    async def stop(self) -> None:
        """Stop serving; refreshes under way are given up."""
        for task in tuple(self.refreshing):
            task.cancel()
        await asyncio.gather(*self.refreshing, return_exceptions=True)
        await self.courier.stop()
        await self._server.stop()
        await self.world.changes.settle()

    @property
    def openid_url(self) -> str:
        """Where the bot finds the issuer's metadata."""
        return f"{self.world.origin}/v1/.well-known/openidconfiguration"

    @property
    def token_url(self) -> str:
        """Where the bot gets tokens for the connector."""
        return f"{self.world.origin}/{self.tenant}/oauth2/v2.0/token"

    @property
    def service_url(self) -> str:
        """Where the connector is, with a slash at the end."""
        return self.world.service_url

    @property
    def messages_url(self) -> str | None:
        """Where the bot listens."""
        return self.courier.messages_url

    @messages_url.setter
    def messages_url(self, url: str | None) -> None:
        self.courier.messages_url = url

    @property
    def limits(self) -> bool:
        """Whether Teams' limits on how often a bot may do something hold."""
        return self._throttle.is_on

    @limits.setter
    def limits(self, hold: bool) -> None:
        self._throttle.is_on = hold

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
        """Add an account: of another ``tenant`` where somebody is external, without an e-mail address where told so."""
        person = self.world.add_person(
            name, email, tenant=tenant, locale=locale, timezone=timezone, role=role
        )
        person.has_email = has_email
        return person

    def personal_chat(self, person: TeamsPerson, *, bot_is_member: bool = True) -> Conversation:
        """Return a person's chat with the bot; a first one is made, silently, as if the app had long been there."""
        chat = self.world.personal_chat(person)
        return chat or self.world.add_conversation("personal", [person], bot_is_member=bot_is_member)

    def group_chat(
        self, people: Sequence[TeamsPerson], topic: str = "", *, bot_is_member: bool = True
    ) -> Conversation:
        """Add a group chat."""
        return self.world.add_conversation("groupChat", list(people), name=topic, bot_is_member=bot_is_member)

    def team_channel(
        self, team_name: str, channel_name: str, people: Sequence[TeamsPerson], *, bot_is_member: bool = True
    ) -> Conversation:
        """Add a channel. Channels of one team have one team id."""
        known = (one for one in self.world.conversations.values() if one.team_name == team_name)
        team = next((one.team for one in known), None) or f"19:{self.world.new_message_id()}@thread.tacv2"
        return self.world.add_conversation(
            "channel",
            list(people),
            name=channel_name,
            team=team,
            team_name=team_name,
            bot_is_member=bot_is_member,
        )

    def rotate_keys(self, *, keep_old: bool = True) -> str:
        """Sign with a new key from now on, and return its id."""
        return self.issuer.rotate(keep_old=keep_old)

    def sign(self, activity: Json, **claims: Any) -> str:
        """Return a token for an activity, with these claims (or ``kid``, ``alg``, ``key``) in place of the right ones."""
        right = {"aud": self.app_id, "serviceurl": activity.get("serviceUrl")}
        return self.issuer.sign(**{**right, **claims})

    async def post(self, activity: Json, token: str | None) -> DeliveryResult:
        """Post anything to the bot, with any token or none."""
        return await self.courier.post(activity, token)

    async def until(self, predicate: Callable[[], T], timeout: float = 10) -> T:  # noqa: ASYNC109 - the reader's word
        """Wait until something is so, and return what the predicate returned. Raises TimeoutError."""
        return await self.world.changes.wait_for(predicate, timeout)

    async def settle(self) -> None:
        """Wait until every client has refreshed what it refreshes by itself."""
        while self.refreshing:
            await asyncio.gather(*self.refreshing)
