"""Find out whether a view holds a link that only its reader may follow."""

from typing import assert_never

from bot.i18n import Link, Text
from bot.views.admin import AdminPage, AdminsPage, AuditLogPage, ConnectionsPage
from bot.views.chat_invitation import Invitation
from bot.views.form import InviteForm, SessionForm
from bot.views.home import HomePage
from bot.views.outage import OutageCard, OutageForm
from bot.views.pages import Choice, HelpPage, LinkPage, Message, RequestPanel, SessionList, StatusPage, View
from bot.views.parts import Button, LinkButton
from bot.views.plan_form import PlanForm
from bot.views.policy import PolicyForm, PolicyPage
from bot.views.report import ReportPage
from bot.views.session import SessionCard
from bot.views.transfer_form import TransferForm


def holds_link(view: View | HomePage) -> bool:  # noqa: PLR0911 - one case a kind of view
    """Return whether a view holds a link of a session, as a button or as text. A link to sign in counts too."""
    match view:
        case LinkPage() | ConnectionsPage() | Invitation():
            return True
        case Message():
            return _has_link_button(*view.buttons) or any(
                _has_link(line) for line in (view.text, *view.details)
            )
        case SessionCard():
            return _has_link_button(*view.buttons) or view.requester_link is not None
        case RequestPanel():
            return any(holds_link(card) for card in view.cards)
        case ReportPage():
            return view.page is not None
        case StatusPage():
            return _has_link_button(*view.buttons)
        case HomePage():
            return any(holds_link(card) for card in view.cards) or (
                view.status is not None and holds_link(view.status)
            )
        case (
            SessionList()
            | Choice()
            | HelpPage()
            | SessionForm()
            | OutageCard()
            | OutageForm()
            | InviteForm()
            | TransferForm()
            | PlanForm()
            | AdminPage()
            | AdminsPage()
            | AuditLogPage()
            | PolicyPage()
            | PolicyForm()
        ):
            return False
        case _:
            assert_never(view)


def _has_link_button(*buttons: Button | LinkButton) -> bool:
    return any(isinstance(button, LinkButton) for button in buttons)


def _has_link(text: Text) -> bool:
    return any(
        isinstance(value, Link) or (isinstance(value, Text) and _has_link(value))
        for value in text.values.values()
    )
