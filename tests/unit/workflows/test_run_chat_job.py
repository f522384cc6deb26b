"""Jobs that show something in a chat: no other job calls a chat, and each has a queue of its platform."""

from collections.abc import Callable
from typing import get_args

import pytest
from support.bot_in_memory import ADA, ANA, BotInMemory, actor_of
from support.every_job import JOBS

from bot.commands import (
    ChangeAdmin,
    Command,
    Logout,
    OnSession,
    Place,
    SwitchWidget,
    Verb,
)
from bot.i18n import ChannelRef, Text
from bot.jobs import (
    AddNote,
    AddRenewalNote,
    AnnounceChange,
    ApplyAdminChange,
    ChatJob,
    CheckDeparture,
    ConfirmAddress,
    CreateSession,
    EndSession,
    IdentifyUser,
    Job,
    OfferSession,
    Queue,
    ReadReports,
    RefreshTechnicians,
    RenewSession,
    RereadProfile,
    RevokeConnections,
    SendNotice,
    ShowRequest,
    Sweep,
    WarnAdmins,
    WriteRecord,
    queue_name,
)
from bot.model.limitation import Limitation
from bot.model.session import ENDED_BY_SERVICEDESK, Kind, Session
from bot.model.session_record import RecordKind
from bot.model.technician import Technician
from bot.workflows.limitations import LimitationMonitor


@pytest.mark.parametrize("job", [job for job in JOBS if isinstance(job, ChatJob)], ids=lambda job: job.tag)
def test_job_of_a_chat_has_a_queue_of_its_platform(job: ChatJob) -> None:
    """A chat that fails delays no other chat, and nothing that is no chat. A message may go to any of them."""
    is_anywhere = job.queue is Queue.MESSAGE
    assert queue_name(job) == (job.queue if is_anywhere else f"{job.queue}/slack")


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
