"""Which workflow runs which job."""

from typing import get_args

import pytest
from support.bot_in_memory import ANA, REQUEST, BotInMemory, N, actor_of
from support.sessions import NOW

from bot.commands import Status, encode_command
from bot.i18n import Text
from bot.jobs import (
    JOB_CODEC,
    AddNote,
    AnnounceChange,
    AnnounceInChannel,
    ApplyAdminChange,
    AskAboutAccount,
    ChatJob,
    ConfirmConnection,
    CreateSession,
    DeliverAnswer,
    EndSession,
    IdentifyUser,
    Job,
    PingArrival,
    PingDeparture,
    PostCard,
    Queue,
    ReadReports,
    RefreshCard,
    RefreshCards,
    RefreshHome,
    RefreshHomes,
    RefreshTechnicians,
    RemindOfExpiry,
    ReportClosedRequest,
    RevokeConnections,
    SendNotice,
    SendReply,
    SendSupporterLink,
    ShowHome,
    ShowPreview,
    ShowRequest,
    Sweep,
    WarnAdmins,
    WriteRecord,
    queue_name,
)
from bot.model.card import Audience, Card
from bot.model.ids import CommandKey, ConnectionId, NoticeId, SessionId
from bot.model.notice import Channel
from bot.model.pasted_link import PastedLink
from bot.model.technician import Platform
from bot.views.parts import Tone

SESSION, COMMAND = SessionId("none"), CommandKey("none")
SLACK = Platform.SLACK
JOBS: list[Job] = [
    CreateSession(SESSION, COMMAND),
    EndSession(SESSION, "Ana", ANA.email),
    RefreshCards(SESSION),
    RefreshCard(Card(SESSION, SLACK, "T1", "C1", "m1", Audience.SHARED, "en", "UTC")),
    PostCard(SLACK, SESSION, COMMAND),
    PostCard(SLACK, SESSION, COMMAND, is_first=True),
    SendSupporterLink(SLACK, SESSION),
    ReadReports(SESSION),
    RemindOfExpiry(SLACK, SESSION),
    PingArrival(SLACK, SESSION, NOW),
    WriteRecord(SESSION),
    PingDeparture(SESSION, NOW),
    SendNotice(SESSION, NoticeId("none"), Channel.REPLY, COMMAND),
    AddNote(SESSION),
    AddNote(SESSION, NoticeId("none")),
    ShowRequest(SLACK, N, ANA.email, COMMAND),
    IdentifyUser(actor_of(ANA), COMMAND, encode_command(Status())),
    DeliverAnswer(SLACK, COMMAND),
    SendReply(SLACK, COMMAND, Text("Done.").to_json(), Tone.GOOD),
    ShowHome(actor_of(ANA)),
    RefreshHome(actor_of(ANA)),
    RefreshHomes(),
    ShowPreview(actor_of(ANA), REQUEST.id, PastedLink(REQUEST.url, "C1", "m1", "", "")),
    ConfirmConnection(SLACK, ConnectionId("none"), COMMAND),
    AskAboutAccount(SLACK, ANA.email, "other@example.com", COMMAND),
    RevokeConnections((ConnectionId("none"),), COMMAND),
    ApplyAdminChange(SLACK, ANA.email, grants=False, by=ANA.email, by_name="Ana", command=COMMAND),
    AnnounceChange(Text("Done.").to_json(), COMMAND),
    WarnAdmins(Text("Refused.").to_json()),
    ReportClosedRequest(SESSION),
    AnnounceInChannel(SLACK, "C9", Text("Done.").to_json(), COMMAND),
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
    assert [JOB_CODEC.decode(JOB_CODEC.encode(job)) for job in JOBS] == JOBS


@pytest.mark.parametrize("job", [job for job in JOBS if isinstance(job, ChatJob)], ids=lambda job: job.tag)
def test_job_of_a_chat_has_a_queue_of_its_platform(job: ChatJob) -> None:
    """A chat that fails delays no other chat, and nothing that is no chat."""
    assert queue_name(job) == f"{job.queue}/slack"


def test_each_kind_of_work_has_a_queue_of_its_own() -> None:
    names = {queue_name(job) for job in JOBS}
    assert {name.partition("/")[0] for name in names} == set(Queue)
    assert {queue_name(SendNotice(SESSION, NoticeId("n"), channel)) for channel in Channel} == {
        f"notice/{channel}" for channel in Channel
    }
    assert (
        queue_name(IdentifyUser(actor_of(ANA), COMMAND, encode_command(Status()))) == "sender/slack/T1/UANA"
    )
