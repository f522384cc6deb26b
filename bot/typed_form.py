"""What to type in place of a button."""

from collections.abc import Sequence
from typing import assert_never

from bot.command_options import quote_text
from bot.commands import (
    AddRule,
    AdminHelp,
    AdminStatus,
    AnswerOffer,
    Auth,
    CancelPlan,
    ChangeAdmin,
    Command,
    ConfirmAccount,
    ConnectAccount,
    Create,
    CreateSeveral,
    DeclineInvitation,
    EndOutage,
    Hello,
    Help,
    History,
    Invite,
    Leave,
    ListAdmins,
    ListOpen,
    Logout,
    MovePlan,
    Notify,
    OnPlan,
    OnSession,
    OpenForm,
    OpenInviteForm,
    OpenOutageForm,
    OpenPlanForm,
    OpenPolicyForm,
    OpenTransferForm,
    PlanSession,
    PlanVerb,
    RemoveRule,
    ReportOutage,
    Retry,
    ReuseConnection,
    RunDoctor,
    SendAgain,
    Show,
    ShowAuditLog,
    ShowCard,
    ShowConnections,
    ShowHome,
    ShowOutageCard,
    ShowOutageLinks,
    ShowPolicy,
    ShowReport,
    StartPlan,
    Status,
    SwitchIntegration,
    SwitchWidget,
    Transfer,
    TryRule,
    Uninvite,
    WithdrawOffer,
)
from bot.model.ids import RequestNumber
from bot.model.session import Kind


def typed_form(command: Command, reference: str = "") -> str | None:  # noqa: C901, PLR0911, PLR0912 - one case a kind of command
    """Return what to type in place of a button, or None where nothing can be typed.

    ``reference`` names the session of a button by its request's number or its code: people do not type its id.
    """
    match command:
        case Create(number, kind, note, another, in_chat):
            return _typed_create([number], kind, note, another=another, in_chat=in_chat)
        case CreateSeveral(numbers, kind, note, another, in_chat):
            return _typed_create(numbers, kind, note, another=another, in_chat=in_chat)
        case OnSession(verb):
            return f"{verb.value} {reference}" if reference else None
        case Uninvite(_session, user):
            who = f" {user}" if "@" in user else ""
            return f"uninvite {reference}{who}" if reference else None
        case Leave():
            return f"leave {reference}" if reference else None
        case History(number, page, of):
            return f"history {number or of or 'mine'}{f' --page {page}' if page > 1 else ''}"
        case Show(number):
            return f"show {number}"
        case Notify(on):
            return "notify" if on is None else f"notify {'on' if on else 'off'}"
        case ListOpen(page):
            return f"list{f' --page {page}' if page > 1 else ''}"
        case Auth():
            return command.tag
        case Logout(sure):
            return f"logout{' --sure' if sure else ''}"
        case OpenOutageForm():
            return "outage"
        case ReportOutage(numbers, kind, note, in_chat):
            return _typed_outage(numbers, kind, note, in_chat=in_chat)
        case ShowOutageLinks() | ShowOutageCard() | EndOutage():
            return None  # they name an outage by its id
        case PlanSession(_number, at, kind, note, another, in_chat):
            created = _typed_create(command.numbers, kind, "", another=another, in_chat=in_chat)
            return f"{created} --at {at}{f' --note {quote_text(note)}' if note else ''}"
        case OnPlan(verb, number, at):
            return f"{verb.value} {number}{f' --at {at}' if at else ''}"
        case MovePlan(_plan, at):
            return f"move {reference} --at {at}" if reference else None
        case CancelPlan() | StartPlan():
            verb = PlanVerb.CANCEL if isinstance(command, CancelPlan) else PlanVerb.START
            return f"{verb.value} {reference}" if reference else None
        case OpenPlanForm():
            return f"move {reference}" if reference else None
        case Help() | Hello() | Status() | ShowHome() | OpenForm():
            return None  # no card of a session, request or list has such a button
        case OpenInviteForm():
            return f"invite {reference}" if reference else None
        case Retry() | SendAgain() | ShowCard() | ConnectAccount() | DeclineInvitation():
            return None  # they name a session, a notice or a connection by its id
        case ShowPolicy() | OpenPolicyForm():
            return None
        case RemoveRule(number):
            return f"admin policy remove {number}"
        case AddRule(words):
            return f"admin policy add {words}"
        case TryRule(words):
            return f"admin policy try {words}"
        case OpenTransferForm():
            return f"transfer {reference}" if reference else None
        case WithdrawOffer():
            return f"transfer {reference} --withdraw" if reference else None
        case Invite() | Transfer() | AnswerOffer():
            return None  # a form sends it, or a message says what to type
        case AdminHelp() | AdminStatus() | ListAdmins() | ShowAuditLog() | ShowConnections():
            return None  # the administration keeps its buttons while the widget is switched off
        case SwitchIntegration(on):
            return f"admin {'enable' if on else 'disable'}"
        case (
            SwitchWidget() | ChangeAdmin() | ConfirmAccount() | ReuseConnection() | RunDoctor() | ShowReport()
        ):
            return None
        case _:
            assert_never(command)


def _typed_create(
    numbers: Sequence[RequestNumber], kind: Kind, note: str, *, another: bool, in_chat: bool
) -> str:
    name = "pilot" if kind is Kind.PILOT else "create"
    switches = f"{' --another' if another else ''}{'' if in_chat else ' --no-chat'}"
    return f"{name} {' '.join(numbers)}{switches}{f' --note {quote_text(note)}' if note else ''}"


def _typed_outage(numbers: Sequence[RequestNumber], kind: Kind, note: str, *, in_chat: bool) -> str:
    switches = f"{' --pilot' if kind is Kind.PILOT else ''}{'' if in_chat else ' --no-chat'}"
    return f"outage {' '.join(numbers)}{switches}{f' --note {quote_text(note)}' if note else ''}"
