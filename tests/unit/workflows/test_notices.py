"""Send notices: replies on the request and mails."""

import pytest
from support.bot_in_memory import AWAY, LOST, REFUSED, REQUEST, BotInMemory, N
from support.fakes.steps import BrokenInside

from bot.commands import Create, OnSession, Verb
from bot.errors import BotError, NotAuthorized, NotSupported
from bot.i18n import Text
from bot.jobs import AddNote, SendNotice
from bot.model.ids import CommandKey, NoticeId, SessionId
from bot.model.notice import Channel, Notice, NoticeState, Recipient
from bot.model.session import Kind, Session
from bot.values import replace
from bot.views.pages import Message
from bot.views.parts import Tone
from bot.views.session import notice_text

LATER = NotAuthorized(Text("ServiceDesk Plus is not connected."))


def last_message(bot: BotInMemory) -> Message:
    view = bot.answers[-1].view
    assert isinstance(view, Message)
    return view


async def requester_notice(bot: BotInMemory, session: Session, channel: Channel) -> Notice:
    """Return the newest notice to the requester by one channel."""
    notices = await bot.notices(session.id)
    return next(
        one for one in reversed(notices) if (one.recipient, one.channel) == (Recipient.REQUESTER, channel)
    )


async def create(bot: BotInMemory, kind: Kind = Kind.REMOTE) -> Session:
    """Create a session while something was made to fail."""
    session = await bot.accept_session(kind)
    await bot.run_jobs()
    return await bot.session(session.id)


async def set_pending(bot: BotInMemory, notice: Notice) -> None:
    """Store a notice as not finished, as it is when the process dies after the call."""
    async with bot.unit_of_work.write() as tx:
        await tx.notices.save(replace(notice, state=NoticeState.PENDING), known_state=notice.state)


async def reinvite(bot: BotInMemory) -> None:
    """Ask for the requester to be notified again, a while after the session was created."""
    bot.clock.move(minutes=1)
    await bot.send(OnSession(Verb.REINVITE, N))


@pytest.mark.parametrize("error", [REFUSED, LATER], ids=lambda one: type(one).__name__)
async def test_refused_reply_goes_out_as_a_mail(bot: BotInMemory, error: BotError) -> None:
    bot.servicedesk.fail_once("reply", error)
    session = await create(bot)
    notice = await requester_notice(bot, session, Channel.MAIL)
    assert notice.state is NoticeState.SENT
    assert sorted(one.to for one in bot.mailer.sent) == ["ana@example.com", "rita@example.com"]
    assert bot.servicedesk.replies == []


async def test_refused_reply_without_a_mail_server_becomes_a_note_for_the_requester(bot: BotInMemory) -> None:
    bot.mailer.is_configured = False
    bot.servicedesk.fail_once("reply", REFUSED)
    session = await create(bot)
    notice = await requester_notice(bot, session, Channel.NOTE)
    assert (notice.state, notice.problem) == (NoticeState.SENT, REFUSED.text)
    ((request, html),) = bot.servicedesk.public_notes
    assert request == REQUEST.id
    assert session.join_token in html
    line = str(notice_text(notice, session))
    assert line.startswith("E-mail to Rita: not sent. It said no. The link is in a note")
    # The supporter link is the technician's alone.
    assert session.supporter_link is not None
    assert session.supporter_link.reveal() not in html


async def test_reply_refused_by_both_ways_becomes_a_note_with_the_last_reason(bot: BotInMemory) -> None:
    bot.servicedesk.fail_once("reply", REFUSED)
    reason = Text("No such mailbox.")
    bot.mailer.fail_once("send", type(REFUSED)(reason))
    notice = await requester_notice(bot, await create(bot), Channel.NOTE)
    assert (notice.state, notice.problem) == (NoticeState.SENT, reason)
    assert len(bot.servicedesk.public_notes) == 1


async def test_reply_refused_by_every_way_fails_with_the_last_reason(bot: BotInMemory) -> None:
    bot.mailer.is_configured = False
    bot.servicedesk.fail_once("reply", REFUSED)
    reason = Text("No notes here.")
    bot.servicedesk.fail_once("add_note", type(REFUSED)(reason))
    session = await create(bot)
    notice = await requester_notice(bot, session, Channel.NOTE)
    assert (notice.state, notice.problem) == (NoticeState.FAILED, reason)
    assert str(notice_text(notice, session)) == "E-mail to Rita: not sent. No notes here."


