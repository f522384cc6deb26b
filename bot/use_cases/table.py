"""The table of use cases: which function decides what a command comes to."""

from collections.abc import Awaitable, Callable
from typing import Any

from bot.commands import (
    AdminHelp,
    Admins,
    AdminStatus,
    Auth,
    Create,
    Grant,
    Help,
    History,
    ListOpen,
    Logout,
    OnSession,
    OpenForm,
    Retry,
    Reuse,
    SeeCard,
    SeeConnections,
    SeeTrail,
    SendAgain,
    Show,
    ShowHome,
    Status,
    SwitchIntegration,
    SwitchWidget,
)
from bot.use_cases import admin, authorize, create, form, look, sessions
from bot.use_cases.logout import logout
from bot.use_cases.visit import Visit
from bot.views.pages import View

UseCase = Callable[[Any, Visit], Awaitable[View]]

USE_CASES: dict[type, UseCase] = {
    Help: look.help_,
    Status: look.status,
    ListOpen: look.list_open,
    SeeCard: look.see_card,
    ShowHome: look.show_home,
    History: look.history,
    Show: look.show,
    Auth: authorize.auth,
    Logout: logout,
    Create: create.create,
    OpenForm: form.open_form,
    Retry: create.retry,
    OnSession: sessions.on_session,
    SendAgain: sessions.send_again,
    AdminHelp: admin.help_,
    AdminStatus: admin.status,
    SwitchIntegration: admin.switch_integration,
    SwitchWidget: admin.switch_widget,
    Grant: admin.grant,
    Admins: admin.admins,
    SeeTrail: admin.trail,
    SeeConnections: admin.connections,
    Reuse: admin.reuse,
}
