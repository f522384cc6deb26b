"""Views as Block Kit: one function a view. A view without a case here fails the type check."""

from typing import assert_never

from adapters.slack.render.admin import admin_page, admins_page, audit_log_page, connections_page
from adapters.slack.render.blocks import Blocks, formatter
from adapters.slack.render.outage import outage_card
from adapters.slack.render.pages import (
    choice,
    help_page,
    link_page,
    message,
    request_panel,
    session_list,
    status_page,
)
from adapters.slack.render.policy import policy_page
from adapters.slack.render.report import report_page
from adapters.slack.render.session import session_card
from bot.i18n import Language, _
from bot.views.admin import AdminPage, AdminsPage, AuditLogPage, ConnectionsPage
from bot.views.chat_invitation import Invitation
from bot.views.form import InviteForm, SessionForm
from bot.views.outage import OutageCard, OutageForm
from bot.views.pages import (
    Choice,
    HelpPage,
    LinkPage,
    Message,
    RequestPanel,
    SessionList,
    StatusPage,
    View,
    as_message,
    offer_form,
    offer_invite_form,
    offer_outage_form,
    offer_plan_form,
    offer_policy_form,
    offer_transfer_form,
)
from bot.views.parts import Reader, Tone
from bot.views.plan_form import PlanForm
from bot.views.policy import PolicyForm, PolicyPage
from bot.views.report import ReportPage
from bot.views.session import SessionCard
from bot.views.transfer_form import TransferForm

_MISSED = _("The form could not be opened. Press the button to try again.")


def render(view: View, reader: Reader, command: str) -> Blocks:
    """Render a view as a message for a reader. ``command`` is the slash command's name.

    A form opens as a modal (``form.session_form``); as a message it is a button that opens it.
    """
    return _render(view, formatter(reader, command))


def _render(view: View, language: Language) -> Blocks:  # noqa: C901, PLR0911, PLR0912 - one case a view
    match view:
        case Message():
            return message(view, language)
        case Invitation():
            return message(as_message(view), language)
        case SessionCard():
            return session_card(view, language)
        case SessionList():
            return session_list(view, language)
        case LinkPage():
            return link_page(view, language)
        case Choice():
            return choice(view, language)
        case RequestPanel():
            return request_panel(view, language)
        case HelpPage():
            return help_page(view, language)
        case StatusPage():
            return status_page(view, language)
        case AdminPage():
            return admin_page(view, language)
        case AdminsPage():
            return admins_page(view, language)
        case ConnectionsPage():
            return connections_page(view, language)
        case AuditLogPage():
            return audit_log_page(view, language)
        case ReportPage():
            return report_page(view, language)
        case PolicyPage():
            return policy_page(view, language)
        case OutageCard():
            return outage_card(view, language)
        case OutageForm():
            return message(offer_outage_form(view, _MISSED, Tone.PROBLEM), language)
        case SessionForm():
            return message(offer_form(view, _MISSED, Tone.PROBLEM), language)
        case InviteForm():
            return message(offer_invite_form(view, _MISSED, Tone.PROBLEM), language)
        case PolicyForm():
            return message(offer_policy_form(_MISSED, Tone.PROBLEM), language)
        case PlanForm():
            return message(offer_plan_form(view, _MISSED, Tone.PROBLEM), language)
        case TransferForm():
            return message(offer_transfer_form(view, _MISSED, Tone.PROBLEM), language)
        case _:
            assert_never(view)
