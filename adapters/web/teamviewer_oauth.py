"""The routes by which a technician signs in at TeamViewer: start, callback, and confirmation of another account."""

import secrets
from contextlib import suppress
from urllib.parse import parse_qsl, urlsplit

import structlog
from aiohttp import web

from adapters.throttled_log import ThrottledLog
from adapters.web.cross_site import is_cross_site
from adapters.web.language import choose_page_language
from adapters.web.pages import render_message_page
from bot.errors import BotError, NotAllowed, NotAuthorized, NotFound, Rejected
from bot.i18n import Text, _
from bot.services import Services
from bot.use_cases import authorize
from bot.use_cases.authorize import GRANT_FOR, AccountMismatch, Connected, SignInStart

BROWSER_COOKIE = "tvbot-sign-in-"
"""How the cookies begin that bind a sign-in to its browser. Each start sets one, so that two tabs do not disturb each other."""
PATH = "/oauth/teamviewer"
_FIELDS = 20
log = structlog.get_logger("web")


class TeamViewerOAuth:
    """The routes under ``/oauth/teamviewer``."""

    def __init__(self, services: Services) -> None:
        self._services = services
        # Anybody can open the callback, as often as they like.
        self._log = ThrottledLog(log)

    def add_routes(self, app: web.Application) -> None:
        """Add the routes to the web application."""
        app.router.add_get(f"{PATH}/start", self.start_sign_in)
        app.router.add_get(f"{PATH}/callback", self.finish_sign_in)
        app.router.add_post(f"{PATH}/confirm", self.confirm_account)

    async def start_sign_in(self, request: web.Request) -> web.Response:
        """Redirect the browser to TeamViewer, with a cookie by which it is recognized when it comes back."""
        try:
            started = await authorize.start_sign_in(request.query.get("state", ""), self._services)
        except BotError as error:
            return _not_connected_page(error.text, _http_status(error), self._language(request))
        response = web.Response(status=302, headers={"Location": started.url, "Cache-Control": "no-store"})
        self._set_cookie(response, started)
        return response

    def _set_cookie(self, response: web.Response, started: SignInStart) -> None:
        response.set_cookie(
            f"{BROWSER_COOKIE}{secrets.token_hex(4)}",
            started.browser.reveal(),
            max_age=int(2 * GRANT_FOR.total_seconds()),
            # A public URL may have a path of its own, which a proxy takes off.
            path=f"{urlsplit(self._services.installation.public_url).path}{PATH}",
            httponly=True,
            secure=self._services.installation.public_url.startswith("https"),
            # Lax: TeamViewer's redirect back brings the cookie, a form on another site does not.
            samesite="Lax",
        )

    async def finish_sign_in(self, request: web.Request) -> web.Response:
        """Receive the browser that comes back from TeamViewer."""
        language = self._language(request)
        state, code = request.query.get("state", ""), request.query.get("code", "")
        browsers = _browser_secrets(request)
        if request.query.get("error") or not code:
            with suppress(BotError):
                await authorize.abandon_sign_in(state, browsers, self._services)
            return _not_connected_page(_("TeamViewer was not allowed. Nothing was changed."), 400, language)
        try:
            result = await authorize.finish_sign_in(state, code, browsers, self._services)
        except BotError as error:
            if isinstance(error, NotFound | NotAllowed):
                self._log.info("sign-in refused", error=type(error).__name__)
            else:
                log.info("sign-in failed", error=error.log_text)
            return _not_connected_page(error.text, _http_status(error), language)
        return (
            _connected_page(result, language)
            if isinstance(result, Connected)
            else _confirmation_page(result, language)
        )

    async def confirm_account(self, request: web.Request) -> web.Response:
        """Receive the confirmation of a person who signed in with another e-mail address. The chat asks for the second one."""
        language = self._language(request)
        if is_cross_site(request, self._services.installation.public_url):
            text = _("This page was opened from another site. Nothing has been connected.")
            return _not_connected_page(text, 403, language)
        confirmation = _read_confirmation(await request.read())
        try:
            await authorize.confirm_account(confirmation, _browser_secrets(request), self._services)
        except BotError as error:
            return _not_connected_page(error.text, _http_status(error), language)
        return render_message_page(
            _("One step is left"),
            _("Go back to the chat and press the button there. Then the account is connected."),
            language=language,
        )

    def _language(self, request: web.Request) -> str:
        return choose_page_language(request, self._services.installation.language)


def _connected_page(result: Connected, language: str) -> web.Response:
    account = result.account
    return render_message_page(
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


def _confirmation_page(result: AccountMismatch, language: str) -> web.Response:
    account = result.account
    return render_message_page(
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


def _read_confirmation(body: bytes) -> str:
    """Return the field of the form, empty for a body that is no form. aiohttp's reader raises many kinds of errors."""
    try:
        return dict(parse_qsl(body.decode(), max_num_fields=_FIELDS)).get("confirmation", "")
    except ValueError:
        return ""


def _browser_secrets(request: web.Request) -> list[str]:
    return [value for name, value in request.cookies.items() if name.startswith(BROWSER_COOKIE)]


def _http_status(error: BotError) -> int:
    # What TeamViewer refuses is no fault here: a browser may send any code.
    return {NotFound: 410, NotAllowed: 403, Rejected: 400, NotAuthorized: 400}.get(type(error), 502)


def _not_connected_page(text: Text, status: int, language: str) -> web.Response:
    return render_message_page(_("Not connected"), text, status=status, language=language)
