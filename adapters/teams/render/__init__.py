"""Views as Adaptive Cards: one function a view."""

from collections.abc import Callable, Sequence

from adapters.teams.render.admin import admin_page, admins_page, audit_log_page, connections_page
from adapters.teams.render.attachments import panel_attachment, request_result
from adapters.teams.render.card import LARGEST, LONGEST_SUMMARY, Element, Rendered, Shown, card, size
from adapters.teams.render.form import session_form
from adapters.teams.render.home import home
from adapters.teams.render.markdown import cut, formatter
from adapters.teams.render.pages import (
    choice,
    help_page,
    link_page,
    message,
    request_panel,
    session_list,
    status_page,
)
from adapters.teams.render.session import session_card
from bot.i18n import Language
from bot.views.admin import AdminPage, AdminsPage, AuditLogPage, ConnectionsPage
from bot.views.form import SessionForm
from bot.views.home import HomePage
from bot.views.pages import (
    Choice,
    HelpPage,
    LinkPage,
    Message,
    RequestPanel,
    SessionList,
    StatusPage,
    View,
)
from bot.views.parts import Reader
from bot.views.session import SessionCard

__all__ = ["Rendered", "home_card", "panel_attachment", "render", "request_result", "session_form"]

_LENGTHS = (500, 200, 80)
"""How many characters of a value a card shows: as many as it has room for."""
_RENDERERS: dict[type[View], Callable[..., Shown]] = {
    Message: message,
    SessionList: session_list,
    LinkPage: link_page,
    Choice: choice,
    RequestPanel: request_panel,
    HelpPage: help_page,
    StatusPage: status_page,
    AdminPage: admin_page,
    AdminsPage: admins_page,
    ConnectionsPage: connections_page,
    AuditLogPage: audit_log_page,
}


def render(view: View, reader: Reader, *, viewers: Sequence[str] = ()) -> Rendered:
    """Render a view for a reader. The clients of ``viewers`` ask for their own view of a session's card."""
    if isinstance(view, SessionForm):
        form = session_form(view, reader)
        return Rendered(text=str(form["fallbackText"]), card=form, private=False)
    shown, made = _sized(lambda say: _shown(view, say, viewers), reader)
    return Rendered(
        text=cut(shown.text, LONGEST_SUMMARY), card=made if shown.body else None, private=shown.private
    )


def home_card(page: HomePage, reader: Reader) -> Element:
    """Render a person's home, for their conversation with the bot."""
    return _sized(lambda say: home(page, say), reader)[1]


def _shown(view: View, say: Language, viewers: Sequence[str]) -> Shown:
    if isinstance(view, SessionCard):
        return session_card(view, say, viewers)
    return _RENDERERS[type(view)](view, say)


def _sized(show: Callable[[Language], Shown], reader: Reader) -> tuple[Shown, Element]:
    """Show as much of each value as Teams takes."""
    for longest in _LENGTHS:
        say = formatter(reader, longest)
        shown = show(say)
        made = card(shown, say.code)
        if size(made) <= LARGEST:
            break
    return shown, made
