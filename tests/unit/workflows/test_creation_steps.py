"""The steps of a creation rely on what the step before has read, and look again where it matters or where time has passed."""

import pytest
from support.bot_in_memory import ADA, ANA, REFUSED, BotInMemory, actor_of
from support.creations import job_of
from support.fakes.steps import Crash, ResumedSteps

from bot.commands import AddRule
from bot.model.notice import Channel, Recipient
from bot.model.session import State
from bot.values import replace
from bot.workflows.notice_notes import PLANNED_NOTICES


async def test_sender_who_lost_access_while_the_request_was_read_gets_no_session(bot: BotInMemory) -> None:
    """Nobody is asked again: what is stored of them by then counts."""
    session = await bot.accept_session()

    async def become_guest() -> None:
        async with bot.unit_of_work.write() as tx:
            guest = replace(bot.slack.profiles[actor_of(ANA)], is_guest=True)
            await tx.people.store_profile(guest, bot.clock())

    bot.steps.after["look up the request"] = become_guest
    await bot.run_jobs()
    failed = await bot.session(session.id)
    assert failed.state is State.FAILED
    assert "Guests cannot run sessions" in str(failed.problem)
    assert bot.teamviewer.created == []
    assert bot.slack.calls.count("profile") == 0


def test_first_mail_goes_through_servicedesk() -> None:
    """It is sent by the switches of a moment before. Each call to ServiceDesk Plus asks for them by itself; a mail server does not."""
    assert PLANNED_NOTICES[0] == (Recipient.REQUESTER, Channel.REPLY)


async def test_rule_of_that_moment_decides_whether_a_mail_is_needed(bot: BotInMemory) -> None:
    """A rule that is added before TeamViewer is asked counts. One that comes later is for the next sessions."""
    for moment, state in (("look up the request", State.ENDED), ("open the session", State.WAITING)):
        session = await bot.accept_session()
        bot.servicedesk.fail_once("reply", REFUSED)
        bot.mailer.fail_once("send", REFUSED)

        async def add_rule() -> None:
            await bot.send(AddRule("mail sessions"), by=ADA)

        bot.steps.after[moment] = add_rule
        await bot.run_jobs()
        assert (await bot.session(session.id)).state is state
        async with bot.unit_of_work.write() as tx:
            for one in await tx.policy.rules():
                await tx.policy.remove(one.number)


async def test_run_that_resumes_the_job_looks_for_a_rule(bot: BotInMemory) -> None:
    """It does not know by which rules an earlier run created the session."""
    session = await bot.accept_session()
    job = job_of(bot)
    await bot.send(AddRule("mail sessions"), by=ADA)
    bot.unit_of_work.take_jobs()
    steps = ResumedSteps(dies_after=1)
    with pytest.raises(Crash):
        await bot.run_job(job, steps)
    assert (await bot.session(session.id)).state is State.WAITING
    bot.servicedesk.fail_once("reply", REFUSED)
    bot.mailer.fail_once("send", REFUSED)
    await bot.run_job(job, steps)
    await bot.run_jobs()
    assert (await bot.session(session.id)).state is State.ENDED
