"""Views as Block Kit: one function a view."""

from collections.abc import Callable

from adapters.slack.render.admin import admin_page, admins_page, audit_log_page, connections_page
from adapters.slack.render.blocks import Blocks, formatter
from adapters.slack.render.pages import (
    choice,
    help_page,
    link_page,
    message,
    request_panel,
    session_list,
    status_page,
)
from adapters.slack.render.session import session_card
from bot.views.admin import AdminPage, AdminsPage, AuditLogPage, ConnectionsPage
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

_RENDERERS: dict[type[View], Callable[..., Blocks]] = {
    SessionCard: session_card,
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


def render(view: View, reader: Reader, command: str) -> Blocks:
    """Render a view for a reader: ``text`` for notifications and screen readers, and ``blocks``."""
    say = formatter(reader, command)
    return _RENDERERS[type(view)](view, say)
