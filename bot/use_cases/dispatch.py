"""Which use case runs which command. A command without a case here fails the type check."""

from typing import assert_never

from bot.commands import (
    AddRule,
    AdminCommand,
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
from bot.use_cases import (
    admin,
    authorize,
    create,
    create_several,
    decline,
    invitations,
    logout,
    notify,
    on_plan,
    open_form,
    outage,
    plan,
    policy,
    queries,
    report,
    sessions,
    transfer,
)
from bot.use_cases.context import CommandContext
from bot.views.pages import View


async def dispatch_command(command: Command, context: CommandContext) -> View:  # noqa: C901, PLR0911, PLR0912 - one case a command
    """Run the use case of a command, with exactly what it uses. Raises BotError."""
    match command:
        case Help():
            return queries.show_help(command)
        case Hello():
            return await queries.greet(context)
        case Status():
            return await queries.show_own_status(context)
        case ListOpen():
            return await queries.list_open_sessions(command, context)
        case History():
            return await queries.list_history(command, context)
        case Show():
            return await queries.show_request(command, context)
        case ShowCard():
            return await queries.show_card(command, context)
        case ShowHome():
            return await queries.show_home(context)
        case Auth():
            return await authorize.offer_sign_in(context)
        case ConnectAccount():
            return await authorize.connect_account(command, context)
        case Logout(sure):
            return await logout.disconnect_accounts(context, sure=sure)
        case Notify():
            return await notify.choose_pings(command, context)
        case Create():
            return await create.create_session(command, context)
        case CreateSeveral():
            return await create_several.create_sessions(command, context)
        case ReportOutage():
            return await outage.report_outage(command, context)
        case OpenOutageForm():
            return await outage.open_outage_form(command, context)
        case ShowOutageLinks():
            return await outage.show_links(command, context)
        case ShowOutageCard():
            return await outage.show_card(command, context)
        case EndOutage():
            return await outage.end_sessions(command, context)
        case PlanSession():
            return await plan.plan_session(command, context)
        case OpenPlanForm():
            return await plan.open_plan_form(command, context)
        case MovePlan():
            return await plan.move_plan(command, context)
        case CancelPlan():
            return await plan.cancel_plan(command, context)
        case StartPlan():
            return await plan.start_plan_now(command, context)
        case OnPlan():
            return await on_plan.apply_plan_verb(command, context)
        case Retry():
            return await create.retry_session(command, context)
        case OpenForm():
            return await open_form.open_form(command, context)
        case OnSession():
            return await sessions.apply_verb(command, context)
        case Invite():
            return await invitations.invite_colleague(command, context)
        case Uninvite():
            return await invitations.withdraw_invitation(command, context)
        case Leave():
            return await invitations.leave_session(command, context)
        case OpenInviteForm():
            return await invitations.open_invite_form(command, context)
        case Transfer():
            return await transfer.transfer_session(command, context)
        case OpenTransferForm():
            return await transfer.open_transfer_form(command, context)
        case WithdrawOffer():
            return await transfer.withdraw_offer(command, context)
        case AnswerOffer():
            return await transfer.answer_offer(command, context)
        case SendAgain():
            return await sessions.resend_notice(command, context)
        case DeclineInvitation():
            return await decline.decline_invitation(
                command, context.command_request.actor, context.tx, context.now
            )
        case _:
            return await _dispatch_admin_command(command, context)


async def _dispatch_admin_command(command: AdminCommand, context: CommandContext) -> View:  # noqa: C901, PLR0911, PLR0912 - one case a command
    match command:
        case AdminHelp():
            return admin.show_admin_help(context)
        case AdminStatus():
            return await admin.show_switches(context)
        case SwitchIntegration():
            return await admin.switch_integration(command, context)
        case SwitchWidget():
            return await admin.switch_widget(command, context)
        case ChangeAdmin():
            return await admin.change_admin(command, context)
        case ConfirmAccount():
            return await admin.confirm_account(command, context)
        case ListAdmins():
            return await admin.list_admins(context)
        case ShowAuditLog():
            return await admin.show_audit_log(command, context)
        case ShowReport():
            return await report.show_report(command, context)
        case ShowPolicy():
            return await policy.show_policy(context)
        case OpenPolicyForm():
            return policy.open_policy_form(context)
        case TryRule():
            return await policy.try_rule_on_past_sessions(command, context)
        case AddRule():
            return await policy.add_rule(command, context)
        case RemoveRule():
            return await policy.remove_rule(command, context)
        case RunDoctor():
            return await admin.run_doctor(context)
        case ShowConnections():
            return await admin.show_connections(context)
        case ReuseConnection():
            return await admin.reuse_connection(command, context)
        case _:
            assert_never(command)