async def test_note_with_an_unknown_outcome_is_unsure(bot: BotInMemory) -> None:
    bot.mailer.is_configured = False
    bot.servicedesk.fail_once("reply", REFUSED)
    bot.servicedesk.fail_once("add_note", LOST)
    session = await create(bot)
    notice = await requester_notice(bot, session, Channel.NOTE)
    assert notice.state is NoticeState.UNSURE
    await set_pending(bot, notice)
    await bot.workflows.services.notices._send(notice.id)
    assert len(bot.servicedesk.public_notes) == 1


async def test_mail_without_an_answer_does_not_become_a_note(bot: BotInMemory) -> None:
    """The mail server may have sent it."""
    bot.servicedesk.fail_once("reply", REFUSED)
    bot.mailer.fail_once("send", AWAY)
    notice = await requester_notice(bot, await create(bot), Channel.MAIL)
    assert notice.state is NoticeState.FAILED
    assert bot.servicedesk.public_notes == []


async def test_reply_while_servicedesk_is_away_goes_out_as_a_mail(bot: BotInMemory) -> None:
    """Nothing can have been sent, and the requester waits."""
    bot.servicedesk.fail_once("reply", AWAY)
    session = await create(bot)
    notice = await requester_notice(bot, session, Channel.MAIL)
    assert notice.state is NoticeState.SENT
    assert sorted(one.to for one in bot.mailer.sent) == ["ana@example.com", "rita@example.com"]
    assert str(notice_text(notice, session)) == "E-mail to Rita: sent by the bot’s own mail server"


async def test_reply_that_may_have_been_sent_is_not_mailed_when_the_look_is_refused(bot: BotInMemory) -> None:
    """The first answer was lost, and the conversation cannot be read: a mail could be the second one."""
    session = await bot.open_session()
    await reinvite(bot)
    notice = await requester_notice(bot, session, Channel.REPLY)
    mails = len(bot.mailer.sent)
    bot.servicedesk.fail_once("reply", LOST)
    with pytest.raises(type(LOST)):
        await bot.workflows.services.notices._send(notice.id)
    bot.servicedesk.fail_once("has_reply", REFUSED)
    await bot.run_jobs()
    notice = await requester_notice(bot, session, Channel.REPLY)
    assert (notice.state, len(bot.mailer.sent)) == (NoticeState.UNSURE, mails)
    assert bot.servicedesk.public_notes == []


async def test_portal_that_refuses_replies_is_asked_once_and_announced_once(bot: BotInMemory) -> None:
    bot.servicedesk.fail_once("reply", NotSupported(Text("No replies here.")))
    await create(bot)
    await bot.send(Create(N, Kind.PILOT))
    await bot.run_jobs()
    assert bot.servicedesk.calls.count("reply") == 1
    assert [one.to for one in bot.mailer.sent].count("rita@example.com") == 2
    warnings = [view for view in bot.slack.messages.values() if isinstance(view, Message)]
    assert ["No replies here." in str(one.text) for one in warnings] == [True]


async def test_reply_with_an_unknown_outcome_is_unsure(bot: BotInMemory) -> None:
    bot.servicedesk.fail_once("reply", LOST)
    notice = await requester_notice(bot, await create(bot), Channel.REPLY)
    assert notice.state is NoticeState.UNSURE


async def test_reply_that_arrived_without_an_answer_is_not_sent_again(bot: BotInMemory) -> None:
    session = await bot.open_session()
    await reinvite(bot)
    notice = await requester_notice(bot, session, Channel.REPLY)
    sender = bot.workflows.services.notices
    bot.servicedesk.fail_once("reply", LOST)
    with pytest.raises(type(LOST)):
        await sender._send(notice.id)
    sent = len(bot.servicedesk.replies)
    await sender._send(notice.id)
    assert len(bot.servicedesk.replies) == sent
    assert (await bot.notice(notice.id)).state is NoticeState.SENT


