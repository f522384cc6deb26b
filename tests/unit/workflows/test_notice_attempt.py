"""A notice whose call never left is sent by the next process, once, by every channel."""

import asyncio

import pytest
from support.bot_in_memory import BotInMemory
from support.fakes.service import FakeService

from bot.jobs import SendNotice
from bot.model.ids import NoticeId
from bot.model.notice import Channel, NoticeState, Recipient
from bot.model.session import Kind
from bot.values import replace
from bot.workflows.notice_attempt import unmark_attempted


def sender_of(bot: BotInMemory, channel: Channel) -> tuple[FakeService, str]:
    """Return the fake that sends a channel's notices, and its method."""
    match channel:
        case Channel.REPLY:
            return bot.servicedesk, "reply"
        case Channel.NOTE:
            return bot.servicedesk, "add_note"
        case Channel.MAIL:
            return bot.mailer, "send"
        case Channel.SMS:
            return bot.texter, "send"
        case Channel.TEAMVIEWER_SMS:
            return bot.teamviewer, "send_sms"
        case _:
            raise AssertionError("a message in a chat is sent by InviteInChat")


async def pending_notice(bot: BotInMemory, channel: Channel) -> SendNotice:
    """Return the job of a new notice of an open session."""
    session = await bot.open_session(Kind.PILOT)
    (sent, *_others) = await bot.notices(session.id)
    notice = replace(
        sent,
        id=NoticeId("again"),
        recipient=Recipient.REQUESTER,
        channel=channel,
        state=NoticeState.PENDING,
        attempted_at=None,
    )
    async with bot.unit_of_work.write() as tx:
        await tx.notices.add(notice)
    for service in (bot.servicedesk, bot.mailer, bot.texter, bot.teamviewer):
        service.calls.clear()
    return SendNotice(session.id, notice.id, channel)


@pytest.mark.parametrize("channel", [one for one in Channel if not one.is_chat])
async def test_notice_whose_call_never_left_is_sent_by_the_next_process(channel: Channel) -> None:
    bot = BotInMemory(sms_channel=channel if channel.is_sms else Channel.SMS)
    await bot.start()
    job = await pending_notice(bot, channel)
    service, method = sender_of(bot, channel)
    service.fail_once(method, asyncio.CancelledError())
    with pytest.raises(asyncio.CancelledError):
        await bot.run_job(job)
    stopped = await bot.notice(job.notice)
    assert (stopped.state, stopped.attempted_at) == (NoticeState.PENDING, None)
    await bot.run_job(job)
    assert (await bot.notice(job.notice)).state is NoticeState.SENT
    assert service.calls.count(method) == 2


@pytest.mark.parametrize("channel", [Channel.SMS, Channel.TEAMVIEWER_SMS])
async def test_sms_that_was_cut_short_is_unsure(channel: Channel) -> None:
    """It has left, so a second one could cost money and confuse the requester."""
    bot = BotInMemory(sms_channel=channel)
    await bot.start()
    job = await pending_notice(bot, channel)
    service, method = sender_of(bot, channel)

    async def stop() -> None:
        raise asyncio.CancelledError

    service.before_return[method] = stop
    with pytest.raises(asyncio.CancelledError):
        await bot.run_job(job)
    await bot.run_job(job)
    assert (await bot.notice(job.notice)).state is NoticeState.UNSURE
    assert service.calls.count(method) == 1


async def test_result_that_was_stored_meanwhile_stays(bot: BotInMemory) -> None:
    job = await pending_notice(bot, Channel.MAIL)
    await bot.run_job(job)
    sent = await bot.notice(job.notice)
    await unmark_attempted(replace(sent, state=NoticeState.PENDING), bot.unit_of_work)
    assert await bot.notice(job.notice) == sent
