"""Which use case runs which command."""

from typing import get_args

import pytest
from support.bot_in_memory import ADA, BotInMemory, N

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
    Verb,
    WithdrawOffer,
)
from bot.errors import NotAllowed, NotAuthorized, NotFound
from bot.jobs import AnnounceChange, ApplyAdminChange, ConfirmAddress, Job, RunChecks, ShowRequest
from bot.jobs import ShowHome as ShowHomeJob
from bot.model.ids import NoticeId, OutageId, PlanId, RequestNumber, SessionId, TransferId
from bot.views.admin import AdminPage, AdminsPage, AuditLogPage, ConnectionsPage
from bot.views.pages import HelpPage, Message, SessionList, StatusPage
from bot.views.policy import PolicyForm, PolicyPage
from bot.views.report import ReportPage

UNKNOWN = SessionId("none")
ANSWERED: list[tuple[Command, type[object]]] = [
    (Hello(), Message),
    (Help(), HelpPage),
    (Status(), StatusPage),
    (ListOpen(), SessionList),
    (History(), SessionList),
    (Auth(), Message),
    (Notify(on=False), Message),
    (AdminHelp(), HelpPage),
    (AdminStatus(), AdminPage),
    (SwitchWidget(on=False), AdminPage),
    (ListAdmins(), AdminsPage),
    (ShowReport(), ReportPage),
    (ShowAuditLog(), AuditLogPage),
    (ShowConnections(), ConnectionsPage),
    (ShowPolicy(), PolicyPage),
    (OpenPolicyForm(), PolicyForm),
    (TryRule("no pilot"), Message),
]
ENQUEUED: list[tuple[Command, type[Job]]] = [
    (Show(N), ShowRequest),
    (ShowHome(), ShowHomeJob),
    (SwitchIntegration(on=False), AnnounceChange),
    (ChangeAdmin("UBEN"), ApplyAdminChange),
    (ConfirmAccount("UBEN"), ConfirmAddress),
    (RunDoctor(), RunChecks),
    (AddRule("no pilot"), AnnounceChange),
]
REFUSED: list[tuple[Command, type[Exception]]] = [
    (Create(N), NotAuthorized),
    (CreateSeveral((N, RequestNumber("102"))), NotAuthorized),
    (OpenForm(), NotAuthorized),
    (ReportOutage((N,)), NotAuthorized),
    (OpenOutageForm(), NotAuthorized),
    (ShowOutageLinks(OutageId("none")), NotFound),
    (ShowOutageCard(OutageId("none")), NotFound),
    (EndOutage(OutageId("none")), NotFound),
    (Logout(), NotFound),
    (ConnectAccount("none"), NotFound),
    (Retry(UNKNOWN), NotFound),
    (ShowCard(UNKNOWN), NotFound),
    (OnSession(Verb.END, N), NotFound),
    (Invite(N, "UBEN"), NotFound),
    (Uninvite(N), NotFound),
    (Leave(N), NotFound),
    (OpenInviteForm(UNKNOWN), NotFound),
    (SendAgain(UNKNOWN, NoticeId("none")), NotFound),
    (ReuseConnection("none"), NotFound),
    (RemoveRule(1), NotFound),
    (DeclineInvitation(NoticeId("none")), NotAllowed),
    (PlanSession(N, "23:59"), NotAuthorized),
    (OpenPlanForm(PlanId("none")), NotFound),
    (MovePlan(PlanId("none"), "23:59"), NotFound),
    (CancelPlan(PlanId("none")), NotFound),
    (StartPlan(PlanId("none")), NotFound),
    (OnPlan(PlanVerb.CANCEL, N), NotFound),
    (Transfer(N, "UBEN"), NotFound),
    (OpenTransferForm(N), NotFound),
    (WithdrawOffer(N), NotFound),
    (AnswerOffer(TransferId("none"), accepts=True), NotFound),
]


def tag(one: object) -> str:
    """Return the name of a command in a test's id."""
    return str(getattr(one, "tag", getattr(one, "__name__", one)))


@pytest.mark.parametrize(("command", "view"), ANSWERED, ids=tag)
async def test_command_is_answered_by_its_use_case(
    bot: BotInMemory, command: Command, view: type[object]
) -> None:
    assert isinstance(await bot.send(command, by=ADA), view)


@pytest.mark.parametrize(("command", "job"), ENQUEUED, ids=tag)
async def test_command_is_enqueued_by_its_use_case(
    bot: BotInMemory, command: Command, job: type[Job]
) -> None:
    await bot.send(command, by=ADA)
    assert isinstance(bot.jobs[0], job)


@pytest.mark.parametrize(("command", "error"), REFUSED, ids=tag)
async def test_command_is_refused_by_its_use_case(
    bot: BotInMemory, command: Command, error: type[Exception]
) -> None:
    with pytest.raises(error):
        await bot.send(command, by=ADA)


def test_every_command_is_in_a_table() -> None:
    listed = [command for table in (ANSWERED, ENQUEUED, REFUSED) for command, _expected in table]
    assert {type(command) for command in listed} == set(get_args(Command))
