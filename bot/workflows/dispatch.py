"""Run a job: choose its workflow, and give it exactly the services it uses."""

from typing import assert_never

from bot.account_check import AccountCheck
from bot.jobs import (
    AddInvitationNote,
    AddNote,
    AddNoteAtLatest,
    AddRenewalNote,
    AddTransferNote,
    AnnounceChange,
    AnnounceInChannel,
    ApplyAdminChange,
    AskAboutAccount,
    ChatJob,
    CheckDeparture,
    ConfirmAddress,
    ConfirmConnection,
    CreateSession,
    DeliverAnswer,
    EndSession,
    ExpireOffer,
    IdentifyUser,
    InviteColleague,
    InviteInChat,
    Job,
    MailPlan,
    MoveSession,
    OfferSession,
    PingArrival,
    PingDecline,
    PingDeparture,
    PingInvited,
    PostCard,
    PostInvitation,
    PostOutage,
    PostReport,
    PreparePlan,
    ReadReports,
    RefreshAllCards,
    RefreshAllHomes,
    RefreshCard,
    RefreshCards,
    RefreshHome,
    RefreshHomes,
    RefreshInvitation,
    RefreshOutage,
    RefreshTechnicians,
    RemindOfExpiry,
    RenewSession,
    ReportClosedRequest,
    ReportLostConnection,
    RereadProfile,
    RevokeConnections,
    RunChecks,
    SendNotice,
    SendReply,
    SendSupporterLink,
    SettleOutage,
    SettlePost,
    ShowHome,
    ShowPlan,
    ShowPreview,
    ShowRequest,
    Sweep,
    TellCardPlace,
    TellOfPlan,
    TellOfTransfer,
    WarnAdmin,
    WarnAdmins,
    WarnInChannel,
    WithdrawInvitation,
    WriteRecord,
)
from bot.ports import Steps
from bot.services import Services
from bot.workflows.announce_change import announce_change, announce_in_channel
from bot.workflows.apply_admin_change import AdminChanger, apply_admin_change
from bot.workflows.assigned_requests import AssignedRequestLists
from bot.workflows.careful_chat import CarefulChats
from bot.workflows.chat_retries import ChatRetries
from bot.workflows.closed_request import report_closed_request
from bot.workflows.confirm_address import AccountConfirmer, confirm_address
from bot.workflows.confirm_connection import ask_about_account, confirm_connection
from bot.workflows.connection_reports import ReportReader, read_reports
from bot.workflows.create_session import SessionCreator, create_session
from bot.workflows.deliver_answer import deliver_answer
from bot.workflows.end_session import SessionEnder, end_session
from bot.workflows.expiry_reminder import remind_of_expiry
from bot.workflows.former_sessions import FormerSessionCloser
from bot.workflows.homes import HomePublisher, refresh_home, show_home
from bot.workflows.identify_user import WaitingCommands, identify_user
from bot.workflows.invite import Inviter, invite_colleague, withdraw_invitation
from bot.workflows.invite_in_chat import RequesterInviter, invite_in_chat, refresh_invitation
from bot.workflows.limitations import LimitationMonitor
from bot.workflows.lost_connection import report_lost_connection
from bot.workflows.mail_rule import MailRule
from bot.workflows.monthly_report import MonthlyReporter, post_report
from bot.workflows.move_session import SessionMover, move_session
from bot.workflows.notices import NoticeSender, add_note, add_note_at_latest, send_notice
from bot.workflows.offer_messages import OfferMessenger
from bot.workflows.offer_session import (
    SessionOfferer,
    expire_offer,
    offer_session,
    tell_of_transfer,
)
from bot.workflows.orphaned_sessions import OrphanCloser
from bot.workflows.outage_cards import OutageCards, post_outage, refresh_outage, settle_outage
from bot.workflows.pings import Pinger, check_departure, ping_arrival, ping_decline, ping_departure
from bot.workflows.plan_jobs import mail_plan, prepare_plan, show_plan, tell_of_plan
from bot.workflows.plans import PlanFollower
from bot.workflows.post_card import CardPoster, post_card, send_supporter_link, settle_post
from bot.workflows.post_invitation import (
    InvitationPoster,
    add_invitation_note,
    ping_invited,
    post_invitation,
)
from bot.workflows.post_once import OncePoster
from bot.workflows.refresh_cards import (
    CardRefresher,
    refresh_all_cards,
    refresh_all_homes,
    refresh_card,
    refresh_cards,
    refresh_homes,
)
from bot.workflows.remote_sessions import RemoteSessions
from bot.workflows.renew_session import SessionRenewer, add_renewal_note, renew_session
from bot.workflows.replies import Replies, send_reply
from bot.workflows.requester_reply import ReplySender
from bot.workflows.reread_profile import reread_profile
from bot.workflows.revoke_connections import ConnectionRevoker, revoke_connections
from bot.workflows.run_checks import run_checks
from bot.workflows.session_changes import SessionChanges
from bot.workflows.show_preview import PreviewPublisher, show_preview
from bot.workflows.show_request import show_request
from bot.workflows.sms import SmsSender
from bot.workflows.sweep import Sweeper, sweep
from bot.workflows.tell_card_place import tell_card_place
from bot.workflows.transfer_leftovers import LeftoverCloser
from bot.workflows.transfer_note import TransferRecorder, add_transfer_note
from bot.workflows.unfinished_refreshes import RefreshFinisher
from bot.workflows.user_lookup import UserLookup, refresh_technicians
from bot.workflows.warn_admins import AdminWarner, warn_admin, warn_admins, warn_in_channel
from bot.workflows.write_record import SessionRecorder, write_record


