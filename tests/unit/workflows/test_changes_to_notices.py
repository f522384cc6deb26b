"""Changes while a notice is sent are not lost."""

import pytest
from support.bot_in_memory import ANA, AWAY, REFUSED, REQUEST, BotInMemory, expect_current_cards

from bot.commands import SendAgain
from bot.jobs import AddNote, SendNotice
from bot.model.ids import SessionId
from bot.model.notice import Channel, Notice, NoticeState
from bot.model.secret import Secret
from bot.model.session import Kind, State
from bot.values import replace


async def first_notice(bot: BotInMemory, session_id: SessionId, channel: Channel) -> Notice:
    """Return the oldest notice of a session that goes by one channel."""
    return next(one for one in await bot.notices(session_id) if one.channel is channel)


def set_phone(bot: BotInMemory, phone: Secret) -> None:
    """Change the requester's number in ServiceDesk Plus."""
    bot.servicedesk.add_request(replace(REQUEST, requester=replace(REQUEST.requester, phone=phone)))


async def set_notice_state(bot: BotInMemory, notice: Notice, state: NoticeState) -> None:
    """Store the result of a notice, as another process does."""
    async with bot.unit_of_work.write() as tx:
        assert await tx.notices.save(replace(notice, state=state), known_state=NoticeState.PENDING)


async def test_session_that_ends_while_a_notice_is_sent_keeps_that_it_was_sent(bot: BotInMemory) -> None:
    session = await bot.accept_session()
    bot.servicedesk.before_return["reply"] = lambda: bot.end(session.id)
    await bot.run_jobs()
    states = {one.channel: one.state for one in await bot.notices(session.id)}
    assert states == {Channel.REPLY: NoticeState.SENT, Channel.MAIL: NoticeState.SKIPPED}
    assert bot.mailer.sent == []
    await expect_current_cards(bot, session.id)


@pytest.mark.parametrize("state", [NoticeState.SENT, NoticeState.UNSURE, NoticeState.FAILED])
async def test_notice_finished_by_another_process_during_the_send_keeps_that_result(
    bot: BotInMemory, state: NoticeState
) -> None:
    session = await bot.accept_session()

    async def finish() -> None:
        await set_notice_state(bot, await first_notice(bot, session.id, Channel.REPLY), state)

    bot.servicedesk.before_return["reply"] = finish
    await bot.run_jobs()
    assert (await first_notice(bot, session.id, Channel.REPLY)).state is state


async def test_notice_sent_by_another_process_while_this_send_fails_stays_sent(bot: BotInMemory) -> None:
    session = await bot.accept_session()

    async def finish() -> None:
        await set_notice_state(bot, await first_notice(bot, session.id, Channel.REPLY), NoticeState.SENT)

    bot.servicedesk.before_return["reply"] = finish
    bot.servicedesk.fail_once("reply", AWAY)
    await bot.run_jobs()
    assert (await first_notice(bot, session.id, Channel.REPLY)).state is NoticeState.SENT


async def test_notice_sent_by_another_process_while_this_one_is_refused_is_not_mailed_too(
    bot: BotInMemory,
) -> None:
    session = await bot.accept_session()

    async def finish() -> None:
        await set_notice_state(bot, await first_notice(bot, session.id, Channel.REPLY), NoticeState.SENT)

    bot.servicedesk.before_return["reply"] = finish
    bot.servicedesk.fail_once("reply", REFUSED)
    await bot.run_jobs()
    assert [mail.to for mail in bot.mailer.sent] == [ANA.email]


async def test_notice_sent_by_another_process_while_its_reply_is_refused_stays_sent(bot: BotInMemory) -> None:
    session = await bot.accept_session()

    async def finish() -> None:
        await set_notice_state(bot, await first_notice(bot, session.id, Channel.REPLY), NoticeState.SENT)

    bot.servicedesk.before_return["reply"] = finish
    bot.servicedesk.fail_once("reply", REFUSED)
    await bot.run_jobs()
    notice = await first_notice(bot, session.id, Channel.REPLY)
    assert (notice.state, notice.attempted_at is None) == (NoticeState.SENT, False)


