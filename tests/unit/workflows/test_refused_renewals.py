"""What keeps a session from being renewed, and what is left then."""

from support.bot_in_memory import ANA, LOST, REFUSED, BotInMemory, actor_of
from support.renewals import accepted, last_answer, renew

from bot.commands import Logout
from bot.jobs import Sweep
from bot.model.session import ORPHAN_AFTER, Session
from bot.values import replace


async def expect_failure(bot: BotInMemory, before: Session, why: str) -> None:
    """Expect that the session is as it was, that its technician reads why, and that nothing else is open."""
    session = await bot.session(before.id)
    assert (session.code, session.former_codes, session.supporter_link) == (
        before.code,
        before.former_codes,
        before.supporter_link,
    )
    text, *details = last_answer(bot)
    assert text.startswith("The session for request #101 could not be renewed.")
    assert why in text
    if session.is_usable:
        assert details
        assert details[0].startswith("It stays open, and its links work until ")
    bot.clock.move(seconds=ORPHAN_AFTER.total_seconds())
    await bot.run_job(Sweep(up_seconds=0))
    assert bot.teamviewer.open_codes <= {session.code}


async def test_refusal_of_teamviewer_leaves_the_session_as_it_is(bot: BotInMemory) -> None:
    before = await bot.open_session()
    bot.teamviewer.fail_once("create_session", REFUSED)
    await renew(bot)
    await expect_failure(bot, before, "It said no.")


async def test_session_that_was_created_without_an_answer_is_closed_later(bot: BotInMemory) -> None:
    before = await bot.open_session()
    bot.teamviewer.fail_once("create_session", LOST)
    await renew(bot)
    assert len(bot.teamviewer.open_codes) == 2
    await expect_failure(bot, before, "No answer came.")


async def test_failed_renewal_does_not_keep_the_next_one_from_beginning(bot: BotInMemory) -> None:
    before = await bot.open_session()
    bot.teamviewer.fail_once("create_session", REFUSED)
    await renew(bot)
    await renew(bot)
    assert (await bot.session(before.id)).former_codes == (before.code,)


async def test_requester_who_came_since_the_last_round_keeps_their_session(bot: BotInMemory) -> None:
    before = await bot.open_session()
    assert before.code is not None
    bot.teamviewer.online.add(before.code)
    await renew(bot)
    assert len(bot.teamviewer.created) == 1
    await expect_failure(bot, before, "Rita is there")


async def test_session_that_was_closed_at_teamviewer_is_not_renewed(bot: BotInMemory) -> None:
    before = await bot.open_session()
    bot.teamviewer.open_codes.clear()
    await renew(bot)
    assert len(bot.teamviewer.created) == 1
    await expect_failure(bot, before, "is over")


async def test_session_of_an_account_that_is_not_connected_is_not_renewed(bot: BotInMemory) -> None:
    before = await bot.open_session()
    job = await accepted(bot)
    await bot.send(Logout(sure=True))
    await bot.finish_job(job)
    assert len(bot.teamviewer.created) == 1
    text = last_answer(bot)[0]
    assert "Ana is no longer connected to the TeamViewer account of this session." in text
    assert (await bot.session(before.id)).former_codes == ()


async def test_integration_that_is_switched_off_meanwhile_renews_nothing(bot: BotInMemory) -> None:
    before = await bot.open_session()
    job = await accepted(bot)
    await bot.switch(integration=False)
    await bot.finish_job(job)
    assert len(bot.teamviewer.created) == 1
    await bot.switch()
    await expect_failure(bot, before, "switched off")


async def test_guest_who_was_a_technician_renews_nothing(bot: BotInMemory) -> None:
    before = await bot.open_session()
    job = await accepted(bot)
    account = actor_of(ANA)
    bot.slack.profiles[account] = replace(bot.slack.profiles[account], is_guest=True)
    bot.clock.move(minutes=2)
    await bot.finish_job(job)
    assert len(bot.teamviewer.created) == 1
    assert (await bot.session(before.id)).code == before.code
