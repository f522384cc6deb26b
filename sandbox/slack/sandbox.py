"""The simulated Slack as a whole: start it, people it, let them act, and look at what they see."""

import time
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from aiohttp import web

from sandbox.faults import Faults
from sandbox.server import Server
from sandbox.slack.consent_page import ConsentPage
from sandbox.slack.event_actions import EventActions
from sandbox.slack.modal_actions import ModalActions
from sandbox.slack.model import Channel, User
from sandbox.slack.request_delivery import DeliveryResult, RequestDelivery
from sandbox.slack.socket_mode import SocketMode
from sandbox.slack.state import SlackState
from sandbox.slack.tokens import DEFAULT_SCOPES, Token
from sandbox.slack.user_actions import UserActions
from sandbox.slack.visible_state import VisibleState
from sandbox.slack.web_api import WebApi

T = TypeVar("T")
TEAM = "T0SANDBOX"
SIGNING_SECRET = "sandbox-signing-secret"
BOT_TOKEN = "xoxb-sandbox"
APP_TOKEN = "xapp-sandbox"
CLIENT_SECRET = "sandbox-client-secret"
LARGEST_BODY = 4 * 1024 * 1024


class SlackSandbox(UserActions, ModalActions, EventActions, VisibleState):
    """Slack on loopback: the Web API that the bot calls, and the people who use the bot."""

    def __init__(
        self,
        *,
        signing_secret: str = SIGNING_SECRET,
        events_url: str = "",
        bot_token: str = BOT_TOKEN,
        app_token: str = APP_TOKEN,
        client_id: str = "sandbox-client-id",
        client_secret: str = CLIENT_SECRET,
        scopes: Iterable[str] = DEFAULT_SCOPES,
        command: str = "/tv",
        port: int = 0,
        now: Callable[[], float] = time.time,
    ) -> None:
        self.world = SlackState(now)
        self.suggested = {}
        self.bot_token = bot_token
        self.app_token = app_token
        self.client_id = self.world.client_id = client_id
        self.client_secret = self.world.client_secret = client_secret
        self.slash_command = command
        self.default_team = TEAM
        self.retry_after_seconds = 1
        self.add_team(TEAM, "Sandbox", "sandbox")
        self.world.tokens.add(Token(bot_token, TEAM, set(scopes)))
        self.world.app_token = Token(app_token, "", {"connections:write"})
        self.sockets = SocketMode(self.world)
        self.world.open_link = self.sockets.open_link
        self.delivery = RequestDelivery(self.world, self.sockets, signing_secret, events_url)
        self.consent = ConsentPage(self.world)
        self.faults = Faults(rate_limited=self._rate_limited, server_error=_broken)
        self._server = Server(self._app(), port)

    def _app(self) -> web.Application:
        app = web.Application(middlewares=[self.faults.middleware], client_max_size=LARGEST_BODY)
        WebApi(self.world).add_to(app)
        self.consent.add_to(app)
        self.sockets.add_to(app)
        return app

    async def start(self) -> None:
        """Start serving."""
        self.world.origin = await self._server.start()
        await self.delivery.start()

    async def stop(self) -> None:
        """Stop serving."""
        await self.sockets.close()
        await self.delivery.stop()
        await self._server.stop()
        await self.world.changes.settle()

    @property
    def api_url(self) -> str:
        """Where the Web API is, with a slash at the end."""
        return f"{self.world.origin}/api/"

    @property
    def authorize_url(self) -> str:
        """Where a browser goes to install the app."""
        return f"{self.world.origin}/oauth/v2/authorize"

    @property
    def signing_secret(self) -> str:
        """The secret that requests to the bot are signed with."""
        return self.delivery.signing_secret

    @property
    def events_url(self) -> str:
        """Where the bot listens."""
        return self.delivery.events_url

    @events_url.setter
    def events_url(self, url: str) -> None:
        self.delivery.events_url = url

    @property
    def rotation(self) -> bool:
        """Whether tokens issued from now on expire, and come with a refresh token."""
        return self.world.tokens.rotation

    @rotation.setter
    def rotation(self, rotates: bool) -> None:
        self.world.tokens.rotation = rotates

    def add_team(self, team_id: str, name: str, domain: str, *, enterprise: str | None = None) -> str:
        """Add a workspace. Its bot token comes by installing the app."""
        return self.world.add_team(team_id, name, domain, enterprise).id

    def add_user(
        self,
        name: str,
        email: str,
        *,
        locale: str = "en-US",
        tz: str = "Europe/Paris",
        team: str = TEAM,
        is_admin: bool = False,
        is_restricted: bool = False,
        is_ultra_restricted: bool = False,
        deleted: bool = False,
        is_bot: bool = False,
        is_stranger: bool = False,
    ) -> str:
        """Add an account and return its id."""
        user = User(
            id=self.world.new_id("U"),
            team=team,
            name=name,
            email=email,
            locale=locale,
            tz=tz,
            is_admin=is_admin,
            is_restricted=is_restricted,
            is_ultra_restricted=is_ultra_restricted,
            deleted=deleted,
            is_bot=is_bot,
            is_stranger=is_stranger,
        )
        self.world.users[user.id] = user
        self.world.changes.touch()
        return user.id

    def add_channel(
        self,
        name: str,
        members: Sequence[str],
        private: bool = False,  # noqa: FBT001, FBT002 - reads well by its name
        bot_is_member: bool = True,  # noqa: FBT001, FBT002 - as above
        *,
        team: str = TEAM,
    ) -> str:
        """Add a channel and return its id."""
        bot = {self.world.teams[team].bot_user} if bot_is_member else set()
        channel = Channel(
            id=self.world.new_id("C"), team=team, name=name, members={*members, *bot}, is_private=private
        )
        self.world.channels[channel.id] = channel
        self.world.changes.touch()
        return channel.id

    def open_dm(self, user: str) -> str:
        """Return the id of a person's conversation with the bot, for commands typed there."""
        return self.world.open_dm(user).id

    def token_of(self, team: str = TEAM) -> Token | None:
        """Return a workspace's newest valid token; its ``scopes`` may be changed."""
        tokens = self.world.tokens.of_team(team)
        return tokens[-1] if tokens else None

    def sign(self, body: bytes | str, timestamp: float | None = None) -> dict[str, str]:
        """Return the headers that prove a body to be Slack's."""
        return self.delivery.sign(body, timestamp)

    async def post_raw(self, body: bytes, headers: dict[str, str]) -> DeliveryResult:
        """Post anything to the bot, signed or not."""
        return await self.delivery.post_raw(body, headers)

    async def wait_for(self, predicate: Callable[[], T], timeout: float = 10) -> T:  # noqa: ASYNC109 - the reader's word
        """Wait until something is so, and return what the predicate returned. Raises TimeoutError."""
        return await self.world.changes.wait_for(predicate, timeout)

    def _rate_limited(self) -> web.Response:
        told = {"ok": False, "error": "ratelimited"}
        return web.json_response(told, status=429, headers={"Retry-After": str(self.retry_after_seconds)})


def _broken() -> web.Response:
    return web.Response(status=503, text="upstream connect error or disconnect/reset before headers")
