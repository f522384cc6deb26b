"""No job shows a link to somebody who was a technician when it was enqueued, and is none any more."""

from datetime import UTC, datetime
from typing import get_args

import pytest
from support.bot_in_memory import (
    ANA,
    BEN,
    CHANNEL,
    PRIVATE,
    REQUEST,
    BotInMemory,
    N,
    actor_of,
)
from support.careful_scene import ACCOUNTS, MAIL, NO_PLAN, OUTAGE, SLACK, THE_SESSION, Scene, new_scene

from bot.commands import (
    OnSession,
    Verb,
    encode_command,
)
from bot.freshness import LOOK_AGAIN_AFTER
from bot.i18n import Text
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
from bot.jobs import ShowHome as ShowHomeJob
from bot.model.ids import (
    CommandKey,
    ConnectionId,
    NoticeId,
    RenewalId,
    TransferId,
)
from bot.model.invitation import Invitation
from bot.model.notice import Channel
from bot.model.pasted_link import PastedLink
from bot.model.plan import PlanNews
from bot.model.session import Session
from bot.model.technician import Platform
from bot.model.transfer import TransferNews
from bot.values import replace
from bot.views.parts import Tone

NO_TRANSFER = TransferId("none")


INVITED = Invitation.new(
    THE_SESSION,
    (ANA.email, "Ana"),
    (BEN.email, "Ben"),
    CommandKey("invited"),
    datetime(2026, 11, 24, tzinfo=UTC),
)
"""Somebody may be invited to a session that they created, after it was handed over."""


@pytest.fixture(params=[CHANNEL, PRIVATE], ids=["created in a channel", "created in private"])
async def scene(bot: BotInMemory, request: pytest.FixtureRequest) -> Scene:
    return await new_scene(bot, request.param)


