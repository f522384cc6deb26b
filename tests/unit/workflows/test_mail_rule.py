"""Where a rule demands a mail to the requester, a session without one does not stay open."""

import pytest
from support.bot_in_memory import ADA, AWAY, LOST, REFUSED, REQUEST, BotInMemory, N

from bot.commands import AddRule, Create
from bot.jobs import CreateSession, EndSession
from bot.model.audit import Action
from bot.model.notice import NoticeState
from bot.model.session import State
from bot.values import replace
from bot.views.pages import Message


@pytest.fixture
async def bot() -> BotInMemory:
    """A bot with a rule that demands a mail for Paris, and a request from there."""
    bot = BotInMemory()
    await bot.start()
    bot.servicedesk.add_request(replace(REQUEST, site="Paris"))
    await bot.send(AddRule("mail sessions site:Paris"), by=ADA)
    bot.unit_of_work.take_jobs()
    return bot


async def create(bot: BotInMemory) -> None:
    await bot.send(Create(N))
    await bot.run_jobs()


def told(bot: BotInMemory) -> list[str]:
    views = [answer.view for answer in bot.slack.answers]
    return [str(one.text) for one in views if isinstance(one, Message) and "is being ended" in str(one.text)]


async def test_a_session_whose_requester_was_told_stays_open(bot: BotInMemory) -> None:
    await create(bot)
    (session,) = await bot.sessions()
    assert (session.state, told(bot)) == (State.WAITING, [])


async def test_a_mail_of_the_bots_own_server_is_one_too(bot: BotInMemory) -> None:
    bot.servicedesk.fail_once("reply", REFUSED)
    await create(bot)
    (session,) = await bot.sessions()
    assert (session.state, told(bot)) == (State.WAITING, [])


async def fail_every_mail(bot: BotInMemory, error: Exception = REFUSED) -> None:
    bot.servicedesk.fail_once("reply", error)
    bot.mailer.fail_once("send", error)


async def test_a_session_without_a_mail_is_ended_at_teamviewer_and_its_technician_is_told(
    bot: BotInMemory,
) -> None:
    """A note that the requester can see is no mail."""
    await fail_every_mail(bot)
    await create(bot)
    (session,) = await bot.sessions()
    assert (session.state, session.ended_by) == (State.ENDED, "tvbot")
    assert bot.teamviewer.open_codes == set()
    (said,) = told(bot)
    assert said.startswith(f"The session for request #{N} is being ended: no e-mail to its requester")
    assert "Rule 1 does not allow this: The requester must get an e-mail for site “Paris”" in said
    assert (await bot.audited())[-1].action is Action.SESSION_ENDED
    assert (await bot.audited())[-1].by == "tvbot"


async def test_a_mail_of_which_nobody_knows_whether_it_was_sent_is_none(bot: BotInMemory) -> None:
    bot.servicedesk.fail_once("reply", LOST)
    bot.servicedesk.fail_once("has_reply", AWAY)
    await create(bot)
    (session,) = await bot.sessions()
    assert session.state in {State.ENDED, State.WAITING}
    notice = (await bot.notices(session.id))[0]
    assert (session.state is State.WAITING) is (notice.state is NoticeState.SENT)


async def test_no_other_session_is_ended(bot: BotInMemory) -> None:
    bot.servicedesk.add_request(replace(REQUEST, site="Lyon"))
    await fail_every_mail(bot)
    await create(bot)
    (session,) = await bot.sessions()
    assert (session.state, told(bot)) == (State.WAITING, [])


async def test_a_step_that_runs_again_ends_it_once(bot: BotInMemory) -> None:
    await fail_every_mail(bot)
    await bot.send(Create(N))
    (queued,) = bot.unit_of_work.take_jobs()
    assert isinstance(queued.job, CreateSession)
    await bot.run_job(queued.job, key=queued.key)
    for _again in range(2):
        await bot.workflows.services.mail_rule.end_unmailed(queued.job)
    assert len([one for one in bot.jobs if isinstance(one, EndSession)]) == 1
    await bot.run_jobs()
    assert len(told(bot)) == 1


async def test_an_end_that_fails_is_reported_and_the_session_stays(bot: BotInMemory) -> None:
    await fail_every_mail(bot)
    bot.teamviewer.fail_once("close_session", REFUSED)
    await create(bot)
    (session,) = await bot.sessions()
    assert session.state is State.WAITING
    views = [one.view for one in bot.slack.answers if isinstance(one.view, Message)]
    (failed,) = [one for one in views if "could not be ended" in str(one.text)]
    assert [str(one) for one in failed.details] == [f"To end the session yourself, type `/tv end {N}`."]
