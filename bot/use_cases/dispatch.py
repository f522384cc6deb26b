"""The table of use cases: which function decides what a command comes to."""

from collections.abc import Awaitable, Callable
from typing import Any

from bot.commands import (
    AdminHelp,
    AdminStatus,
    Auth,
    ChangeAdmin,
    Create,
    Help,
    History,
    ListAdmins,
    ListOpen,
    Logout,
    OnSession,
    OpenForm,
    Retry,
    ReuseConnection,
    SendAgain,
    Show,
    ShowAuditLog,
    ShowCard,
    ShowConnections,
    ShowHome,
    Status,
    SwitchIntegration,
    SwitchWidget,
)
from bot.use_cases import admin, authorize, create, open_form, queries, sessions
from bot.use_cases.context import CommandContext
from bot.use_cases.logout import logout
from bot.views.pages import View

UseCase = Callable[[Any, CommandContext], Awaitable[View]]

USE_CASES: dict[type, UseCase] = {
    Help: queries.help_,
    Status: queries.status,
    ListOpen: queries.list_open,
    ShowCard: queries.see_card,
    ShowHome: queries.show_home,
    History: queries.history,
    Show: queries.show,
    Auth: authorize.auth,
    Logout: logout,
    Create: create.create,
    OpenForm: open_form.open_form,
    Retry: create.retry,
    OnSession: sessions.on_session,
    SendAgain: sessions.send_again,
    AdminHelp: admin.help_,
    AdminStatus: admin.status,
    SwitchIntegration: admin.switch_integration,
    SwitchWidget: admin.switch_widget,
    ChangeAdmin: admin.grant,
    ListAdmins: admin.admins,
    ShowAuditLog: admin.trail,
    ShowConnections: admin.connections,
    ReuseConnection: admin.reuse,
}
