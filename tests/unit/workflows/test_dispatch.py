"""Which workflow runs which job."""

from collections.abc import Callable
from typing import get_args

import pytest
from support.bot_in_memory import ADA, ANA, BEN, REQUEST, BotInMemory, N, actor_of
from support.sessions import NOW

from bot.commands import (
    ChangeAdmin,
    Command,
    Logout,
    OnSession,
    Place,
    Status,
    SwitchWidget,
    Verb,
    encode_command,
)
from bot.i18n import ChannelRef, Text
from bot.jobs import (
    JOB_CODEC,
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
    Queue,
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
    decode_job,
    queue_name,
)
from bot.model.card import Audience, Card
from bot.model.ids import (
    CommandKey,
    ConnectionId,
    EncodedCommand,
    NoticeId,
    OutageId,
    PlanId,
    RenewalId,
    SessionCode,
    SessionId,
    TransferId,
)
from bot.model.limitation import Limitation
from bot.model.notice import Channel
from bot.model.pasted_link import PastedLink
from bot.model.plan import PlanNews
from bot.model.session import ENDED_BY_SERVICEDESK, Kind, Session
from bot.model.session_record import RecordKind
from bot.model.technician import Platform, Technician
from bot.model.transfer import TransferNews
from bot.views.parts import Tone
from bot.workflows.limitations import LimitationMonitor

SESSION, COMMAND, RENEWAL = SessionId("none"), CommandKey("none"), RenewalId("none")
TRANSFER = TransferId("none")
PLAN = PlanId("none")
SLACK = Platform.SLACK
WARNING = WarnAdmins("limitation", Text("Refused.").to_json())
JOBS: list[Job] = [
    CreateSession(SESSION, COMMAND),
    RenewSession(SESSION, RENEWAL, "Ana", ANA.email, COMMAND),
    AddRenewalNote(SESSION, RENEWAL, "Ana", SessionCode("s1-000-000"), SessionCode("s1-000-001"), NOW),
    EndSession(SESSION, "Ana", ANA.email),
    *(MoveSession(TRANSFER), ExpireOffer(TRANSFER), AddTransferNote(TRANSFER)),
    *(PreparePlan(SLACK, PLAN), ShowPlan(SLACK, PLAN), ShowPlan(SLACK, PLAN, posts=True)),
    *(MailPlan(PLAN, 0, news) for news in PlanNews),
    *(TellOfPlan(PLAN, news) for news in PlanNews),
    *(TellOfTransfer(TRANSFER, news) for news in TransferNews),
    OfferSession(SLACK, SESSION, BEN.email, ANA.email, "Ana", COMMAND),
    RefreshCards(SESSION),
    RefreshCard(Card(SESSION, SLACK, "T1", "C1", "m1", Audience.SHARED, "en", "UTC")),
    PostCard(SLACK, SESSION, COMMAND),
    PostCard(SLACK, SESSION, COMMAND, is_first=True),
    SettlePost(SLACK, "T1", "C1", "m1", SESSION, "marker"),
    *(PostOutage(SLACK, OutageId("none")), RefreshOutage(SLACK, OutageId("none"))),
    SettleOutage(SLACK, "C1", "m1", OutageId("none"), "marker"),
    SendSupporterLink(SLACK, SESSION),
    TellCardPlace(SLACK, SESSION, COMMAND),
    ReadReports(SESSION),
    RemindOfExpiry(SLACK, SESSION),
    PingArrival(SLACK, SESSION, NOW),
    WriteRecord(SESSION),
    CheckDeparture(SESSION, NOW),
    PingDeparture(SLACK, SESSION, NOW),
    SendNotice(SESSION, NoticeId("none"), Channel.REPLY, COMMAND),
    InviteInChat(SLACK, NoticeId("none"), COMMAND),
    RefreshInvitation(SLACK, NoticeId("none")),
    PingDecline(SLACK, NoticeId("none")),
    AddNote(SESSION),
    AddNoteAtLatest(SESSION),
    AddNote(SESSION, NoticeId("none")),
    InviteColleague(SLACK, SESSION, "UBEN", ANA.email, "Ana", COMMAND),
    WithdrawInvitation(SLACK, SESSION, "UBEN", ANA.email, "Ana", COMMAND),
    PostInvitation(SLACK, actor_of(ANA), (actor_of(ANA, Platform.TEAMS),), SESSION, ANA.email, COMMAND),
    PingInvited(SLACK, SESSION, ANA.email, NOW),
    AddInvitationNote(SESSION, "Ben", "Ana", "marker"),
    ShowRequest(SLACK, N, ANA.email, COMMAND),
    IdentifyUser(actor_of(ANA), COMMAND, encode_command(Status())),
    DeliverAnswer(SLACK, COMMAND),
    SendReply(SLACK, COMMAND, Text("Done.").to_json(), Tone.GOOD),
    ShowHome(actor_of(ANA)),
    RefreshHome(actor_of(ANA)),
    RefreshHomes(ANA.email),
    RefreshAllHomes(COMMAND, after=actor_of(ANA)),
    RefreshAllCards(COMMAND, after=Card(SESSION, SLACK, "T1", "C1", "m1", Audience.SHARED, "en", "UTC")),
    ShowPreview(actor_of(ANA), REQUEST.id, PastedLink(REQUEST.url, "C1", "m1", "", "")),
    ConfirmConnection(SLACK, ConnectionId("none"), COMMAND),
    AskAboutAccount(SLACK, ANA.email, "other@example.com", ConnectionId("c1"), COMMAND),
    RevokeConnections((ConnectionId("none"),), COMMAND),
    ApplyAdminChange(SLACK, ANA.email, grants=False, by=ANA.email, by_name="Ana", command=COMMAND),
    ConfirmAddress(SLACK, "UANA", by=ANA.email, by_name="Ana", command=COMMAND),
    RunChecks(SLACK, COMMAND),
    PostReport(SLACK, "C9", "2026-11-01"),
    AnnounceChange(Text("Done.").to_json(), COMMAND),
    WARNING,
    WarnInChannel(SLACK, "C9", WARNING),
    WarnAdmin(ANA.email, WARNING),
    ReportClosedRequest(SESSION),
    ReportLostConnection(ConnectionId("none")),
    AnnounceInChannel(SLACK, "C9", Text("Done.").to_json(), COMMAND),
    RereadProfile(actor_of(ANA)),
    RefreshTechnicians(),
    Sweep(up_seconds=0),
]


