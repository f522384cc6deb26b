"""``/enter/{token}``: the way in of a technician who is invited to the session of somebody else.

Opening the page reveals nothing. Only its button leads to TeamViewer, and only while the invitation is open.
"""

from urllib.parse import parse_qs

from aiohttp import web

from adapters.web.body import read_body
from adapters.web.cross_site import is_cross_site
from adapters.web.language import choose_page_language
from adapters.web.pages import render_message_page, render_page
from bot.account_check import AccountCheck
from bot.errors import BotError, Unavailable
from bot.i18n import Language, Text, _
from bot.model.ids import EnterToken
from bot.model.secret import Secret
from bot.services import Services
from bot.use_cases.enter import Way, WayIn, find_way_in, use_way_in

_PATH = "/enter/{token:[A-Za-z0-9_-]{10,80}}"
LARGEST_FORM = 1024
"""In bytes. The form has one short field."""


class EnterPage:
    """The page behind the Enter button of an invited technician."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._accounts = AccountCheck(
            services.unit_of_work, services.chats, services.installation.admins, services.clock
        )

    def add_routes(self, app: web.Application) -> None:
        """Add the routes to the web application."""
        app.router.add_get(_PATH, self.show_page)
        app.router.add_post(_PATH, self.enter)

    async def show_page(self, request: web.Request) -> web.Response:
        """Show for which session the way in is. It holds no link of TeamViewer: programs that check links open it too."""
        language = self._language(request)
        token = EnterToken(request.match_info["token"])
        try:
            way_in = await find_way_in(token, self._services.unit_of_work, self._services.clock())
        except BotError as error:
            return _refused_page(error.text, language)
        return _page(way_in, language)

    async def enter(self, request: web.Request) -> web.Response:
        """Lead the invited technician to TeamViewer, after looking at their account again."""
        language = self._language(request)
        token = EnterToken(request.match_info["token"])
        if is_cross_site(request, self._services.installation.public_url):
            return _refused_page(_("Open your invitation in the chat again, and enter there."), language)
        services = self._services
        try:
            way = _read_way(await read_body(request, LARGEST_FORM))
            link = await use_way_in(
                token, way, services.unit_of_work, services.clock, accounts=self._accounts
            )
        except web.RequestPayloadError:
            return _refused_page(_("Open your invitation in the chat again, and enter there."), language)
        except Unavailable as error:
            return render_message_page(_("Try again"), error.text, status=503, language=language.code)
        except BotError as error:
            return _refused_page(error.text, language)
        return _opening_page(link, language)

    def _language(self, request: web.Request) -> Language:
        return Language(choose_page_language(request, self._services.installation.language))


def _read_way(body: bytes) -> Way:
    try:
        fields = parse_qs(body.decode(), max_num_fields=5)
        return Way(fields.get("way", [Way.APP.value])[0])
    except ValueError:
        return Way.APP


def _page(way_in: WayIn, language: Language) -> web.Response:
    session, invitation = way_in.session, way_in.invitation
    ways = [(Way.APP.value, _("Enter session"))]
    if session.web_client_link is not None:
        ways.append((Way.BROWSER.value, _("Enter in the browser")))
    return render_page(
        "enter.html",
        language,
        eyebrow=_("Request #{number}: {subject}", number=session.number, subject=session.subject),
        title=_("{technician} invites you to this session", technician=invitation.invited_by_name),
        lines=[
            _("This way in is for {name} alone. Do not pass it on.", name=invitation.name),
            _("TeamViewer opens in your browser and starts the app."),
        ],
        ways=ways,
        # Relative to the page, because a public URL may have a path of its own.
        action=invitation.token,
    )


def _opening_page(link: Secret, language: Language) -> web.Response:
    """Return the page that opens TeamViewer by itself, and has a button for where it does not.

    A redirect would be blocked: browsers apply ``form-action`` of the page before to it as well.
    """
    response = render_page(
        "opening.html",
        language,
        title=_("TeamViewer opens"),
        text=_("If nothing happens, press the button."),
        link=link.reveal(),
        label=_("Enter session"),
    )
    response.headers["Refresh"] = f"0;url={link.reveal()}"
    return response


def _refused_page(why: Text, language: Language) -> web.Response:
    return render_message_page(_("This way in is closed"), why, status=410, language=language.code)