class Workflows:
    """The workflows of one installation, each with its services."""

    def __init__(self, services: Services) -> None:
        unit_of_work, clock = services.unit_of_work, services.clock
        installation, servicedesk = services.installation, services.servicedesk
        accounts = AccountCheck(unit_of_work, services.chats, installation.admins, clock)
        # Every workflow shows what it shows through these, so none can forget to look at an account again.
        chats = CarefulChats(services.chats, accounts, installation.language)
        self._services = services
        self._chats = chats
        self._retries = ChatRetries(unit_of_work)
        self._replies = Replies(unit_of_work, chats, installation.language)
        self._sessions = SessionChanges(unit_of_work)
        self._remote = RemoteSessions(services.teamviewer, services.token_source)
        limitations = LimitationMonitor(unit_of_work, clock)
        self._users = UserLookup(unit_of_work, accounts, servicedesk, limitations, clock)
        self._homes = HomePublisher(
            unit_of_work, chats, installation, AssignedRequestLists(servicedesk, clock)
        )
        self._refresher = CardRefresher(unit_of_work, chats, self._sessions, installation)
        poster = OncePoster(unit_of_work, chats, clock)
        self._cards = CardPoster(
            unit_of_work=unit_of_work,
            chats=chats,
            sessions=self._sessions,
            refresher=self._refresher,
            replies=self._replies,
            poster=poster,
            meter=services.meter,
            clock=clock,
            language=installation.language,
        )
        self._inviter = Inviter(
            unit_of_work=unit_of_work,
            chats=chats,
            users=self._users,
            accounts=accounts,
            installation=installation,
            clock=clock,
        )
        self._invitations = InvitationPoster(
            unit_of_work=unit_of_work,
            chats=chats,
            sessions=self._sessions,
            poster=poster,
            servicedesk=servicedesk,
            installation=installation,
        )
        self._outages = OutageCards(unit_of_work, chats, installation, clock)
        self._pinger = Pinger(unit_of_work, chats, installation)
        self._orphans = OrphanCloser(unit_of_work, self._sessions, self._remote, clock)
        self._former = FormerSessionCloser(unit_of_work, self._remote, clock)
        self._renewer = SessionRenewer(
            unit_of_work=unit_of_work,
            remote=self._remote,
            former=self._former,
            cards=self._cards,
            accounts=accounts,
            mailer=services.mailer,
            servicedesk=servicedesk,
            installation=installation,
            clock=clock,
        )
        self._ender = SessionEnder(unit_of_work, self._sessions, self._remote, self._replies, clock)
        self._reports = ReportReader(self._sessions, self._remote, clock)
        self._leftovers = LeftoverCloser(unit_of_work, self._remote, self._reports, clock)
        self._offerer = SessionOfferer(
            unit_of_work=unit_of_work,
            users=self._users,
            replies=self._replies,
            messages=OfferMessenger(unit_of_work, self._replies, chats, installation.language, clock),
            installation=installation,
            clock=clock,
        )
        self._mover = SessionMover(
            unit_of_work=unit_of_work,
            sessions=self._sessions,
            remote=self._remote,
            mailer=services.mailer,
            installation=installation,
            clock=clock,
        )
        self._plans = PlanFollower(
            unit_of_work=unit_of_work,
            chats=chats,
            servicedesk=servicedesk,
            mailer=services.mailer,
            replies=self._replies,
            installation=installation,
            clock=clock,
        )
        self._transfer_recorder = TransferRecorder(unit_of_work, servicedesk, installation)
        self._recorder = SessionRecorder(unit_of_work, servicedesk, installation, clock)
        self._revoker = ConnectionRevoker(unit_of_work, self._remote, clock)
        self._previews = PreviewPublisher(unit_of_work, chats, servicedesk, self._users, installation)
        self._admins = AdminChanger(unit_of_work, chats, self._users, installation, clock)
        self._accounts = AccountConfirmer(unit_of_work, chats, self._users, installation, clock)
        self._sms = SmsSender(
            unit_of_work=unit_of_work,
            sessions=self._sessions,
            remote=self._remote,
            servicedesk=servicedesk,
            texter=services.texter,
            phone_numbers=services.phone_numbers,
            installation=installation,
            clock=clock,
        )
        self._notices = NoticeSender(
            unit_of_work=unit_of_work,
            servicedesk=servicedesk,
            mailer=services.mailer,
            sms=self._sms,
            reply_sender=ReplySender(unit_of_work, servicedesk, services.mailer, limitations, clock),
            accounts=accounts,
            installation=installation,
            clock=clock,
        )
        self._creator = SessionCreator(
            unit_of_work=unit_of_work,
            sessions=self._sessions,
            remote=self._remote,
            servicedesk=servicedesk,
            notices=self._notices,
            cards=self._cards,
            accounts=accounts,
            installation=installation,
            clock=clock,
        )
        self._mail_rule = MailRule(unit_of_work, installation, clock)
        self._requester_inviter = RequesterInviter(unit_of_work, chats, accounts, installation, clock)
        self._warner = AdminWarner(unit_of_work, chats, installation)
        self._waiting = WaitingCommands(unit_of_work, chats, installation, clock)
        self._reporter = MonthlyReporter(unit_of_work, chats, installation, clock)
        self._sweeper = Sweeper(
            unit_of_work=unit_of_work,
            sessions=self._sessions,
            remote=self._remote,
            ender=self._ender,
            reports=self._reports,
            orphans=self._orphans,
            former=self._former,
            leftovers=self._leftovers,
            revoker=self._revoker,
            refreshes=RefreshFinisher(unit_of_work, self._remote, clock),
            reporter=self._reporter,
            installation=installation,
            clock=clock,
        )

    async def run_job(self, job: Job, steps: Steps) -> None:  # noqa: C901, PLR0912, PLR0915 - one case a job, and no logic
        """Run one job to its end. A job without a case here does not pass the type check."""
        match job:
            case CreateSession():
                await create_session(
                    job,
                    steps,
                    creator=self._creator,
                    notices=self._notices,
                    orphans=self._orphans,
                    mail_rule=self._mail_rule,
                )
            case RenewSession():
                await renew_session(job, steps, renewer=self._renewer)
            case OfferSession():
                await offer_session(job, steps, offerer=self._offerer, replies=self._replies)
            case MoveSession():
                await move_session(job, steps, mover=self._mover, leftovers=self._leftovers)
            case ExpireOffer():
                await expire_offer(job, steps, offerer=self._offerer)
            case AddTransferNote():
                await add_transfer_note(job, steps, recorder=self._transfer_recorder)
            case PreparePlan():
                await prepare_plan(job, steps, plans=self._plans)
            case MailPlan():
                await mail_plan(job, steps, plans=self._plans)
            case EndSession():
                await end_session(job, steps, ender=self._ender)
            case RefreshCards():
                await refresh_cards(job, steps, cards=self._refresher)
            case RefreshAllCards():
                await refresh_all_cards(job, steps, cards=self._refresher)
            case RefreshAllHomes():
                await refresh_all_homes(job, steps, cards=self._refresher)
            case RefreshHomes():
                await refresh_homes(job, steps, cards=self._refresher)
            case ReadReports():
                await read_reports(job, steps, reports=self._reports)
            case WriteRecord():
                await write_record(job, steps, recorder=self._recorder)
            case CheckDeparture():
                await check_departure(job, steps, pinger=self._pinger, reports=self._reports)
            case SendNotice():
                await send_notice(job, steps, notices=self._notices)
            case AddNote():
                await add_note(job, steps, notices=self._notices)
            case AddNoteAtLatest():
                await add_note_at_latest(job, steps, notices=self._notices)
            case AddRenewalNote():
                await add_renewal_note(job, steps, renewer=self._renewer)
            case ShowRequest():
                await show_request(
                    job,
                    steps,
                    servicedesk=self._services.servicedesk,
                    unit_of_work=self._services.unit_of_work,
                    chats=self._chats,
                    replies=self._replies,
                )
            case IdentifyUser():
                await identify_user(
                    job,
                    steps,
                    unit_of_work=self._services.unit_of_work,
                    users=self._users,
                    waiting=self._waiting,
                    replies=self._replies,
                )
            case RevokeConnections():
                await revoke_connections(job, steps, revoker=self._revoker, replies=self._replies)
            case ApplyAdminChange():
                await apply_admin_change(job, steps, admins=self._admins, replies=self._replies)
            case InviteColleague():
                await invite_colleague(job, steps, inviter=self._inviter, replies=self._replies)
            case WithdrawInvitation():
                await withdraw_invitation(job, steps, inviter=self._inviter, replies=self._replies)
            case AddInvitationNote():
                await add_invitation_note(job, steps, invitations=self._invitations)
            case ConfirmAddress():
                await confirm_address(job, steps, accounts=self._accounts, replies=self._replies)
            case RunChecks():
                await run_checks(job, steps, doctor=self._services.doctor, replies=self._replies)
            case AnnounceChange():
                await announce_change(
                    job,
                    steps,
                    unit_of_work=self._services.unit_of_work,
                    chats=self._chats,
                    installation=self._services.installation,
                )
            case WarnAdmins():
                await warn_admins(job, steps, warner=self._warner)
            case RereadProfile():
                await reread_profile(job, steps, users=self._users, unit_of_work=self._services.unit_of_work)
            case RefreshTechnicians():
                await refresh_technicians(steps, users=self._users)
            case Sweep():
                await sweep(job, sweeper=self._sweeper)
            case _:
                await self._run_chat_job(job, steps)

    async def _run_chat_job(self, job: ChatJob, steps: Steps) -> None:  # noqa: C901, PLR0912, PLR0915 - one case a job, and no logic
        """Run a job that shows something in a chat."""
        match job:
            case RefreshCard():
                await refresh_card(job, steps, cards=self._refresher, retries=self._retries)
            case PostCard():
                await post_card(job, steps, cards=self._cards, retries=self._retries)
            case PostOutage():
                await post_outage(job, steps, outages=self._outages, retries=self._retries)
            case RefreshOutage():
                await refresh_outage(job, steps, outages=self._outages, retries=self._retries)
            case SettleOutage():
                await settle_outage(job, steps, outages=self._outages, retries=self._retries)
            case PostInvitation():
                await post_invitation(
                    job,
                    steps,
                    invitations=self._invitations,
                    replies=self._replies,
                    retries=self._retries,
                )
            case PingInvited():
                await ping_invited(job, steps, invitations=self._invitations, retries=self._retries)
            case SettlePost():
                await settle_post(job, steps, cards=self._cards, retries=self._retries)
            case PingArrival():
                await ping_arrival(job, steps, pinger=self._pinger, retries=self._retries)
            case PingDeparture():
                await ping_departure(job, steps, pinger=self._pinger, retries=self._retries)
            case PingDecline():
                await ping_decline(job, steps, pinger=self._pinger, retries=self._retries)
            case InviteInChat():
                await invite_in_chat(job, steps, inviter=self._requester_inviter, retries=self._retries)
            case RefreshInvitation():
                await refresh_invitation(job, steps, inviter=self._requester_inviter, retries=self._retries)
            case SendSupporterLink():
                await send_supporter_link(job, steps, cards=self._cards, retries=self._retries)
            case TellCardPlace():
                await tell_card_place(
                    job,
                    steps,
                    chats=self._chats,
                    unit_of_work=self._services.unit_of_work,
                    replies=self._replies,
                    retries=self._retries,
                )
            case RemindOfExpiry():
                await remind_of_expiry(
                    job, steps, sessions=self._sessions, replies=self._replies, retries=self._retries
                )
            case WarnInChannel():
                await warn_in_channel(job, steps, warner=self._warner, retries=self._retries)
            case WarnAdmin():
                await warn_admin(job, steps, warner=self._warner, retries=self._retries)
            case ReportClosedRequest():
                await report_closed_request(
                    job, steps, sessions=self._sessions, replies=self._replies, retries=self._retries
                )
            case ReportLostConnection():
                await report_lost_connection(
                    job,
                    steps,
                    unit_of_work=self._services.unit_of_work,
                    replies=self._replies,
                    retries=self._retries,
                )
            case TellOfTransfer():
                await tell_of_transfer(job, steps, offerer=self._offerer, retries=self._retries)
            case ShowPlan():
                await show_plan(job, steps, plans=self._plans, retries=self._retries)
            case TellOfPlan():
                await tell_of_plan(job, steps, plans=self._plans, retries=self._retries)
            case DeliverAnswer():
                await deliver_answer(job, steps, replies=self._replies, retries=self._retries)
            case SendReply():
                await send_reply(job, steps, replies=self._replies, retries=self._retries)
            case ShowHome():
                await show_home(
                    job,
                    steps,
                    homes=self._homes,
                    users=self._users,
                    unit_of_work=self._services.unit_of_work,
                    retries=self._retries,
                )
            case RefreshHome():
                await refresh_home(
                    job,
                    steps,
                    homes=self._homes,
                    unit_of_work=self._services.unit_of_work,
                    retries=self._retries,
                )
            case ShowPreview():
                await show_preview(job, steps, previews=self._previews, retries=self._retries)
            case ConfirmConnection():
                await confirm_connection(
                    job,
                    steps,
                    unit_of_work=self._services.unit_of_work,
                    replies=self._replies,
                    retries=self._retries,
                )
            case AskAboutAccount():
                await ask_about_account(job, steps, replies=self._replies, retries=self._retries)
            case PostReport():
                await post_report(job, steps, reporter=self._reporter, retries=self._retries)
            case AnnounceInChannel():
                await announce_in_channel(
                    job,
                    steps,
                    unit_of_work=self._services.unit_of_work,
                    chats=self._chats,
                    installation=self._services.installation,
                    replies=self._replies,
                    retries=self._retries,
                )
            case _:
                assert_never(job)
