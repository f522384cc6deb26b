"""Build what the workflows of one installation work with, once for all jobs."""

from bot.account_check import AccountCheck
from bot.services import Services
from bot.workflows.apply_admin_change import AdminChanger
from bot.workflows.assigned_requests import AssignedRequestLists
from bot.workflows.careful_chat import CarefulChats
from bot.workflows.channel_posts import ChannelPoster
from bot.workflows.chat_retries import ChatRetries
from bot.workflows.confirm_address import AccountConfirmer
from bot.workflows.connection_reports import ReportReader
from bot.workflows.create_session import SessionCreator
from bot.workflows.end_session import SessionEnder
from bot.workflows.former_sessions import FormerSessionCloser
from bot.workflows.homes import HomePublisher
from bot.workflows.identify_user import WaitingCommands
from bot.workflows.invite import Inviter
from bot.workflows.invite_in_chat import RequesterInviter
from bot.workflows.limitations import LimitationMonitor
from bot.workflows.mail_rule import MailRule
from bot.workflows.monthly_report import MonthlyReporter
from bot.workflows.move_session import SessionMover
from bot.workflows.notice_notes import NoteWriter
from bot.workflows.notices import NoticeSender
from bot.workflows.offer_messages import OfferMessenger
from bot.workflows.offer_session import SessionOfferer
from bot.workflows.orphaned_sessions import OrphanCloser
from bot.workflows.outage_cards import OutageCards
from bot.workflows.pings import Pinger
from bot.workflows.plans import PlanFollower
from bot.workflows.post_card import CardPoster
from bot.workflows.post_invitation import InvitationPoster
from bot.workflows.post_once import OncePoster
from bot.workflows.refresh_cards import CardRefresher
from bot.workflows.remote_sessions import RemoteSessions
from bot.workflows.renew_session import SessionRenewer
from bot.workflows.replies import Replies
from bot.workflows.requester_reply import ReplySender
from bot.workflows.revoke_connections import ConnectionRevoker
from bot.workflows.session_changes import SessionChanges
from bot.workflows.show_preview import PreviewPublisher
from bot.workflows.sms import SmsSender
from bot.workflows.sweep import Sweeper
from bot.workflows.transfer_leftovers import LeftoverCloser
from bot.workflows.transfer_note import TransferRecorder
from bot.workflows.unfinished_refreshes import RefreshFinisher
from bot.workflows.user_lookup import UserLookup
from bot.workflows.warn_admins import AdminWarner
from bot.workflows.write_record import SessionRecorder


