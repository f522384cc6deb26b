"""The simulated Slack: its servers, its accounts and channels, and the actions of its users."""

import time
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from aiohttp import web

from sandbox.faults import Faults
from sandbox.server import Server
from sandbox.slack.consent_page import ConsentPage
from sandbox.slack.event_actions import EventActions
from sandbox.slack.modal_actions import ModalActions
from sandbox.slack.model import Channel, Json, User
from sandbox.slack.request_delivery import DeliveryResult, RequestDelivery
from sandbox.slack.socket_mode import SocketMode
from sandbox.slack.state import SlackState
from sandbox.slack.tokens import DEFAULT_SCOPES, Token
from sandbox.slack.user_actions import UserActions
from sandbox.slack.visible_state import VisibleState
from sandbox.slack.web_api import WebApi

T = TypeVar("T")
TEAM = "T0SANDBOX"
SIGNING_SECRET = "5a4dbc0c0ffee0ddba11c0de5a4dbc00"
"""32 hexadecimal digits, as Slack shows it."""
BOT_TOKEN = "xoxb-sandbox"
APP_TOKEN = "xapp-sandbox"
CLIENT_SECRET = "sandbox-client-secret"
LARGEST_BODY = 4 * 1024 * 1024


class SlackSandbox(UserActions, ModalActions, EventActions, VisibleState):
    """Slack on loopback: the Web API that the bot calls, and the users who use the bot."""

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
        self.state = SlackState(now)
        self.suggested = {}
        self.bot_token = bot_token
        self.app_token = app_token
        self.client_id = self.state.client_id = client_id
        self.client_secret = self.state.client_secret = client_secret
        self.slash_command = command
        self.default_team = TEAM
        self.retry_after_seconds = 1
        self.reports_internal_errors = False
        """Whether a server error is a proper response with the error ``internal_error``. Both were seen."""
        self.add_team(TEAM, "Sandbox", "sandbox")
        self.state.tokens.add_token(Token(bot_token, TEAM, set(scopes)))
        self.state.app_token = Token(app_token, "", {"connections:write"})
        self.sockets = SocketMode(self.state)
        # The state cannot import the sockets: they depend on it.
        self.state.create_socket_url = self.sockets.create_socket_url
        self.delivery = RequestDelivery(self.state, self.sockets, signing_secret, events_url)
        self.consent = ConsentPage(self.state)
        self.faults = Faults(
            rate_limited=self._build_rate_limit_response, server_error=self._build_server_error
        )
        self._server = Server(self._build_app(), port)

    def _build_app(self) -> web.Application:
        app = web.Application(middlewares=[self.faults.middleware], client_max_size=LARGEST_BODY)
        WebApi(self.state).add_routes(app)
        self.consent.add_routes(app)
        self.sockets.add_routes(app)
        return app

    async def start(self) -> None:
        """Start serving on loopback."""
        self.state.origin = await self._server.start()
        await self.delivery.open_client()

    async def stop(self) -> None:
        """Stop serving and close open connections."""
        await self.sockets.close_all()
        await self.delivery.close_client()
        await self._server.stop()

    @property
    def api_url(self) -> str:
        """The base URL of the Web API, with a trailing slash."""
        return f"{self.state.origin}/api/"

    @property
    def authorize_url(self) -> str:
        """The URL that starts the installation of the app in a browser."""
        return f"{self.state.origin}/oauth/v2/authorize"

    @property
    def signing_secret(self) -> str:
        """The secret that signs requests to the bot."""
        return self.delivery.signing_secret

    @property
    def events_url(self) -> str:
        """The bot's endpoint for commands, interactions and events."""
        return self.delivery.events_url

    @events_url.setter
    def events_url(self, url: str) -> None:
        self.delivery.events_url = url

    @property
    def rotation(self) -> bool:
        """Whether new tokens expire and come with a refresh token."""
        return self.state.tokens.rotation

    @rotation.setter
    def rotation(self, rotates: bool) -> None:
        self.state.tokens.rotation = rotates

    def add_team(self, team_id: str, name: str, domain: str, *, enterprise: str | None = None) -> str:
        """Add a workspace. The bot gets a token there when the app is installed."""
        return self.state.add_team(team_id, name, domain, enterprise).id

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
        is_email_confirmed: bool = True,
        primary_team: str | None = None,
    ) -> str:
        """Add an account and return its id. ``primary_team`` is another workspace of the same Enterprise Grid."""
        user = User(
            id=self.state.new_id("U"),
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
            is_email_confirmed=is_email_confirmed,
            primary_team=primary_team,
        )
        self.state.users[user.id] = user
        self.state.changes.notify()
        return user.id

    def add_channel(
        self,
        name: str,
        members: Sequence[str],
        private: bool = False,  # noqa: FBT001, FBT002 - tests pass it by name
        bot_is_member: bool = True,  # noqa: FBT001, FBT002 - as above
        *,
        team: str = TEAM,
    ) -> str:
        """Add a channel and return its id."""
        bot = {self.state.teams[team].bot_user} if bot_is_member else set()
        channel = Channel(
            id=self.state.new_id("C"), team=team, name=name, members={*members, *bot}, is_private=private
        )
        self.state.channels[channel.id] = channel
        self.state.changes.notify()
        return channel.id

    def apply_manifest(self, manifest: Json) -> None:
        """Set up the app as its manifest says: the tabs of App Home, and the events of messages."""
        home = manifest["features"]["app_home"]
        self.state.home_tab_enabled = home["home_tab_enabled"]
        self.state.messages_tab_enabled = home["messages_tab_enabled"]
        self.state.messages_tab_is_read_only = home["messages_tab_read_only_enabled"]
        self.state.subscribed_events = set(manifest["settings"]["event_subscriptions"]["bot_events"])

    def share_channel(self, channel: str, *, is_pending: bool = False) -> None:
        """Share a channel with another organization, or (``is_pending``) invite one (Slack Connect)."""
        shared = self.state.channels[channel]
        shared.is_shared, shared.is_pending_share = not is_pending, is_pending

    def open_dm(self, user: str) -> str:
        """Return the id of the user's direct message channel with the bot. Create it if needed."""
        return self.state.open_dm(user).id

    def token_of(self, team: str = TEAM) -> Token | None:
        """Return the newest valid token of a workspace. Tests may change its ``scopes``."""
        tokens = self.state.tokens.valid_tokens_of(team)
        return tokens[-1] if tokens else None

    def sign(self, body: bytes | str, timestamp: float | None = None) -> dict[str, str]:
        """Return the signature headers of a body."""
        return self.delivery.sign(body, timestamp)

    async def post_raw(self, body: bytes, headers: dict[str, str]) -> DeliveryResult:
        """Post any body to the bot, with a valid signature or without."""
        return await self.delivery.post_raw(body, headers)

    async def wait_for(self, predicate: Callable[[], T], timeout: float = 10) -> T:  # noqa: ASYNC109 - same signature in every sandbox
        """Wait until the predicate returns a true value, checking after each change. Raises TimeoutError."""
        return await self.state.changes.wait_for(predicate, timeout)

    def _build_rate_limit_response(self) -> web.Response:
        # Slack sends the waiting time only in the header.
        body = {"ok": False, "error": "ratelimited"}
        return web.json_response(body, status=429, headers={"Retry-After": str(self.retry_after_seconds)})

    def _build_server_error(self) -> web.Response:
        if self.reports_internal_errors:
            return web.json_response({"ok": False, "error": "internal_error"})
        return web.Response(status=503, text="upstream connect error or disconnect/reset before headers")
