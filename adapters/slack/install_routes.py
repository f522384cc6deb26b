"""Add the app to a workspace: ``GET /slack/install`` and ``GET /slack/oauth_redirect``."""

import secrets
from typing import Any
from urllib.parse import urlencode

import structlog
from aiohttp import web

from adapters.slack.chat import SlackChat
from adapters.slack.install_state import STATE_FOR, InstallStates
from adapters.slack.installations import ManyWorkspaces
from adapters.slack.lifecycle import remove_untrusted, welcome
from adapters.slack.webapi import SlackWebApi
from adapters.tasks import Tasks
from adapters.web.language import choose_page_language
from adapters.web.pages import render_message_page
from bot.errors import BotError, Rejected
from bot.i18n import Text, _
from bot.model.secret import Secret
from bot.ports import Clock
from manifest.scopes import OPTIONAL_SCOPES, SCOPES
from storage.repositories.installations import SlackInstallation
from storage.unit_of_work import SqlUnitOfWork

STATE_COOKIE = "tvbot-slack-install"
_USED = "slack-used"
_DRAIN_SECONDS = 5.0
log = structlog.get_logger("slack")


class InstallRoutes:
    """The two routes of Slack's OAuth. A cookie binds its signed state to the browser, and the state works once."""

    def __init__(
        self,
        workspaces: ManyWorkspaces,
        api: SlackWebApi,
        unit_of_work: SqlUnitOfWork,
        states: InstallStates,
        clock: Clock,
        *,
        client_id: str,
        client_secret: Secret,
        authorize_url: str,
        public_url: str,
        command: str = "/tv",
        language: str = "en",
    ) -> None:
        self._workspaces = workspaces
        self._api = api
        self._unit_of_work = unit_of_work
        self._states = states
        self._clock = clock
        self._client_id = client_id
        self._client_secret = client_secret
        self._authorize_url = authorize_url
        self._language = language
        self._chat = SlackChat(api, command, workspaces)
        self._greetings = Tasks()
        self._redirect_uri = f"{public_url}/slack/oauth_redirect"

    def add_routes(self, app: web.Application) -> None:
        """Put both routes into the web application."""
        app.router.add_get("/slack/install", self.install)
        app.router.add_get("/slack/oauth_redirect", self.finish)
        app.on_cleanup.append(self._settle)

    async def install(self, _request: web.Request) -> web.Response:
        """Send the browser to Slack's page, where a person allows the app."""
        state = self._states.new_state()
        query = {
            "client_id": self._client_id,
            "scope": ",".join([*SCOPES, *OPTIONAL_SCOPES]),
            "state": state,
            "redirect_uri": self._redirect_uri,
        }
        response = web.Response(status=302, headers={"Location": f"{self._authorize_url}?{urlencode(query)}"})
        response.set_cookie(
            STATE_COOKIE,
            state,
            max_age=int(STATE_FOR.total_seconds()),
            path="/slack",
            httponly=True,
            secure=self._redirect_uri.startswith("https"),
            samesite="Lax",
        )
        return response

    async def finish(self, request: web.Request) -> web.Response:
        """Take the browser back from Slack, and store the tokens."""
        language = choose_page_language(request, self._language)
        state, code = request.query.get("state", ""), request.query.get("code", "")
        if request.query.get("error"):
            return _not_installed(_("Nothing was changed. You can close this window."), 200, language)
        if not code or not await self._is_ours(request, state):
            return _not_installed(_("This link was used already or is too old. Start again."), 400, language)
        try:
            installation = await self._workspaces.store_installation(await self._exchange(code))
        except (BotError, KeyError) as error:
            log.warning("installation failed", error=type(error).__name__)
            # Anybody can open the page, get a state and guess a code. If Slack refuses the code, nothing is wrong here.
            status = 400 if isinstance(error, Rejected) else 502
            return _not_installed(_("Slack did not confirm the installation. Start again."), status, language)
        await self._mark_as_used(state)
        if not self._workspaces.trusts(installation):
            log.warning("an installation was refused", workspace=installation.id)
            self._greetings.start_task(remove_untrusted(self._workspaces))
            return _not_installed(_refusal(installation), 403, language)
        log.info("installed", workspace=installation.id)
        self._greetings.start_task(welcome(self._chat, installation, self._language))
        text = _(
            "The app is now in {workspace}. Go back to Slack and type the command.",
            workspace=installation.team_name,
        )
        response = render_message_page(_("Installed"), text, language=language)
        response.del_cookie(STATE_COOKIE, path="/slack")
        return response

    async def _exchange(self, code: str) -> dict[str, Any]:
        return await self._api.call_with(
            None,
            "oauth.v2.access",
            client_id=self._client_id,
            client_secret=self._client_secret.reveal(),
            code=code,
            redirect_uri=self._redirect_uri,
        )

    async def _settle(self, _app: web.Application) -> None:
        await self._greetings.drain(_DRAIN_SECONDS)

    async def _is_ours(self, request: web.Request, state: str) -> bool:
        cookie = request.cookies.get(STATE_COOKIE, "")
        # aiohttp decodes headers with "surrogateescape", so any byte may be in a cookie. A state of ours is plain.
        if not (state and state.isascii() and cookie.isascii()):
            return False
        if not secrets.compare_digest(cookie, state) or not self._states.is_valid(state):
            return False
        async with self._unit_of_work.read() as tx:
            return await tx.states.peek(state, _USED, self._clock()) is None

    async def _mark_as_used(self, state: str) -> None:
        """Store that a state was used. Only an installation that Slack confirmed does, so strangers fill no table."""
        async with self._unit_of_work.write() as tx:
            await tx.states.put(state, _USED, "used", self._clock() + STATE_FOR)


def _refusal(installation: SlackInstallation) -> Text:
    return _(
        "This workspace may not add the app. If it should, ask the operator of the bot to add {workspace} to {setting}.",
        workspace=installation.team_id or installation.enterprise_id or "",
        setting="TVBOT_SLACK_WORKSPACES",
    )


def _not_installed(text: Text, status: int, language: str) -> web.Response:
    return render_message_page(_("Not installed"), text, status=status, language=language)
