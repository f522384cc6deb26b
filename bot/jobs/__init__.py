"""Durable work as data: one value for each job, and the union of all of them.

A job is enqueued in the transaction that makes it necessary, and its workflow in ``bot/workflows/`` runs later, perhaps
in another process. So a job holds plain values alone, and the workflow reads the rest when it runs.

A job shows or sends one thing at one place, or works at one outside system. So a place that fails delays nothing else.
"""

from bot.codec import TaggedCodec
from bot.commands import decode_command
from bot.jobs.accounts import (
    AskAboutAccount,
    ConfirmAddress,
    ConfirmConnection,
    IdentifyUser,
    RereadProfile,
    RevokeConnections,
)
from bot.jobs.administration import (
    AnnounceChange,
    AnnounceInChannel,
    ApplyAdminChange,
    PostReport,
    RefreshTechnicians,
    ReportClosedRequest,
    ReportLostConnection,
    RunChecks,
    Sweep,
    WarnAdmin,
    WarnAdmins,
    WarnInChannel,
)
from bot.jobs.invitations import (
    AddInvitationNote,
    InviteColleague,
    InviteInChat,
    PingDecline,
    PingInvited,
    PostInvitation,
    RefreshInvitation,
    WithdrawInvitation,
)
from bot.jobs.messages import (
    AddNote,
    AddNoteAtLatest,
    AddRenewalNote,
    PingArrival,
    PingDeparture,
    RemindOfExpiry,
    SendNotice,
)
from bot.jobs.on_sessions import (
    CheckDeparture,
    CreateSession,
    EndSession,
    ReadReports,
    RenewSession,
    ShowRequest,
    WriteRecord,
)
from bot.jobs.plans import MailPlan, PreparePlan, ShowPlan, TellOfPlan
from bot.jobs.queues import Queue
from bot.jobs.screens import (
    DeliverAnswer,
    PostCard,
    PostOutage,
    RefreshAllCards,
    RefreshAllHomes,
    RefreshCard,
    RefreshCards,
    RefreshHome,
    RefreshHomes,
    RefreshOutage,
    SendReply,
    SendSupporterLink,
    SettleOutage,
    SettlePost,
    ShowHome,
    ShowPreview,
    TellCardPlace,
)
from bot.jobs.transfers import AddTransferNote, ExpireOffer, MoveSession, OfferSession, TellOfTransfer

__all__ = [
    "JOB_CODEC",
    "AddInvitationNote",
    "AddNote",
    "AddNoteAtLatest",
    "AddRenewalNote",
    "AddTransferNote",
    "AnnounceChange",
    "AnnounceInChannel",
    "ApplyAdminChange",
    "AskAboutAccount",
    "ChatJob",
    "CheckDeparture",
    "ConfirmAddress",
    "ConfirmConnection",
    "CreateSession",
    "DeliverAnswer",
    "EndSession",
    "ExpireOffer",
    "IdentifyUser",
    "InviteColleague",
    "InviteInChat",
    "Job",
    "MailPlan",
    "MoveSession",
    "OfferSession",
    "PingArrival",
    "PingDecline",
    "PingDeparture",
    "PingInvited",
    "PostCard",
    "PostInvitation",
    "PostOutage",
    "PostReport",
    "PreparePlan",
    "Queue",
    "ReadReports",
    "RefreshAllCards",
    "RefreshAllHomes",
    "RefreshCard",
    "RefreshCards",
    "RefreshHome",
    "RefreshHomes",
    "RefreshInvitation",
    "RefreshOutage",
    "RefreshTechnicians",
    "RemindOfExpiry",
    "RenewSession",
    "ReportClosedRequest",
    "ReportLostConnection",
    "RereadProfile",
    "RevokeConnections",
    "RunChecks",
    "SendNotice",
    "SendReply",
    "SendSupporterLink",
    "SettleOutage",
    "SettlePost",
    "ShowHome",
    "ShowPlan",
    "ShowPreview",
    "ShowRequest",
    "Sweep",
    "TellCardPlace",
    "TellOfPlan",
    "TellOfTransfer",
    "WarnAdmin",
    "WarnAdmins",
    "WarnInChannel",
    "WithdrawInvitation",
    "WriteRecord",
    "decode_job",
    "queue_name",
]


