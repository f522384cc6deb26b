"""Run a job that shows something in a chat: choose its workflow, and give it exactly the services it uses."""

from typing import assert_never

from bot.jobs import (
    AnnounceInChannel,
    AskAboutAccount,
    ChatJob,
    ConfirmConnection,
    DeliverAnswer,
    InviteInChat,
    PingArrival,
    PingDecline,
    PingDeparture,
    PingInvited,
    PostCard,
    PostInvitation,
    PostOutage,
    PostReport,
    RefreshCard,
    RefreshHome,
    RefreshInvitation,
    RefreshOutage,
    RemindOfExpiry,
    ReportClosedRequest,
    ReportLostConnection,
    SendReply,
    SendSupporterLink,
    SettleOutage,
    SettlePost,
    ShowHome,
    ShowPlan,
    ShowPreview,
    TellCardPlace,
    TellOfPlan,
    TellOfTransfer,
    WarnAdmin,
    WarnInChannel,
)
from bot.ports import Steps
from bot.workflows.announce_change import announce_in_channel
from bot.workflows.closed_request import report_closed_request
from bot.workflows.confirm_connection import ask_about_account, confirm_connection
from bot.workflows.deliver_answer import deliver_answer
from bot.workflows.expiry_reminder import remind_of_expiry
from bot.workflows.homes import refresh_home, show_home
from bot.workflows.invite_in_chat import invite_in_chat, refresh_invitation
from bot.workflows.lost_connection import report_lost_connection
from bot.workflows.monthly_report import post_report
from bot.workflows.offer_session import tell_of_transfer
from bot.workflows.outage_cards import post_outage, refresh_outage, settle_outage
from bot.workflows.pings import ping_arrival, ping_decline, ping_departure
from bot.workflows.plan_jobs import show_plan, tell_of_plan
from bot.workflows.post_card import post_card, send_supporter_link, settle_post
from bot.workflows.post_invitation import ping_invited, post_invitation
from bot.workflows.refresh_cards import refresh_card
from bot.workflows.replies import send_reply
from bot.workflows.show_preview import show_preview
from bot.workflows.tell_card_place import tell_card_place
from bot.workflows.warn_admins import warn_admin, warn_in_channel
from bot.workflows.workflow_services import WorkflowServices


async def run_chat_job(job: ChatJob, steps: Steps, services: WorkflowServices) -> None:  # noqa: C901, PLR0912, PLR0915 - one case a job, and no logic
    """Run a job that shows something in a chat."""
    match job:
        case RefreshCard():
            await refresh_card(job, steps, cards=services.refresher, retries=services.retries)
        case PostCard():
            await post_card(job, steps, cards=services.cards, retries=services.retries)
        case PostOutage():
            await post_outage(job, steps, outages=services.outages, retries=services.retries)
        case RefreshOutage():
            await refresh_outage(job, steps, outages=services.outages, retries=services.retries)
        case SettleOutage():
            await settle_outage(job, steps, outages=services.outages, retries=services.retries)
        case PostInvitation():
            await post_invitation(
                job,
                steps,
                invitations=services.invitations,
                replies=services.replies,
                retries=services.retries,
            )
        case PingInvited():
            await ping_invited(job, steps, invitations=services.invitations, retries=services.retries)
        case SettlePost():
            await settle_post(job, steps, cards=services.cards, retries=services.retries)
        case PingArrival():
            await ping_arrival(job, steps, pinger=services.pinger, retries=services.retries)
        case PingDeparture():
            await ping_departure(job, steps, pinger=services.pinger, retries=services.retries)
        case PingDecline():
            await ping_decline(job, steps, pinger=services.pinger, retries=services.retries)
        case InviteInChat():
            await invite_in_chat(job, steps, inviter=services.requester_inviter, retries=services.retries)
        case RefreshInvitation():
            await refresh_invitation(job, steps, inviter=services.requester_inviter, retries=services.retries)
        case SendSupporterLink():
            await send_supporter_link(job, steps, cards=services.cards, retries=services.retries)
        case TellCardPlace():
            await tell_card_place(
                job,
                steps,
                chats=services.chats,
                unit_of_work=services.unit_of_work,
                replies=services.replies,
                retries=services.retries,
            )
        case RemindOfExpiry():
            await remind_of_expiry(
                job, steps, sessions=services.sessions, replies=services.replies, retries=services.retries
            )
        case WarnInChannel():
            await warn_in_channel(job, steps, warner=services.warner, retries=services.retries)
        case WarnAdmin():
            await warn_admin(job, steps, warner=services.warner, retries=services.retries)
        case ReportClosedRequest():
            await report_closed_request(
                job, steps, sessions=services.sessions, replies=services.replies, retries=services.retries
            )
        case ReportLostConnection():
            await report_lost_connection(
                job,
                steps,
                unit_of_work=services.unit_of_work,
                replies=services.replies,
                retries=services.retries,
            )
        case TellOfTransfer():
            await tell_of_transfer(job, steps, offerer=services.offerer, retries=services.retries)
        case ShowPlan():
            await show_plan(job, steps, plans=services.plans, retries=services.retries)
        case TellOfPlan():
            await tell_of_plan(job, steps, plans=services.plans, retries=services.retries)
        case DeliverAnswer():
            await deliver_answer(job, steps, replies=services.replies, retries=services.retries)
        case SendReply():
            await send_reply(job, steps, replies=services.replies, retries=services.retries)
        case ShowHome():
            await show_home(
                job,
                steps,
                homes=services.homes,
                users=services.users,
                unit_of_work=services.unit_of_work,
                retries=services.retries,
            )
        case RefreshHome():
            await refresh_home(job, steps, homes=services.homes, retries=services.retries)
        case ShowPreview():
            await show_preview(job, steps, previews=services.previews, retries=services.retries)
        case ConfirmConnection():
            await confirm_connection(
                job,
                steps,
                unit_of_work=services.unit_of_work,
                replies=services.replies,
                retries=services.retries,
            )
        case AskAboutAccount():
            await ask_about_account(job, steps, replies=services.replies, retries=services.retries)
        case PostReport():
            await post_report(job, steps, reporter=services.reporter, retries=services.retries)
        case AnnounceInChannel():
            await announce_in_channel(
                job,
                steps,
                unit_of_work=services.unit_of_work,
                poster=services.channel_poster,
                installation=services.installation,
                replies=services.replies,
                retries=services.retries,
            )
        case _:
            assert_never(job)
