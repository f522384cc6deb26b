"""``GET /about``: what the app is, what it keeps, and whose terms hold. Registrations point here."""

from datetime import timedelta

from aiohttp import web

from adapters.web.language import language_of
from adapters.web.pages import render
from bot.i18n import Language, Text, _


class AboutPage:
    """A page for everybody; it tells nothing about anybody."""

    def __init__(self, retention: timedelta, language: str) -> None:
        self._retention = retention
        self._language = language

    def add_to(self, app: web.Application) -> None:
        """Put the route into the web application."""
        app.router.add_get("/about", self.show)

    async def show(self, request: web.Request) -> web.Response:
        """Show the page in the reader's language, or else the organisation's."""
        return render(
            "about.html",
            Language(language_of(request, self._language)),
            title=_("TeamViewer sessions for ServiceDesk Plus requests"),
            text=_(
                "With this app, technicians of a service desk run TeamViewer sessions from chat. Your organization "
                "runs the app itself."
            ),
            sections=[
                ("privacy", _("What is kept"), _kept(self._retention.days)),
                ("terms", _("Terms of use"), [_terms()]),
            ],
        )


def _kept(days: int) -> list[Text]:
    return [
        _(
            "Of a session: its request, its technician, who asked for help with e-mail address and phone number, when "
            "it began and ended, and which messages about it were sent. Ended sessions are deleted {days} days after "
            "they were created.",
            days=days,
        ),
        _(
            "Of the people who write to the app: name, e-mail address, language and time zone, as their chat profile "
            "shows them. What they do is kept in an audit trail."
        ),
        _(
            "Access tokens, links of sessions and phone numbers are encrypted. Only TeamViewer, ServiceDesk Plus, and "
            "the chat, mail and SMS services of your organization learn what they need for a session."
        ),
    ]


def _terms() -> Text:
    return _(
        "Your organization decides who may use the app, and for what: ask your service desk. For TeamViewer, "
        "ServiceDesk Plus and your chat, their own terms hold."
    )
