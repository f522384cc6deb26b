"""Views as Adaptive Cards: one function per view."""

from collections.abc import Callable, Sequence
from typing import assert_never

from adapters.teams.render.admin import admin_page, admins_page, audit_log_page, connections_page
from adapters.teams.render.card import (
    MAX_CARD_BYTES,
    MAX_SUMMARY,
    CardContent,
    Element,
    Rendered,
    card,
    fits,
)
from adapters.teams.render.form import invite_form, session_form
from adapters.teams.render.home import home
from adapters.teams.render.markdown import cut, formatter
from adapters.teams.render.outage import outage_card, outage_form
from adapters.teams.render.pages import (
    choice,
    help_page,
    link_page,
    message,
    request_panel,
    session_list,
    status_page,
)
from adapters.teams.render.plan_form import plan_form
from adapters.teams.render.policy import policy_form, policy_page
from adapters.teams.render.report import report_page
from adapters.teams.render.session import session_card
from adapters.teams.render.transfer_form import transfer_form
from bot.i18n import Language
from bot.views.admin import AdminPage, AdminsPage, AuditLogPage, ConnectionsPage
from bot.views.chat_invitation import Invitation
from bot.views.form import InviteForm, SessionForm
from bot.views.home import HomePage
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
)
from bot.views.parts import Reader
from bot.views.plan_form import PlanForm
from bot.views.policy import PolicyForm, PolicyPage
from bot.views.report import ReportPage
from bot.views.session import SessionCard
from bot.views.transfer_form import TransferForm

__all__ = ["Rendered", "render", "render_home"]

_VALUE_LENGTHS = (500, 200, 80)
"""How many characters of a value a card shows: the first length with which the card is small enough for Teams."""


def render(view: View, reader: Reader, *, viewers: Sequence[str] = ()) -> Rendered:
    """Render a view for a reader. The clients of ``viewers`` ask for their own view of a session's card."""
    content, made = _fit_card(lambda say: _content(view, say, viewers), reader)
    return Rendered(
        text=cut(content.text, MAX_SUMMARY),
        card=made if content.body else None,
        is_private=content.is_private,
    )


def render_home(page: HomePage, reader: Reader) -> Element:
    """Render a person's home, for their conversation with the bot."""
    return _fit_card(lambda say: home(page, say), reader)[1]


def _content(view: View, say: Language, viewers: Sequence[str]) -> CardContent:  # noqa: C901, PLR0911, PLR0912 - one case per view
    match view:
        case Message():
            return message(view, say)
        case Invitation():
            return message(as_message(view), say)
        case SessionCard():
            return session_card(view, say, viewers)
        case OutageCard():
            return outage_card(view, say, viewers)
        case OutageForm():
            return outage_form(view, say)
        case SessionForm():
            return session_form(view, say)
        case InviteForm():
            return invite_form(view, say)
        case TransferForm():
            return transfer_form(view, say)
        case PlanForm():
            return plan_form(view, say)
        case SessionList():
            return session_list(view, say)
        case RequestPanel():
            return request_panel(view, say)
        case LinkPage():
            return link_page(view, say)
        case Choice():
            return choice(view, say)
        case HelpPage():
            return help_page(view, say)
        case StatusPage():
            return status_page(view, say)
        case AdminPage():
            return admin_page(view, say)
        case AdminsPage():
            return admins_page(view, say)
        case ConnectionsPage():
            return connections_page(view, say)
        case AuditLogPage():
            return audit_log_page(view, say)
        case ReportPage():
            return report_page(view, say)
        case PolicyPage():
            return policy_page(view, say)
        case PolicyForm():
            return policy_form(view, say)
        case _:
            assert_never(view)


def _fit_card(show: Callable[[Language], CardContent], reader: Reader) -> tuple[CardContent, Element]:
    """Make the card with the longest values that Teams accepts."""
    for longest in _VALUE_LENGTHS:
        say = formatter(reader, longest)
        content = show(say)
        made = card(content, say.code)
        if fits(made, MAX_CARD_BYTES):
            break
    return content, made