@pytest.mark.parametrize("job", JOBS, ids=lambda job: job.tag)
async def test_job_about_something_that_is_gone_ends_without_a_fault(bot: BotInMemory, job: Job) -> None:
    await bot.finish_job(job)
    assert bot.answers == []


def test_every_job_is_in_the_list() -> None:
    assert {type(job) for job in JOBS} == set(get_args(Job))


def test_every_job_is_stored_as_it_is() -> None:
    assert [decode_job(JOB_CODEC.encode(job)) for job in JOBS] == JOBS


@pytest.mark.parametrize(
    "encoded",
    [
        '{"do":"job_of_the_next_version"}',
        '{"do":"sweep","up_seconds":0,"field_of_the_next_version":true}',
        JOB_CODEC.encode(
            IdentifyUser(actor_of(ADA), COMMAND, EncodedCommand('{"do":"command_of_the_next_version"}'))
        ),
    ],
)
def test_job_that_only_another_version_knows_is_not_mistaken_for_one_of_this_version(encoded: str) -> None:
    with pytest.raises(ValueError, match="not an encoded value"):
        decode_job(encoded)


@pytest.mark.parametrize("job", [job for job in JOBS if isinstance(job, ChatJob)], ids=lambda job: job.tag)
def test_job_of_a_chat_has_a_queue_of_its_platform(job: ChatJob) -> None:
    """A chat that fails delays no other chat, and nothing that is no chat. A message may go to any of them."""
    is_anywhere = job.queue is Queue.MESSAGE
    assert queue_name(job) == (job.queue if is_anywhere else f"{job.queue}/slack")


