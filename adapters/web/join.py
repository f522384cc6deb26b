"""``GET /join/{token}``: the requester's page. It says who helps, for which request, and what will happen."""

import io

import segno
from aiohttp import web

from adapters.web.language import language_of
from adapters.web.pages import page, render
from bot.i18n import Language, _
from bot.model.ids import JoinToken
from bot.model.session import Kind, Session, State
from bot.services import Services


class JoinPage:
    """The requester's page. It works without JavaScript, and shows nothing but their own session."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def add_to(self, app: web.Application) -> None:
        """Put the route into the web application."""
        app.router.add_get("/join/{token:[A-Za-z0-9_-]{10,80}}", self.show)
        app.router.add_get("/join/{token:[A-Za-z0-9_-]{10,80}}/qr.png", self.picture)
        app.router.add_get("/join/{rest:.*}", self.unknown)

    async def unknown(self, request: web.Request) -> web.Response:
        """Answer an address that no token could have."""
        return _unknown(self._language(request))

    async def picture(self, request: web.Request) -> web.Response:
        """Draw the page's own address as a QR code, while its session is open."""
        token = JoinToken(request.match_info["token"])
        async with self._services.unit_of_work.read() as tx:
            session = await tx.sessions.by_join_token(token)
        if session is None or not session.state.is_open or session.is_due(self._services.clock()):
            return web.Response(status=404)
        drawn = io.BytesIO()
        segno.make(self._services.installation.join_page(token), error="m").save(
            drawn, kind="png", scale=6, border=3
        )
        headers = {"Cache-Control": "private, max-age=3600", "X-Robots-Tag": "noindex"}
        return web.Response(body=drawn.getvalue(), content_type="image/png", headers=headers)

    async def show(self, request: web.Request) -> web.Response:
        """Show the session behind a token, or say that it is over, or that there is none."""
        language = self._language(request)
        async with self._services.unit_of_work.read() as tx:
            session = await tx.sessions.by_join_token(JoinToken(request.match_info["token"]))
        if session is None or session.state is State.FAILED:
            return _unknown(language)
        if session.is_due(self._services.clock()) or session.state is State.EXPIRED:
            return _expired(language)
        if session.state is State.ENDED:
            return _ended(language)
        if session.requester_link is None:
            return _too_early(language)
        return _invitation(session, session.requester_link.reveal(), language)

    def _language(self, request: web.Request) -> Language:
        return Language(language_of(request, self._services.installation.language))


def _invitation(session: Session, link: str, language: Language) -> web.Response:
    pilot = session.kind is Kind.PILOT
    what = (
        _(
            "TeamViewer opens and shows {technician} what the camera of your phone sees.",
            technician=session.technician_name,
        )
        if pilot
        else _(
            "TeamViewer opens. {technician} sees your screen only after you allow it.",
            technician=session.technician_name,
        )
    )
    return render(
        "join.html",
        language,
        eyebrow=_("Request #{number}: {subject}", number=session.number, subject=session.subject),
        title=_("{technician} is ready to help you", technician=session.technician_name),
        lines=[what, _("You can end it at any time, in TeamViewer’s window.")],
        link=link,
        join_label=_("Join with your phone") if pilot else _("Join the session"),
        other_ways=_("On another device"),
        copy_label=_("Copy link"),
        copied_label=_("Copied"),
        qr=segno.make(link, error="m").svg_data_uri(scale=4, border=2),
        qr_alt=_("QR code of the link"),
        warning=_("Did you not ask for help? Then close this page, and tell your service desk."),
    )


def _unknown(language: Language) -> web.Response:
    text = _(
        "There is no session behind this link. Check that it was copied whole, or ask your service desk."
    )
    return page(_("Unknown link"), text, status=404, language=language.code)


def _expired(language: Language) -> web.Response:
    text = _("This link was good for 24 hours, and they are over. Ask your service desk for a new one.")
    return page(_("This link has expired"), text, status=410, language=language.code)


def _ended(language: Language) -> web.Response:
    text = _("The session is over. If you still need help, answer the e-mail that brought you here.")
    return page(_("This session has ended"), text, status=410, language=language.code)


def _too_early(language: Language) -> web.Response:
    text = _("The session is being prepared. Load this page again in a moment.")
    return page(_("Almost ready"), text, status=200, language=language.code)
