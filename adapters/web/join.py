"""``/join/{token}``: the requester's page. It says who helps, for which request, and what happens next.

After the end it asks whether the session helped. ``POST /join/{token}/rating`` receives the answer.
"""

import io
from typing import assert_never

import segno
from aiohttp import web

from adapters.web.body import read_body
from adapters.web.cross_site import is_cross_site
from adapters.web.language import choose_page_language
from adapters.web.pages import render_message_page, render_page
from adapters.web.rating_form import RatingAnswer, read_answer
from bot.i18n import Language, Text, _
from bot.model.ids import JoinToken
from bot.model.rating import LONGEST_COMMENT
from bot.model.session import Kind, Session, State
from bot.services import Services
from bot.use_cases.rate import RatingOutcome, rate_session
from storage.vault import Vault

_PATH = "/join/{token:[A-Za-z0-9_-]{10,80}}"
LARGEST_FORM = 16_384
"""In bytes. A comment of the longest length takes at most 6,000, written in a form."""


_EXPIRED = _("This link worked for 24 hours and has expired. Ask your service desk for a new one.")
_EXPIRED_AFTER_RENEWAL = _("This link has expired. Ask your service desk for a new one.")
_ENDED = _("The session is over. If you still need help, contact your service desk.")


class JoinPage:
    """The requester's page. It works without JavaScript, and shows one session only."""

    def __init__(self, services: Services, vault: Vault) -> None:
        self._services = services
        self._vault = vault

    def add_routes(self, app: web.Application) -> None:
        """Add the routes to the web application."""
        app.router.add_get(_PATH, self.show_session)
        app.router.add_get(f"{_PATH}/qr.png", self.show_qr_code)
        app.router.add_post(f"{_PATH}/rating", self.receive_rating)
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
        if session.may_be_rated(self._services.clock()):
            return rating_page(session, self._sign_form(session.join_token), language)
        if session.is_due(self._services.clock()) or session.state is State.EXPIRED:
            return _expired_page(session, language)
        if session.state is State.ENDED or session.is_ending:
            return _ended_page(language)
        if session.requester_link is None:
            return _preparing_page(language)
        return invitation_page(session, session.requester_link.reveal(), language)

    async def receive_rating(self, request: web.Request) -> web.Response:
        """Store the answer to the page's question.

        The form must come from the page itself: another site cannot send it, and it carries a signature that only the
        page of this token has.
        """
        language, token = self._language(request), JoinToken(request.match_info["token"])
        if is_cross_site(request, self._services.installation.public_url):
            return _refused_form_page(language)
        try:
            answer = read_answer(await read_body(request, LARGEST_FORM))
        except web.RequestPayloadError:
            return _refused_form_page(language)
        if answer is None or not self._vault.is_signature_valid(_signed_text(token), answer.form):
            return _refused_form_page(language)
        return _outcome_page(await self._store(token, answer), language)

    async def _store(self, token: JoinToken, answer: RatingAnswer) -> RatingOutcome:
        return await rate_session(
            token,
            was_helpful=answer.was_helpful,
            comment=answer.comment,
            unit_of_work=self._services.unit_of_work,
            now=self._services.clock(),
        )

    def _sign_form(self, token: JoinToken) -> str:
        return self._vault.sign(_signed_text(token))

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


def rating_page(session: Session, form: str, language: Language) -> web.Response:
    """Return the page of a session that is over and can be rated. ``form`` is the signature that comes back with the form."""
    is_expired = session.state is State.EXPIRED
    return render_page(
        "rating.html",
        language,
        status=410,
        eyebrow=_("Request #{number}: {subject}", number=session.number, subject=session.subject),
        title=_("This link has expired") if is_expired else _("This session has ended"),
        text=_expired_text(session) if is_expired else _ENDED,
        question=_("Did the session help you?"),
        comment_label=_("A comment, if you like"),
        longest_comment=LONGEST_COMMENT,
        yes=_("Yes, it helped"),
        no=_("No, it did not help"),
        readers=_(
            "{technician} and the service desk can read your answer.", technician=session.technician_name
        ),
        # Relative to the page, because a public URL may have a path of its own.
        action=f"{session.join_token}/rating",
        form=form,
    )


def _signed_text(token: JoinToken) -> str:
    """Return what is signed. The purpose keeps a signature of something else from being a form's."""
    return f"rating/{token}"


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
    text = _("This link leads to no session. Check that you copied the whole link, or ask your service desk.")
    return render_message_page(_("Unknown link"), text, status=404, language=language.code)


def _expired_text(session: Session) -> Text:
    return _EXPIRED if session.renewed_at is None else _EXPIRED_AFTER_RENEWAL


def _expired_page(session: Session, language: Language) -> web.Response:
    text = _expired_text(session)
    return render_message_page(_("This link has expired"), text, status=410, language=language.code)


def _ended_page(language: Language) -> web.Response:
    return render_message_page(_("This session has ended"), _ENDED, status=410, language=language.code)


def _refused_form_page(language: Language) -> web.Response:
    text = _("Nothing was stored. Open the link of your session again, and answer there.")
    return render_message_page(_("This form cannot be used"), text, status=403, language=language.code)


def _outcome_page(outcome: RatingOutcome, language: Language) -> web.Response:
    match outcome:
        case RatingOutcome.STORED:
            text = _(
                "Your answer is stored with your request. If you still need help, contact your service desk."
            )
            return render_message_page(_("Thank you"), text, language=language.code)
        case RatingOutcome.REPEATED:
            text = _("You have answered already, and your first answer counts.")
            return render_message_page(_("Thank you"), text, status=409, language=language.code)
        case RatingOutcome.CLOSED:
            text = _("This session cannot be rated now. A session can be rated for 7 days after its end.")
            return render_message_page(_("Nothing was stored"), text, status=410, language=language.code)
        case RatingOutcome.UNKNOWN:
            return _unknown_link_page(language)
    assert_never(outcome)


def _preparing_page(language: Language) -> web.Response:
    text = _("The session is being prepared. Load this page again in a moment.")
    return render_message_page(_("Almost ready"), text, status=200, language=language.code)
