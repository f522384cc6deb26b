"""Run a job: choose its workflow, and give it exactly the services it uses."""

from bot.jobs import (
    AddInvitationNote,
    AddNote,
    AddNoteAtLatest,
    AddRenewalNote,
    AddTransferNote,
    AnnounceChange,
    ApplyAdminChange,
    CheckDeparture,
    ConfirmAddress,
    CreateSession,
    EndSession,
    ExpireOffer,
    IdentifyUser,
    InviteColleague,
    Job,
    MailPlan,
    MoveSession,
    OfferSession,
    PreparePlan,
    ReadReports,
    RefreshAllCards,
    RefreshAllHomes,
    RefreshCards,
    RefreshHomes,
    RefreshTechnicians,
    RenewSession,
    RereadProfile,
    RevokeConnections,
    RunChecks,
    SendNotice,
    ShowRequest,
    Sweep,
    WarnAdmins,
    WithdrawInvitation,
    WriteRecord,
)
from bot.ports import Steps
from bot.services import Services
from bot.workflows.announce_change import announce_change
from bot.workflows.apply_admin_change import apply_admin_change
from bot.workflows.confirm_address import confirm_address
from bot.workflows.connection_reports import read_reports
from bot.workflows.creation_steps import create_session
from bot.workflows.end_session import end_session
from bot.workflows.identify_user import identify_user
from bot.workflows.invite import invite_colleague, withdraw_invitation
from bot.workflows.move_session import move_session
from bot.workflows.notice_notes import add_note, add_note_at_latest
from bot.workflows.notices import send_notice
from bot.workflows.offer_session import expire_offer, offer_session
from bot.workflows.pings import check_departure
from bot.workflows.plan_jobs import mail_plan, prepare_plan
from bot.workflows.post_invitation import add_invitation_note
from bot.workflows.refresh_cards import refresh_all_cards, refresh_all_homes, refresh_cards, refresh_homes
from bot.workflows.renew_session import add_renewal_note, renew_session
from bot.workflows.reread_profile import reread_profile
from bot.workflows.revoke_connections import revoke_connections
from bot.workflows.run_chat_job import run_chat_job
from bot.workflows.run_checks import run_checks
from bot.workflows.show_request import show_request
from bot.workflows.sweep import sweep
from bot.workflows.transfer_note import add_transfer_note
from bot.workflows.user_lookup import refresh_technicians
from bot.workflows.warn_admins import warn_admins
from bot.workflows.workflow_services import WorkflowServices
from bot.workflows.write_record import write_record


class Workflows:
    """The workflows of one installation."""

    def __init__(self, services: Services) -> None:
        self.services = WorkflowServices(services)

    async def run_job(self, job: Job, steps: Steps) -> None:  # noqa: C901, PLR0912, PLR0915 - one case a job, and no logic
        """Run one job to its end. A job without a case here does not pass the type check."""
        services = self.services
        match job:
            case CreateSession():
                await create_session(
                    job,
                    steps,
                    creator=services.creator,
                    notices=services.notices,
                    orphans=services.orphans,
                    mail_rule=services.mail_rule,
                )
            case RenewSession():
                await renew_session(job, steps, renewer=services.renewer)
            case OfferSession():
                await offer_session(job, steps, offerer=services.offerer, replies=services.replies)
            case MoveSession():
                await move_session(job, steps, mover=services.mover, leftovers=services.leftovers)
            case ExpireOffer():
                await expire_offer(job, steps, offerer=services.offerer)
            case AddTransferNote():
                await add_transfer_note(job, steps, recorder=services.transfer_recorder)
            case PreparePlan():
                await prepare_plan(job, steps, plans=services.plans)
            case MailPlan():
                await mail_plan(job, steps, plans=services.plans)
            case EndSession():
                await end_session(job, steps, ender=services.ender)
            case RefreshCards():
                await refresh_cards(job, steps, cards=services.refresher)
            case RefreshAllCards():
                await refresh_all_cards(job, steps, cards=services.refresher)
            case RefreshAllHomes():
                await refresh_all_homes(job, steps, cards=services.refresher)
            case RefreshHomes():
                await refresh_homes(job, steps, cards=services.refresher)
            case ReadReports():
                await read_reports(job, steps, reports=services.reports)
            case WriteRecord():
                await write_record(job, steps, recorder=services.recorder)
            case CheckDeparture():
                await check_departure(job, steps, pinger=services.pinger, reports=services.reports)
            case SendNotice():
                await send_notice(job, steps, notices=services.notices)
            case AddNote():
                await add_note(job, steps, writer=services.note_writer)
            case AddNoteAtLatest():
                await add_note_at_latest(job, steps, writer=services.note_writer)
            case AddRenewalNote():
                await add_renewal_note(job, steps, renewer=services.renewer)
            case ShowRequest():
                await show_request(
                    job,
                    steps,
                    servicedesk=services.servicedesk,
                    unit_of_work=services.unit_of_work,
                    chats=services.chats,
                    replies=services.replies,
                )
            case IdentifyUser():
                await identify_user(
                    job,
                    steps,
                    unit_of_work=services.unit_of_work,
                    users=services.users,
                    waiting=services.waiting,
                    replies=services.replies,
                )
            case RevokeConnections():
                await revoke_connections(job, steps, revoker=services.revoker, replies=services.replies)
            case ApplyAdminChange():
                await apply_admin_change(job, steps, admins=services.admins, replies=services.replies)
            case InviteColleague():
                await invite_colleague(job, steps, inviter=services.inviter, replies=services.replies)
            case WithdrawInvitation():
                await withdraw_invitation(job, steps, inviter=services.inviter, replies=services.replies)
            case AddInvitationNote():
                await add_invitation_note(job, steps, invitations=services.invitations)
            case ConfirmAddress():
                await confirm_address(job, steps, accounts=services.accounts, replies=services.replies)
            case RunChecks():
                await run_checks(job, steps, doctor=services.doctor, replies=services.replies)
            case AnnounceChange():
                await announce_change(
                    job,
                    steps,
                    unit_of_work=services.unit_of_work,
                    chats=services.chats,
                    installation=services.installation,
                )
            case WarnAdmins():
                await warn_admins(job, steps, warner=services.warner)
            case RereadProfile():
                await reread_profile(job, steps, users=services.users, unit_of_work=services.unit_of_work)
            case RefreshTechnicians():
                await refresh_technicians(steps, users=services.users)
            case Sweep():
                await sweep(job, sweeper=services.sweeper)
            case _:
                await run_chat_job(job, steps, services)