def test_each_kind_of_work_has_a_queue_of_its_own() -> None:
    names = {queue_name(job) for job in JOBS}
    assert {name.partition("/")[0] for name in names} == set(Queue)
    assert {queue_name(SendNotice(SESSION, NoticeId("n"), channel)) for channel in Channel} == {
        f"notice/{channel}" for channel in Channel
    }
    assert (
        queue_name(IdentifyUser(actor_of(ANA), COMMAND, encode_command(Status()))) == "sender/slack/T1/UANA"
    )


LOOKS_PEOPLE_UP = (IdentifyUser, ShowRequest, OfferSession, ApplyAdminChange, ConfirmAddress, RereadProfile)
"""Jobs that need a chat to find out who somebody is, or that answer with what they looked up."""


async def run_jobs_that_call_no_chat(bot: BotInMemory) -> set[type[Job]]:
    """Run every job. Fail where one calls a chat that is no job of a chat. Return which kinds of jobs ran."""
    ran: set[type[Job]] = set()
    while queued := bot.unit_of_work.take_jobs():
        for one in queued:
            before = len(bot.slack.calls) + len(bot.teams.calls)
            await bot.run_job(one.job)
            ran.add(type(one.job))
            if not isinstance(one.job, (*get_args(ChatJob), *LOOKS_PEOPLE_UP)):
                assert len(bot.slack.calls) + len(bot.teams.calls) == before, one.job.tag
    return ran


def seen_now(bot: BotInMemory, *, is_online: bool) -> Callable[[Session], Session]:
    """Return the change of a session whose requester has come or gone."""
    at = bot.clock()
    return lambda session: session.seen(is_online=is_online, at=at)


async def test_only_jobs_of_a_chat_call_a_chat() -> None:
    """So a chat that fails delays neither the work at TeamViewer and ServiceDesk Plus, nor another chat."""
    bot = BotInMemory(admin_channels={"C9": ChannelRef("C9")}, record=RecordKind.WORKLOG)
    await bot.start()
    await bot.open_home(ANA)
    ran: set[type[Job]] = set()
    session = await bot.accept_session(Kind.PILOT)
    ran |= await run_jobs_that_call_no_chat(bot)
    for is_online in (True, False):
        await bot.change(session.id, seen_now(bot, is_online=is_online))
        bot.clock.move(minutes=12)
        ran |= await run_jobs_that_call_no_chat(bot)
    admin_channel = Place("C9")
    commands: list[tuple[Command, Technician]] = [
        (OnSession(Verb.REINVITE, session.id), ANA),
        (OnSession(Verb.RENEW, session.id), ANA),
        (SwitchWidget(on=False), ADA),
        (ChangeAdmin(actor_of(ANA).user), ADA),
        (OnSession(Verb.END, session.id), ANA),
        (Logout(), ANA),
    ]
    for command, by in commands:
        await bot.send(command, by, admin_channel)
        ran |= await run_jobs_that_call_no_chat(bot)
    await LimitationMonitor(bot.unit_of_work, bot.clock).record(Limitation.REPLIES, Text("It said no."))
    bot.clock.move(minutes=30)
    for job in (Sweep(up_seconds=3600), EndSession(session.id, ENDED_BY_SERVICEDESK, "desk")):
        async with bot.unit_of_work.write() as tx:
            await tx.enqueue(job, key=job.tag)
        ran |= await run_jobs_that_call_no_chat(bot)
    works_outside = {CreateSession, EndSession, SendNotice, AddNote, ReadReports, CheckDeparture, WriteRecord}
    works_outside |= {RenewSession, AddRenewalNote}
    assert works_outside | {RevokeConnections, AnnounceChange, WarnAdmins, RefreshTechnicians, Sweep} <= ran