ChatJob = (
    RefreshCard
    | PostCard
    | PostInvitation
    | SettlePost
    | PostOutage
    | RefreshOutage
    | SettleOutage
    | SendSupporterLink
    | TellCardPlace
    | RemindOfExpiry
    | PingArrival
    | PingDeparture
    | PingInvited
    | PingDecline
    | InviteInChat
    | RefreshInvitation
    | DeliverAnswer
    | SendReply
    | ShowHome
    | RefreshHome
    | ShowPreview
    | ConfirmConnection
    | AskAboutAccount
    | AnnounceInChannel
    | PostReport
    | WarnInChannel
    | WarnAdmin
    | ReportClosedRequest
    | ReportLostConnection
    | TellOfTransfer
    | ShowPlan
    | TellOfPlan
)
"""The jobs that show something in a chat. While the chat is away they are enqueued again, for later."""


Job = (
    CreateSession
    | RenewSession
    | OfferSession
    | MoveSession
    | ExpireOffer
    | AddTransferNote
    | PreparePlan
    | MailPlan
    | EndSession
    | RefreshCards
    | RefreshAllCards
    | RefreshAllHomes
    | ReadReports
    | WriteRecord
    | CheckDeparture
    | SendNotice
    | AddNote
    | AddNoteAtLatest
    | AddRenewalNote
    | ShowRequest
    | IdentifyUser
    | RefreshHomes
    | RevokeConnections
    | ApplyAdminChange
    | InviteColleague
    | WithdrawInvitation
    | AddInvitationNote
    | ConfirmAddress
    | RunChecks
    | AnnounceChange
    | WarnAdmins
    | RereadProfile
    | RefreshTechnicians
    | Sweep
    | ChatJob
)
"""Every job. ``dispatch.py`` or ``run_chat_job.py`` in ``bot/workflows/`` has a case for each, or the type check fails."""


def queue_name(job: Job) -> str:
    """Return the name of a job's queue: its kind, and what it has a queue of its own for."""
    match job:
        case SendNotice() | MailPlan():
            return f"{job.queue}/{job.channel}"
        case RefreshCard():
            return f"{job.queue}/{job.card.platform}"
        case ShowHome() | RefreshHome() | ShowPreview() | RereadProfile():
            return f"{job.queue}/{job.actor.platform}"
        case IdentifyUser():
            return f"{job.queue}/{job.actor.platform}/{job.actor.tenant}/{job.actor.user}"
        case (
            PostCard()
            | PostInvitation()
            | SettlePost()
            | PostOutage()
            | RefreshOutage()
            | SettleOutage()
            | SendSupporterLink()
            | TellCardPlace()
            | RemindOfExpiry()
            | PingArrival()
            | PingDeparture()
            | PingInvited()
            | PingDecline()
            | InviteInChat()
            | RefreshInvitation()
            | DeliverAnswer()
            | SendReply()
            | ConfirmConnection()
            | AskAboutAccount()
            | AnnounceInChannel()
            | PostReport()
            | WarnInChannel()
            | ShowRequest()
            | ApplyAdminChange()
            | InviteColleague()
            | WithdrawInvitation()
            | ConfirmAddress()
            | OfferSession()
            | PreparePlan()
            | ShowPlan()
            | RunChecks()
        ):
            return f"{job.queue}/{job.platform}"
        case _:
            return job.queue


JOB_CODEC: TaggedCodec[Job] = TaggedCodec(Job)
"""The form in which the engine keeps a job."""


def decode_job(encoded: str) -> Job:
    """Return the job that the engine has kept. Raises ValueError for one that only another version knows."""
    job = JOB_CODEC.decode(encoded)
    if isinstance(job, IdentifyUser):
        # The job is known. The command in it may not be.
        decode_command(job.command)
    return job
