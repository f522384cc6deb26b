"""A technician signs in at TeamViewer: where the browser starts, comes back, and confirms a foreign account."""

import structlog
from aiohttp import web

from adapters.web.language import language_of
from adapters.web.pages import page
from bot.errors import BotError, NotAllowed, NotFound
from bot.i18n import Text, _
from bot.services import Services
from bot.use_cases import authorize
from bot.use_cases.authorize import AccountMismatch, Connected

log = structlog.get_logger("web")


class TeamViewerOAuth:
    """The routes under ``/oauth/teamviewer``."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def add_to(self, app: web.Application) -> None:
        """Put the routes into the web application."""
        app.router.add_get("/oauth/teamviewer/start", self.start)
        app.router.add_get("/oauth/teamviewer/callback", self.callback)
        app.router.add_post("/oauth/teamviewer/confirm", self.confirm)

    async def start(self, request: web.Request) -> web.Response:
        """Send the browser on to TeamViewer."""
        try:
            url = await authorize.start_sign_in(request.query.get("state", ""), self._services)
        except BotError as error:
            return _not_connected(error.text, _status(error), self._language(request))
        return web.Response(status=302, headers={"Location": url, "Cache-Control": "no-store"})

    async def callback(self, request: web.Request) -> web.Response:
        """Take the browser back from TeamViewer."""
        language = self._language(request)
        state, code = request.query.get("state", ""), request.query.get("code", "")
        if request.query.get("error") or not code:
            await authorize.abandon_sign_in(state, self._services)
            return _not_connected(_("TeamViewer was not allowed. Nothing was changed."), 400, language)
        try:
            result = await authorize.finish_sign_in(state, code, self._services)
        except BotError as error:
            log.info("sign-in failed", error=str(error))
            return _not_connected(error.text, _status(error), language)
        return _connected(result, language) if isinstance(result, Connected) else _doubtful(result, language)

    async def confirm(self, request: web.Request) -> web.Response:
        """Connect an account with another e-mail address, after its owner said that it is theirs."""
        language = self._language(request)
        form = await request.post()
        try:
            confirmed = await authorize.confirm_account(str(form.get("confirmation", "")), self._services)
        except BotError as error:
            return _not_connected(error.text, _status(error), language)
        return _connected(confirmed, language)

    def _language(self, request: web.Request) -> str:
        return language_of(request, self._services.installation.language)


def _connected(result: Connected, language: str) -> web.Response:
    account = result.account
    return page(
        _("Connected"),
        _("You are connected to TeamViewer. Close this window and go back to the chat."),
        lines=[
            _(
                "TeamViewer account: {name} ({email})",
                name=account.name,
                email=account.email or account.user_id,
            )
        ],
        language=language,
    )


def _doubtful(result: AccountMismatch, language: str) -> web.Response:
    account = result.account
    return page(
        _("Is this TeamViewer account yours?"),
        _("The two addresses differ. Connect them only if both are your own."),
        lines=[
            _("Technician in the chat: {email}", email=result.technician),
            _(
                "TeamViewer account: {name} ({email})",
                name=account.name,
                email=account.email or account.user_id,
            ),
        ],
        confirmation=result.confirmation,
        confirm_label=_("Yes, both are mine: connect them"),
        otherwise=_("Did somebody send you this link? Then close this window: nothing has been connected."),
        language=language,
    )


def _status(error: BotError) -> int:
    return {NotFound: 410, NotAllowed: 403}.get(type(error), 502)


def _not_connected(text: Text, status: int, language: str) -> web.Response:
    return page(_("Not connected"), text, status=status, language=language)