@pytest.mark.parametrize("state", [NoticeState.SENT, NoticeState.UNSURE, NoticeState.FAILED])
async def test_notice_finished_by_another_process_while_its_note_is_added_keeps_that_result(
    bot: BotInMemory, state: NoticeState
) -> None:
    bot.mailer.is_configured = False
    session = await bot.accept_session()

    async def finish() -> None:
        await set_notice_state(bot, await first_notice(bot, session.id, Channel.NOTE), state)

    bot.servicedesk.before_return["add_note"] = finish
    bot.servicedesk.fail_once("reply", REFUSED)
    await bot.run_jobs()
    assert (await first_notice(bot, session.id, Channel.NOTE)).state is state
    assert len(bot.servicedesk.public_notes) == 1


async def test_integration_switched_off_while_a_notice_is_sent_stops_the_next_one(bot: BotInMemory) -> None:
    session = await bot.accept_session()
    bot.servicedesk.before_return["reply"] = lambda: bot.switch(integration=False)
    await bot.run_jobs()
    assert bot.mailer.sent == []
    assert (await first_notice(bot, session.id, Channel.REPLY)).state is NoticeState.SENT


@pytest.mark.parametrize("channel", [Channel.SMS, Channel.TEAMVIEWER_SMS])
async def test_sms_sent_by_another_process_during_the_send_is_stored_once(channel: Channel) -> None:
    bot = BotInMemory(sms_channel=channel)
    await bot.start()
    session = await bot.accept_session(Kind.PILOT)

    async def finish() -> None:
        await set_notice_state(bot, await first_notice(bot, session.id, channel), NoticeState.UNSURE)

    bot.texter.before_return["send"] = finish
    bot.teamviewer.before_return["send_sms"] = finish
    await bot.run_jobs()
    assert (await first_notice(bot, session.id, channel)).state is NoticeState.UNSURE
    assert len(bot.texter.sent) + len(bot.teamviewer.sms) == 1


async def test_session_that_ends_while_its_number_is_read_again_gets_no_sms(bot: BotInMemory) -> None:
    set_phone(bot, Secret("0612345678"))
    session = await bot.open_session(Kind.PILOT)
    set_phone(bot, Secret("+33612345678"))
    bot.clock.move(minutes=1)
    await bot.send(SendAgain(session.id, (await first_notice(bot, session.id, Channel.SMS)).id))
    bot.servicedesk.before_return["request_by_id"] = lambda: bot.end(session.id)
    await bot.run_jobs()
    assert bot.texter.sent == []
    assert (await bot.session(session.id)).state is State.ENDED
    await expect_current_cards(bot, session.id)


async def test_requester_who_arrives_while_the_number_is_read_again_stays_there(bot: BotInMemory) -> None:
    set_phone(bot, Secret("0612345678"))
    session = await bot.open_session(Kind.PILOT)
    set_phone(bot, Secret("+33612345678"))
    bot.clock.move(minutes=1)
    await bot.send(SendAgain(session.id, (await first_notice(bot, session.id, Channel.SMS)).id))
    bot.servicedesk.before_return["request_by_id"] = lambda: bot.change(
        session.id, lambda one: one.seen(is_online=True, at=bot.clock())
    )
    await bot.run_jobs()
    assert [number for number, _text in bot.texter.sent] == ["+33612345678"]
    assert (await bot.session(session.id)).state is State.PRESENT


async def test_notice_that_is_sent_while_the_note_is_written_gets_a_note_of_its_own(bot: BotInMemory) -> None:
    session = await bot.accept_session()
    (creating,) = bot.unit_of_work.take_jobs()
    await bot.run_job(creating.job)
    (sending,) = [one.job for one in bot.unit_of_work.take_jobs() if isinstance(one.job, SendNotice)]
    bot.servicedesk.before_return["add_note"] = lambda: bot.run_job(sending)
    await bot.run_job(AddNote(session.id))
    await bot.run_jobs()
    first, second = (note for _request, note in bot.servicedesk.notes)
    assert ("on its way" in first, "E-mail to Ana: sent" in second) == (True, True)
