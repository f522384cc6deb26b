"""``GET /join/{token}``: the requester's page. It says who helps, for which request, and what happens next."""

import io

import segno
from aiohttp import web

from adapters.web.language import choose_page_language
from adapters.web.pages import render_message_page, render_page
from bot.i18n import Language, Text, _
from bot.model.ids import JoinToken
from bot.model.session import Kind, Session, State
from bot.services import Services


class JoinPage:
    """The requester's page. It works without JavaScript, and shows one session only."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def add_routes(self, app: web.Application) -> None:
        """Add the routes to the web application."""
        app.router.add_get("/join/{token:[A-Za-z0-9_-]{10,80}}", self.show_session)
        app.router.add_get("/join/{token:[A-Za-z0-9_-]{10,80}}/qr.png", self.show_qr_code)
        app.router.add_get("/join/{rest:.*}", self.show_unknown_link)

    async def show_unknown_link(self, request: web.Request) -> web.Response:
        """Answer an address that cannot hold a token."""
        return _unknown_link_page(self._language(request))

    async def show_qr_code(self, request: web.Request) -> web.Response:
        """Answer with the page's own address as a QR code, while its session is open."""
        token = JoinToken(request.match_info["token"])
        async with self._services.unit_of_work.read() as tx:
            session = await tx.sessions.by_join_token(token)
        if session is None or not session.is_usable or session.is_due(self._services.clock()):
            return web.Response(status=404)
        png = io.BytesIO()
        segno.make(self._services.installation.join_page(token), error="m").save(
            png, kind="png", scale=6, border=3
        )
        headers = {"Cache-Control": "private, max-age=3600", "X-Robots-Tag": "noindex"}
        return web.Response(body=png.getvalue(), content_type="image/png", headers=headers)

    async def show_session(self, request: web.Request) -> web.Response:
        """Show the session of a token, or a page that says why there is none to join."""
        language = self._language(request)
        async with self._services.unit_of_work.read() as tx:
            session = await tx.sessions.by_join_token(JoinToken(request.match_info["token"]))
        if session is None or session.state is State.FAILED:
            return _unknown_link_page(language)
        if session.is_due(self._services.clock()) or session.state is State.EXPIRED:
            return _expired_page(language)
        if session.state is State.ENDED or session.is_ending:
            return _ended_page(language)
        if session.requester_link is None:
            return _preparing_page(language)
        return invitation_page(session, session.requester_link.reveal(), language)

    def _language(self, request: web.Request) -> Language:
        return Language(choose_page_language(request, self._services.installation.language))


def invitation_page(session: Session, link: str, language: Language) -> web.Response:
    """Return the page of an open session. A Pilot session needs a phone, so at a desk its code comes first."""
    is_pilot = session.kind is Kind.PILOT
    return render_page(
        "join.html",
        language,
        eyebrow=_("Request #{number}: {subject}", number=session.number, subject=session.subject),
        title=_("{technician} is ready to help you", technician=session.technician_name),
        lines=[_what_happens(session), _("You can end it at any time, in TeamViewer’s window.")],
        link=link,
        join_label=_("Join with your phone") if is_pilot else _("Join the session"),
        other_ways=_("On another device"),
        copy_label=_("Copy link"),
        copied_label=_("Copied"),
        scan=_("Scan this code with your phone’s camera.") if is_pilot else None,
        qr=segno.make(link, error="m").svg_data_uri(scale=4, border=2),
        qr_alt=_("QR code of the link"),
        warning=_("Didn’t ask for help? Close this page, and tell your service desk."),
    )


def _what_happens(session: Session) -> Text:
    if session.kind is Kind.PILOT:
        return _(
            "TeamViewer opens and shows {technician} what the camera of your phone sees.",
            technician=session.technician_name,
        )
    return _(
        "TeamViewer opens. {technician} sees your screen only after you allow it.",
        technician=session.technician_name,
    )


def _unknown_link_page(language: Language) -> web.Response:
    text = _(
        "There is no session behind this link. Check that it was copied whole, or ask your service desk."
    )
    return render_message_page(_("Unknown link"), text, status=404, language=language.code)


def _expired_page(language: Language) -> web.Response:
    text = _("This link worked for 24 hours and has expired. Ask your service desk for a new one.")
    return render_message_page(_("This link has expired"), text, status=410, language=language.code)


def _ended_page(language: Language) -> web.Response:
    text = _("The session is over. If you still need help, contact your service desk.")
    return render_message_page(_("This session has ended"), text, status=410, language=language.code)


def _preparing_page(language: Language) -> web.Response:
    text = _("The session is being prepared. Load this page again in a moment.")
    return render_message_page(_("Almost ready"), text, status=200, language=language.code)
