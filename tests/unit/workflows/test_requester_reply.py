"""Send the requester's mail as a reply, once, and remember where ServiceDesk Plus refuses replies."""

import pytest
from support.bot_in_memory import AWAY, LOST, REFUSED, BotInMemory

from bot.email_templates import EmailText
from bot.errors import BotError, NotAllowed, NotAuthorized, NotFound, NotSupported, Rejected, Unavailable
from bot.i18n import Text
from bot.model.limitation import Limitation
from bot.model.notice import Channel, Notice, NoticeState
from bot.model.request import Requester
from bot.model.session import Session
from bot.values import replace
from bot.workflows.requester_reply import RETRY_REFUSED_REPLIES_AFTER, ReplySender

EMAIL = EmailText("Re: 101", "text", "<p>html</p>")
NO_REPLIES = NotSupported(Text("It does not take replies."))
BUSY = Unavailable(Text("Too many calls."), retry_after=300)
BUSY_SHORTLY = Unavailable(Text("Too many calls."), retry_after=5)


def sender(bot: BotInMemory) -> ReplySender:
    return bot.workflows.services.notices._reply_sender


async def pending(bot: BotInMemory) -> tuple[Notice, Session]:
    """Return the requester's notice of a session whose job has not run, and the session."""
    session = await bot.open_session()
    (sent,) = [one for one in await bot.notices(session.id) if one.channel is Channel.REPLY]
    notice = replace(sent, state=NoticeState.PENDING, attempted_at=None)
    async with bot.unit_of_work.write() as tx:
        assert await tx.notices.save(notice, known_state=NoticeState.SENT)
    bot.servicedesk.replies.clear()
    return notice, session


async def is_limited(bot: BotInMemory) -> bool:
    async with bot.unit_of_work.read() as tx:
        return await tx.limitations.get(Limitation.REPLIES) is not None


async def was_attempted(bot: BotInMemory, notice: Notice) -> bool:
    return (await bot.notice(notice.id)).attempted_at is not None


@pytest.mark.parametrize(
    ("error", "raised", "may_be_sent", "remembered"),
    [
        (REFUSED, Rejected, False, False),
        (NO_REPLIES, NotSupported, False, True),
        (NotAuthorized(Text("No access.")), NotAuthorized, False, False),
        (NotAllowed(Text("Off.")), NotAllowed, False, False),
        (AWAY, Unavailable, False, False),
        (BUSY_SHORTLY, Unavailable, False, False),
        (BUSY, Rejected, False, False),
        (LOST, type(LOST), True, False),
    ],
    ids=["refused", "unsupported", "no access", "off", "away", "busy shortly", "busy", "lost"],
)
async def test_failure_says_whether_the_reply_may_have_been_sent(
    bot: BotInMemory, error: BotError, raised: type[BotError], *, may_be_sent: bool, remembered: bool
) -> None:
    notice, session = await pending(bot)
    bot.servicedesk.fail_once("reply", error)
    with pytest.raises(BotError) as caught:
        await sender(bot).send_reply(notice, session, EMAIL)
    assert type(caught.value) is raised
    assert await was_attempted(bot, notice) is may_be_sent
    assert await is_limited(bot) is remembered


async def test_long_pause_is_waited_for_without_a_mail_server(bot: BotInMemory) -> None:
    """There is no faster way then."""
    notice, session = await pending(bot)
    bot.mailer.is_configured = False
    bot.servicedesk.fail_once("reply", BUSY)
    with pytest.raises(Unavailable) as caught:
        await sender(bot).send_reply(notice, session, EMAIL)
    assert caught.value.retry_after == BUSY.retry_after


async def test_known_limitation_makes_no_call_until_the_next_try(bot: BotInMemory) -> None:
    notice, session = await pending(bot)
    bot.servicedesk.fail_once("reply", NO_REPLIES)
    bot.servicedesk.calls.clear()
    for _attempt in range(3):
        with pytest.raises(Rejected):
            await sender(bot).send_reply(notice, session, EMAIL)
    assert bot.servicedesk.calls == ["reply"]
    bot.clock.move(seconds=RETRY_REFUSED_REPLIES_AFTER.total_seconds())
    await sender(bot).send_reply(notice, session, EMAIL)
    assert len(bot.servicedesk.replies) == 1
    assert not await is_limited(bot)


async def test_reply_whose_answer_was_lost_is_looked_for_before_it_is_sent_again(bot: BotInMemory) -> None:
    notice, session = await pending(bot)
    with_marker = replace(EMAIL, html=f"<p>{notice.id}</p>")
    bot.servicedesk.fail_once("reply", LOST)
    with pytest.raises(type(LOST)):
        await sender(bot).send_reply(notice, session, with_marker)
    await sender(bot).send_reply(notice, session, with_marker)
    assert len(bot.servicedesk.replies) == 1


@pytest.mark.parametrize("requester", [None, Requester("", None), Requester("Rita", None)])
async def test_reply_without_an_address_is_not_sent(bot: BotInMemory, requester: Requester | None) -> None:
    notice, session = await pending(bot)
    with pytest.raises(NotFound):
        await sender(bot).send_reply(notice, replace(session, requester=requester), EMAIL)
    assert not await was_attempted(bot, notice)