def jobs_of(session: Session, command: CommandKey, scene_cards: list[RefreshCard]) -> list[Job]:
    """Return one job of each kind about a session. The waiting command asks for its links."""
    assert session.arrival_began_at is not None
    enter = encode_command(OnSession(Verb.ENTER, session.id))
    said = Text("Done.").to_json()
    warning = WarnAdmins("test", said)
    return [
        *scene_cards,
        *(CreateSession(session.id, command), RefreshCards(session.id)),
        *(PostCard(SLACK, session.id, command), PostCard(SLACK, session.id, command, is_first=True)),
        SettlePost(Platform.TEAMS, "T1", CHANNEL.channel, "m1", session.id, "marker"),
        TellCardPlace(SLACK, session.id, command),
        *(PostOutage(SLACK, OUTAGE), RefreshOutage(SLACK, OUTAGE)),
        SettleOutage(Platform.TEAMS, CHANNEL.channel, "m1", OUTAGE, "marker"),
        *(SendSupporterLink(SLACK, session.id), RemindOfExpiry(SLACK, session.id), ReadReports(session.id)),
        *(PingArrival(platform, session.id, session.arrival_began_at) for platform in Platform),
        *(PingDeparture(SLACK, session.id, session.arrival_began_at), WriteRecord(session.id)),
        CheckDeparture(session.id, session.arrival_began_at),
        *(SendNotice(session.id, NoticeId("none"), Channel.REPLY), AddNote(session.id)),
        SendNotice(session.id, MAIL, Channel.MAIL),
        *(job(SLACK, NoticeId("none")) for job in (InviteInChat, RefreshInvitation, PingDecline)),
        AddNoteAtLatest(session.id),
        *_renewal_jobs(session, command),
        *(ShowRequest(SLACK, N, ANA.email, command), IdentifyUser(actor_of(ANA), command, enter)),
        *(DeliverAnswer(SLACK, command), SendReply(SLACK, command, said, Tone.GOOD)),
        *(ShowHomeJob(actor) for actor in ACCOUNTS),
        *(RefreshHome(actor) for actor in ACCOUNTS),
        *(
            RefreshAllHomes(command),
            RefreshAllCards(command),
            RefreshHomes(ANA.email),
            RereadProfile(actor_of(ANA)),
        ),
        ShowPreview(actor_of(ANA), REQUEST.id, PastedLink(REQUEST.url, "C1", "m1", "", "")),
        *(ConfirmConnection(SLACK, ConnectionId("none"), command), RevokeConnections((), command)),
        AskAboutAccount(SLACK, ANA.email, "other@example.com", ConnectionId("none"), command),
        ApplyAdminChange(SLACK, "UBEN", grants=True, by=ANA.email, by_name="Ana", command=command),
        ConfirmAddress(SLACK, "UBEN", by=ANA.email, by_name="Ana", command=command),
        RunChecks(SLACK, command),
        PostReport(SLACK, "C9", "2026-11-01"),
        *(AnnounceChange(said, command), AnnounceInChannel(SLACK, "C9", said, command)),
        warning,
        *(WarnInChannel(SLACK, "C9", warning), WarnAdmin(ANA.email, warning)),
        *(RefreshTechnicians(), ReportClosedRequest(session.id), Sweep(up_seconds=3600)),
        ReportLostConnection(ConnectionId("none")),
        PostInvitation(SLACK, actor_of(ANA), (), session.id, ANA.email, INVITED.post_key),
        PingInvited(SLACK, session.id, ANA.email, session.arrival_began_at),
        AddInvitationNote(session.id, "Ana", "Ben", "marker"),
        InviteColleague(SLACK, session.id, "UBEN", ANA.email, "Ana", command),
        WithdrawInvitation(SLACK, session.id, "UBEN", ANA.email, "Ana", command),
        *(MoveSession(NO_TRANSFER), ExpireOffer(NO_TRANSFER), AddTransferNote(NO_TRANSFER)),
        *(PreparePlan(SLACK, NO_PLAN), ShowPlan(SLACK, NO_PLAN), MailPlan(NO_PLAN, 0, PlanNews.PLANNED)),
        TellOfPlan(NO_PLAN, PlanNews.REMINDER),
        TellOfTransfer(NO_TRANSFER, TransferNews.RECEIVED),
        OfferSession(SLACK, session.id, BEN.email, ANA.email, "Ana", command),
        EndSession(session.id, "Ben", BEN.email),
    ]


def _renewal_jobs(session: Session, command: CommandKey) -> list[Job]:
    assert session.code is not None
    renewal = RenewalId("none")
    return [
        RenewSession(session.id, renewal, "Ana", ANA.email, command),
        AddRenewalNote(session.id, renewal, "Ana", session.code, session.code, session.created_at),
    ]


async def test_no_job_reveals_a_link(scene: Scene) -> None:
    """Neither what answers her command, nor what follows her session by itself: cards, homes, pings, reminders."""
    bot = scene.bot
    async with bot.unit_of_work.read() as tx:
        key = await tx.sessions.command_key(scene.session.id)
    assert key is not None
    cards = [RefreshCard(card) for card in await bot.cards(scene.session.id)]
    invited = replace(INVITED, session_id=scene.session.id)
    async with bot.unit_of_work.write() as tx:
        await tx.invitations.save(invited)
    jobs = [
        replace(job, command=invited.post_key) if isinstance(job, PostInvitation) else job
        for job in jobs_of(scene.session, key, cards)
    ]
    assert {type(job) for job in jobs} == set(get_args(Job))
    for job in jobs:
        await _forget_that_she_is_a_guest(bot)
        await bot.finish_job(job)
        assert scene.shown_links() == [], job
        assert scene.mailed_links() == [], job


async def _forget_that_she_is_a_guest(bot: BotInMemory) -> None:
    """Store Ana's profile as it was before, so that each job finds what the first one found."""
    async with bot.unit_of_work.write() as tx:
        for actor in ACCOUNTS:
            stored = await tx.people.profile(actor)
            assert stored is not None
            at = bot.clock() - 2 * LOOK_AGAIN_AFTER
            await tx.people.store_profile(replace(stored[0], is_guest=False), at)
