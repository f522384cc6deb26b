"""Tell a technician that their session ended because its request was closed."""

from support.bot_in_memory import ANA, AWAY, BEN, REFUSED, BotInMemory, actor_of

from bot.jobs import EndSession, ReportClosedRequest
from bot.model.ids import SessionId
from bot.model.session import Session, State
from bot.model.technician import Platform
from bot.use_cases.request_closed import BY
from bot.values import replace
from bot.views.pages import Message


def reports(bot: BotInMemory) -> list[Message]:
    """Return the private messages about a closed request."""
    views = [chat.messages[place] for chat in (bot.slack, bot.teams) for place in chat.private]
    return [one for one in views if isinstance(one, Message) and "was closed" in str(one.text)]


async def close(bot: BotInMemory, session: Session) -> None:
    await bot.run_job(EndSession(session.id, BY, BY))
    await bot.run_jobs()


async def test_technician_who_may_be_connected_is_told_to_close_the_window(bot: BotInMemory) -> None:
    session = await bot.open_session()
    await bot.change(session.id, lambda one: one.seen(is_online=True, at=bot.clock()))
    await close(bot, session)
    (report,) = reports(bot)
    assert "#101" in str(report.text)
    assert ["close the TeamViewer window" in str(one) for one in report.details] == [True]
    assert list(bot.slack.private.values())[-1] == actor_of(ANA)


async def test_session_that_was_still_being_created_has_no_link_to_speak_of(bot: BotInMemory) -> None:
    session = await bot.accept_session()
    bot.unit_of_work.take_jobs()
    await close(bot, session)
    assert (await bot.session(session.id)).state is State.ENDED
    assert [one.details for one in reports(bot)] == [[]]


async def test_repeated_close_is_reported_once(bot: BotInMemory) -> None:
    session = await bot.open_session()
    await close(bot, session)
    await close(bot, session)
    assert len(reports(bot)) == 1


async def test_end_by_a_technician_is_not_reported(bot: BotInMemory) -> None:
    session = await bot.open_session()
    await bot.run_job(EndSession(session.id, "Ana", ANA.email))
    await bot.run_jobs()
    assert reports(bot) == []


async def test_report_goes_to_the_chat_where_the_session_was_created(bot: BotInMemory) -> None:
    session = await bot.open_session(platform=Platform.TEAMS)
    await close(bot, session)
    assert list(bot.teams.private.values())[-1] == actor_of(ANA, Platform.TEAMS)
    assert len(reports(bot)) == 1


async def test_report_goes_to_the_other_chat_where_the_first_one_refuses_it(bot: BotInMemory) -> None:
    session = await bot.open_session()
    bot.slack.fail_once("post_private", REFUSED)
    await close(bot, session)
    assert list(bot.teams.private.values()) == [actor_of(ANA, Platform.TEAMS)]


async def test_report_goes_to_the_other_chat_while_the_first_one_is_away(bot: BotInMemory) -> None:
    session = await bot.open_session()
    bot.slack.fail_once("post_private", AWAY)
    await close(bot, session)
    assert list(bot.teams.private.values()) == [actor_of(ANA, Platform.TEAMS)]
    assert len(reports(bot)) == 1


async def test_report_comes_later_while_every_chat_is_away(bot: BotInMemory) -> None:
    session = await bot.open_session()
    bot.slack.fail_once("post_private", AWAY)
    bot.teams.fail_once("post_private", AWAY)
    await bot.run_job(ReportClosedRequest(session.id))
    assert reports(bot) == []
    await bot.run_jobs()
    assert len(reports(bot)) == 1


async def test_report_that_no_chat_takes_in_private_answers_the_command(bot: BotInMemory) -> None:
    session = await bot.open_session()
    bot.slack.fail_once("post_private", REFUSED)
    bot.teams.fail_once("post_private", REFUSED)
    await close(bot, session)
    view = bot.answers[-1].view
    assert isinstance(view, Message)
    assert "was closed" in str(view.text)


async def test_technician_who_got_the_session_later_is_told(bot: BotInMemory) -> None:
    """The command that created it was another technician's."""
    session = await bot.open_session()
    await bot.connect(BEN)
    await bot.change(session.id, lambda one: replace(one, technician=BEN.email, version=one.version + 1))
    await close(bot, session)
    assert list(bot.slack.private.values())[-1] == actor_of(BEN)


async def test_session_that_is_gone_is_not_reported(bot: BotInMemory) -> None:
    await bot.run_job(ReportClosedRequest(SessionId("none")))
    assert reports(bot) == []
