"""``GET /about``: what the app is, what it stores, and which terms apply. The Teams app package links here."""

from datetime import timedelta

from aiohttp import web

from adapters.web.language import choose_page_language
from adapters.web.pages import render_page
from bot.i18n import Language, Text, _


class AboutPage:
    """A public page. It holds no data about any person."""

    def __init__(self, retention: timedelta, language: str) -> None:
        self._retention = retention
        self._language = language

    def add_routes(self, app: web.Application) -> None:
        """Add the route to the web application."""
        app.router.add_get("/about", self.show_about_page)

    async def show_about_page(self, request: web.Request) -> web.Response:
        """Show the page in the reader's language, or else the organisation's."""
        return render_page(
            "about.html",
            Language(choose_page_language(request, self._language)),
            title=_("TeamViewer sessions for ServiceDesk Plus requests"),
            text=_(
                "With this app, technicians of a service desk run TeamViewer sessions from chat. Your organization "
                "runs the app itself."
            ),
            sections=[
                ("privacy", _("What is kept"), _privacy_texts(self._retention.days)),
                ("terms", _("Terms of use"), [_terms_text()]),
            ],
        )


def _privacy_texts(days: int) -> list[Text]:
    return [
        _(
            "Of a session: its request, its technician, who asked for help with e-mail address and phone number, when "
            "it began and ended, when that person was there, the connections that TeamViewer reports, which "
            "messages about it were sent, and how that person rated it. Ended sessions are deleted {days} days after they were created.",
            days=days,
        ),
        _(
            "Of the people who write to the app: name, e-mail address, language and time zone, as their chat profile "
            "shows them, and whether they want to be notified. What they do is kept in an audit trail."
        ),
        _(
            "Access tokens, links of sessions and phone numbers are encrypted. Only TeamViewer, ServiceDesk Plus, and "
            "the chat, mail and SMS services of your organization learn what they need for a session."
        ),
    ]


def _terms_text() -> Text:
    return _(
        "Your organization decides who may use the app, and for what: ask your service desk. For TeamViewer, "
        "ServiceDesk Plus and your chat, their own terms apply."
    )
