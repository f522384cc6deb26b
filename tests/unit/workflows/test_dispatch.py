"""Which workflow runs which job."""

from typing import get_args

import pytest
from support.bot_in_memory import ANA, REQUEST, BotInMemory, N, actor_of
from support.sessions import NOW

from bot.commands import Status, encode_command
from bot.i18n import Text
from bot.jobs import (
    AnnounceChange,
    ApplyAdminChange,
    AskAboutAccount,
    CloseOrphan,
    ConfirmConnection,
    CreateSession,
    DeliverAnswer,
    EndSession,
    IdentifyUser,
    Job,
    PingArrival,
    PingDeparture,
    PostCard,
    ReadReports,
    RefreshCards,
    RefreshHome,
    RefreshHomes,
    RemindOfExpiry,
    ReportClosedRequest,
    RevokeConnections,
    SendNotice,
    ShowHome,
    ShowPreview,
    ShowRequest,
    Sweep,
    WarnAdmins,
)
from bot.model.ids import CommandKey, ConnectionId, NoticeId, SessionId
from bot.model.pasted_link import PastedLink
from bot.model.technician import Platform

SESSION, COMMAND = SessionId("none"), CommandKey("none")
JOBS: list[Job] = [
    CreateSession(SESSION, COMMAND),
    EndSession(SESSION, "Ana", ANA.email),
    RefreshCards(SESSION),
    PostCard(SESSION, COMMAND),
    CloseOrphan(SESSION),
    ReadReports(SESSION),
    RemindOfExpiry(SESSION),
    PingArrival(SESSION, NOW, Platform.SLACK),
    PingDeparture(SESSION, NOW),
    SendNotice(SESSION, NoticeId("none"), COMMAND),
    ShowRequest(N, ANA.email, COMMAND),
    IdentifyUser(COMMAND, encode_command(Status())),
    DeliverAnswer(COMMAND),
    ShowHome(actor_of(ANA)),
    RefreshHome(actor_of(ANA)),
    RefreshHomes(),
    ShowPreview(actor_of(ANA), REQUEST.id, PastedLink(REQUEST.url, "C1", "m1", "", "")),
    ConfirmConnection(ConnectionId("none"), COMMAND),
    AskAboutAccount(ANA.email, "other@example.com", COMMAND),
    RevokeConnections(ANA.email, (ConnectionId("none"),), COMMAND),
    ApplyAdminChange(ANA.email, grants=False, by=ANA.email, by_name="Ana", command=COMMAND),
    AnnounceChange(Text("Done.").to_json(), COMMAND),
    WarnAdmins(Text("Refused.").to_json()),
    ReportClosedRequest(SESSION),
    Sweep(up_seconds=0),
]


@pytest.mark.parametrize("job", JOBS, ids=lambda job: job.tag)
async def test_job_about_something_that_is_gone_ends_without_a_fault(bot: BotInMemory, job: Job) -> None:
    await bot.run_job(job)
    assert bot.answers == []


def test_every_job_is_in_the_list() -> None:
    assert {type(job) for job in JOBS} == set(get_args(Job))