class WorkflowServices:
    """The services of the workflows, each built with what it uses."""

    def __init__(self, services: Services) -> None:
        unit_of_work, clock = services.unit_of_work, services.clock
        installation, servicedesk = services.installation, services.servicedesk
        accounts = AccountCheck(unit_of_work, services.chats, installation.admins, clock)
        # Every workflow shows what it shows through these, so none can forget to look at an account again.
        chats = CarefulChats(services.chats, accounts, installation.language)
        self.unit_of_work = unit_of_work
        self.installation = installation
        self.servicedesk = servicedesk
        self.doctor = services.doctor
        self.chats = chats
        self.retries = ChatRetries(unit_of_work)
        self.replies = Replies(unit_of_work, chats, installation.language)
        self.sessions = SessionChanges(unit_of_work)
        self.remote = RemoteSessions(services.teamviewer, services.token_source)
        limitations = LimitationMonitor(unit_of_work, clock)
        self.users = UserLookup(unit_of_work, accounts, servicedesk, limitations, clock)
        self.homes = HomePublisher(
            unit_of_work,
            chats,
            installation,
            AssignedRequestLists(servicedesk, clock),
            changes_together_seconds=services.changes_together_seconds,
        )
        self.refresher = CardRefresher(
            unit_of_work,
            chats,
            self.sessions,
            installation,
            changes_together_seconds=services.changes_together_seconds,
        )
        poster = OncePoster(unit_of_work, chats, clock)
        self.cards = CardPoster(
            unit_of_work=unit_of_work,
            chats=chats,
            sessions=self.sessions,
            refresher=self.refresher,
            replies=self.replies,
            poster=poster,
            meter=services.meter,
            clock=clock,
            language=installation.language,
        )
        self.inviter = Inviter(
            unit_of_work=unit_of_work,
            chats=chats,
            users=self.users,
            accounts=accounts,
            installation=installation,
            clock=clock,
        )
        self.invitations = InvitationPoster(
            unit_of_work=unit_of_work,
            chats=chats,
            sessions=self.sessions,
            poster=poster,
            servicedesk=servicedesk,
            installation=installation,
        )
        self.outages = OutageCards(unit_of_work, chats, installation, clock)
        self.pinger = Pinger(unit_of_work, chats, installation)
        self.orphans = OrphanCloser(unit_of_work, self.sessions, self.remote, clock)
        self.former = FormerSessionCloser(unit_of_work, self.remote, clock)
        self.renewer = SessionRenewer(
            unit_of_work=unit_of_work,
            remote=self.remote,
            former=self.former,
            cards=self.cards,
            accounts=accounts,
            mailer=services.mailer,
            servicedesk=servicedesk,
            installation=installation,
            clock=clock,
        )
        self.ender = SessionEnder(unit_of_work, self.sessions, self.remote, self.replies, clock)
        self.reports = ReportReader(self.sessions, self.remote, clock)
        self.leftovers = LeftoverCloser(unit_of_work, self.remote, self.reports, clock)
        self.offerer = SessionOfferer(
            unit_of_work=unit_of_work,
            users=self.users,
            replies=self.replies,
            messages=OfferMessenger(unit_of_work, self.replies, chats, installation.language, clock),
            installation=installation,
            clock=clock,
        )
        self.mover = SessionMover(
            unit_of_work=unit_of_work,
            sessions=self.sessions,
            remote=self.remote,
            mailer=services.mailer,
            installation=installation,
            clock=clock,
        )
        self.plans = PlanFollower(
            unit_of_work=unit_of_work,
            chats=chats,
            servicedesk=servicedesk,
            mailer=services.mailer,
            replies=self.replies,
            installation=installation,
            clock=clock,
        )
        self.transfer_recorder = TransferRecorder(unit_of_work, servicedesk, installation)
        self.recorder = SessionRecorder(unit_of_work, servicedesk, installation, clock)
        self.revoker = ConnectionRevoker(unit_of_work, self.remote, clock)
        self.previews = PreviewPublisher(unit_of_work, chats, servicedesk, self.users, installation)
        self.admins = AdminChanger(unit_of_work, chats, self.users, installation, clock)
        self.accounts = AccountConfirmer(unit_of_work, chats, self.users, installation, clock)
        self.sms = SmsSender(
            unit_of_work=unit_of_work,
            sessions=self.sessions,
            remote=self.remote,
            servicedesk=servicedesk,
            texter=services.texter,
            phone_numbers=services.phone_numbers,
            installation=installation,
            clock=clock,
        )
        self.notices = NoticeSender(
            unit_of_work=unit_of_work,
            servicedesk=servicedesk,
            mailer=services.mailer,
            sms=self.sms,
            reply_sender=ReplySender(unit_of_work, servicedesk, services.mailer, limitations, clock),
            accounts=accounts,
            installation=installation,
            clock=clock,
        )
        self.note_writer = NoteWriter(unit_of_work, servicedesk, installation)
        self.creator = SessionCreator(
            unit_of_work=unit_of_work,
            sessions=self.sessions,
            remote=self.remote,
            servicedesk=servicedesk,
            notices=self.notices,
            cards=self.cards,
            accounts=accounts,
            installation=installation,
            clock=clock,
        )
        self.mail_rule = MailRule(unit_of_work, installation, clock)
        self.requester_inviter = RequesterInviter(unit_of_work, chats, accounts, installation, clock)
        self.channel_poster = ChannelPoster(chats, clock)
        self.warner = AdminWarner(unit_of_work, chats, self.channel_poster, installation)
        self.waiting = WaitingCommands(unit_of_work, chats, installation, clock)
        self.reporter = MonthlyReporter(unit_of_work, chats, self.channel_poster, installation, clock)
        self.sweeper = Sweeper(
            unit_of_work=unit_of_work,
            sessions=self.sessions,
            remote=self.remote,
            ender=self.ender,
            reports=self.reports,
            orphans=self.orphans,
            former=self.former,
            leftovers=self.leftovers,
            revoker=self.revoker,
            refreshes=RefreshFinisher(unit_of_work, self.remote, clock),
            reporter=self.reporter,
            installation=installation,
            clock=clock,
        )