async def test_reply_that_did_not_arrive_is_sent_again(bot: BotInMemory) -> None:
    session = await bot.open_session()
    await reinvite(bot)
    notice = await requester_notice(bot, session, Channel.REPLY)
    sender = bot.workflows.services.notices
    bot.servicedesk.fail_once("reply", AWAY)
    with pytest.raises(type(AWAY)):
        await sender._send(notice.id)
    await sender._send(notice.id)
    assert [one.marker for one in bot.servicedesk.replies if one.marker == notice.id] == [notice.id]


async def test_fault_before_the_call_fails_and_after_it_is_unsure(bot: BotInMemory) -> None:
    bot.servicedesk.fail_once("reply", BrokenInside())
    notice = await requester_notice(bot, await create(bot), Channel.REPLY)
    assert notice.state is NoticeState.UNSURE


async def test_mails_have_an_id_that_is_the_same_at_a_repeat(bot: BotInMemory) -> None:
    session = await bot.open_session()
    (mail,) = bot.mailer.sent
    notice = next(one for one in await bot.notices(session.id) if one.channel is Channel.MAIL)
    assert mail.message_id == f"<{notice.id}@tvbot>"


async def test_technician_mail_is_skipped_without_a_mail_server(bot: BotInMemory) -> None:
    bot.mailer.is_configured = False
    session = await create(bot)
    mail = next(one for one in await bot.notices(session.id) if one.channel is Channel.MAIL)
    assert mail.state is NoticeState.SKIPPED
    assert mail.problem is not None


async def test_technician_mail_is_in_their_own_language(bot: BotInMemory) -> None:
    for account, profile in bot.slack.profiles.items():
        async with bot.unit_of_work.write() as tx:
            await tx.people.store_profile(replace(profile, locale="fr-FR"), bot.clock())
        assert account == profile.actor
    await bot.open_session()
    assert "Bonjour" in bot.mailer.sent[0].text


@pytest.mark.parametrize(
    ("error", "tone"),
    [(None, Tone.GOOD), (REFUSED, Tone.PROBLEM), (LOST, Tone.PROBLEM)],
    ids=["sent", "added as a note", "lost"],
)
async def test_result_of_a_reinvitation_is_answered(
    bot: BotInMemory, error: BotError | None, tone: Tone
) -> None:
    bot.mailer.is_configured = False
    await bot.open_session()
    notes = len(bot.servicedesk.notes)
    if error is not None:
        bot.servicedesk.fail_once("reply", error)
    await reinvite(bot)
    await bot.run_jobs()
    assert last_message(bot).tone is tone
    assert len(bot.servicedesk.notes) == notes  # a reply, or a note, is on the request already


async def test_reinvitation_for_a_session_that_is_over_is_not_sent(bot: BotInMemory) -> None:
    session = await bot.open_session()
    await reinvite(bot)
    await bot.end(session.id)
    await bot.run_jobs()
    notice = await requester_notice(bot, session, Channel.REPLY)
    assert notice.state is NoticeState.SKIPPED
    assert len(bot.servicedesk.replies) == 1
    assert last_message(bot).tone is Tone.PROBLEM


async def test_reinvitation_with_the_integration_off_fails(bot: BotInMemory) -> None:
    session = await bot.open_session()
    await reinvite(bot)
    await bot.switch(integration=False)
    await bot.run_jobs()
    assert (await requester_notice(bot, session, Channel.REPLY)).state is NoticeState.FAILED
    assert len(bot.servicedesk.replies) == 1


async def test_notice_without_an_address_fails(bot: BotInMemory) -> None:
    session = await bot.open_session()
    await reinvite(bot)
    requester = replace(REQUEST.requester, email=None)
    await bot.change(session.id, lambda one: replace(one, requester=requester, version=one.version + 1))
    await bot.run_jobs()
    assert (await requester_notice(bot, session, Channel.REPLY)).state is NoticeState.FAILED
    assert (len(bot.mailer.sent), bot.servicedesk.public_notes) == (1, [])


async def test_job_for_a_notice_or_session_that_is_gone_does_nothing(bot: BotInMemory) -> None:
    session_id, notice_id = SessionId("none"), NoticeId("none")
    for job in (
        SendNotice(session_id, notice_id, Channel.REPLY, CommandKey("none")),
        AddNote(session_id),
        AddNote(session_id, notice_id),
    ):
        await bot.finish_job(job)
    assert (bot.answers, bot.servicedesk.calls) == ([], [])
