"""Put a new TeamViewer session in the place of the one before."""

from datetime import timedelta

import pytest
from support.bot_in_memory import (
    ADA,
    ANA,
    AWAY,
    BEN,
    CHANNEL,
    PRIVATE,
    REFUSED,
    REQUEST,
    BotInMemory,
    actor_of,
)
from support.renewals import RENEW, accepted, last_answer, renew
from support.transfers import accept, offer, open_session, run_jobs

from bot.commands import Place
from bot.i18n import Language
from bot.jobs import AddRenewalNote, RemindOfExpiry, RenewSession, SendNotice, SendReply, Sweep
from bot.model.audit import Action
from bot.model.notice import Channel, NoticeState, Recipient
from bot.model.request import Requester
from bot.model.session import ORPHAN_AFTER, VALID_FOR, Kind, Session, State
from bot.model.session_connection import SessionConnection
from bot.model.technician import Platform
from bot.ports import ConnectionReport
from bot.values import replace
from bot.views.pages import Message
from bot.views.session import SessionCard
from bot.workflows.expiry_reminder import BEFORE, enqueue_due_reminders


def link_of(session: Session) -> str:
    assert session.supporter_link is not None
    return session.supporter_link.reveal()


async def test_new_session_takes_the_place_of_the_one_before(bot: BotInMemory) -> None:
    before = await bot.open_session()
    bot.clock.move(hours=23)
    await renew(bot)
    session = await bot.session(before.id)
    assert before.code is not None
    assert session.former_codes == (before.code,)
    assert bot.teamviewer.open_codes == {session.code}
    assert session.valid_until == bot.clock() + VALID_FOR
    assert session.state is State.WAITING
    assert session.join_token == before.join_token
    assert [new.description for new in bot.teamviewer.created] == ["#101 Printer is on fire"] * 2
    assert Action.SESSION_RENEWED in await bot.actions()


async def test_join_page_leads_to_an_open_session_at_every_moment(bot: BotInMemory) -> None:
    session = await bot.open_session()
    seen: list[bool] = []

    async def look() -> None:
        now = await bot.session(session.id)
        seen.append(now.code in bot.teamviewer.open_codes)

    for call in ("session_status", "create_session", "close_session"):
        bot.teamviewer.before_return[call] = look
    bot.steps.after["replace the session at TeamViewer"] = look
    await renew(bot)
    await look()
    assert seen == [True] * 5


async def test_requester_gets_one_email_and_no_sms(bot: BotInMemory) -> None:
    """The SMS of the invitation leads to the join page, which leads to the new session."""
    session = await bot.open_session(Kind.PILOT)
    replies, texts = len(bot.servicedesk.replies), len(bot.texter.sent)
    await renew(bot)
    assert len(bot.servicedesk.replies) == replies + 1
    assert len(bot.texter.sent) == texts
    renewed = await bot.session(session.id)
    assert renewed.requester_link is not None
    html = bot.servicedesk.replies[-1].html
    assert renewed.requester_link.reveal() in html
    assert "The session was renewed." in html
    planned = [one for one in await bot.notices(session.id) if one.recipient is Recipient.REQUESTER]
    assert [one.state for one in planned if not one.channel.is_sms] == [NoticeState.SENT] * 2


async def test_technician_gets_the_new_way_in_by_mail_and_in_chat(bot: BotInMemory) -> None:
    session = await bot.open_session()
    await renew(bot)
    renewed = await bot.session(session.id)
    assert link_of(renewed) in bot.mailer.sent[-1].text
    assert bot.mailer.sent[-1].to == ANA.email
    assert "The link in an earlier e-mail no longer works." in bot.mailer.sent[-1].text
    links = [
        button.url.reveal()
        for answer in bot.answers
        if isinstance(answer.view, Message)
        for button in answer.view.buttons
        if hasattr(button, "url")
    ]
    assert link_of(renewed) in links
    assert {answer.to.actor for answer in bot.answers} == {actor_of(ANA)}


async def test_sdadmin_who_renews_gets_no_way_in(bot: BotInMemory) -> None:
    session = await bot.open_session()
    before = len(bot.answers)
    await renew(bot, ADA)
    renewed = await bot.session(session.id)
    for answer in bot.answers[before:]:
        if answer.to.actor == actor_of(ADA):
            assert link_of(renewed) not in repr(answer.view)
            assert isinstance(answer.view, Message)
            assert not [button for button in answer.view.buttons if hasattr(button, "url")]
    assert bot.mailer.sent[-1].to == ANA.email


@pytest.mark.parametrize("place", [CHANNEL, PRIVATE], ids=["in a channel", "in private"])
async def test_cards_show_the_new_session(bot: BotInMemory, place: Place) -> None:
    before = await bot.open_session(place=place)
    await renew(bot)
    session = await bot.session(before.id)
    (card,) = await bot.cards(session.id)
    shown = bot.shown(card)
    assert isinstance(shown, SessionCard)
    assert shown.code == session.code
    assert link_of(before) not in repr(shown.buttons)


async def test_answer_says_until_when_the_links_work(bot: BotInMemory) -> None:
    await bot.open_session()
    await renew(bot)
    said = [
        Language("en").say(answer.view.text) for answer in bot.answers if isinstance(answer.view, Message)
    ]
    assert any(
        one.startswith("The session for request #101 is renewed: its links work until ") for one in said
    )


async def test_requester_without_an_address_gets_no_email(bot: BotInMemory) -> None:
    bot.servicedesk.add_request(replace(REQUEST, requester=Requester("Rita", None, None)))
    session = await bot.open_session()
    replies, notices = len(bot.servicedesk.replies), len(await bot.notices(session.id))
    await bot.send(RENEW)
    (job,) = [one.job for one in bot.unit_of_work.take_jobs() if isinstance(one.job, RenewSession)]
    await bot.run_job(job)
    (answer,) = [one for one in bot.jobs if isinstance(one, SendReply)]
    assert "gets an e-mail" not in answer.details[0]
    await bot.run_jobs()
    assert len(bot.servicedesk.replies) == replies
    assert len(await bot.notices(session.id)) == notices + 1, "the technician's alone"


async def test_email_of_a_renewal_that_is_refused_goes_another_way(bot: BotInMemory) -> None:
    session = await bot.open_session()
    bot.servicedesk.fail_once("reply", REFUSED)
    bot.clock.move(hours=1)
    await renew(bot)
    assert [mail.to for mail in bot.mailer.sent].count("rita@example.com") == 1
    last = [one for one in await bot.notices(session.id) if one.recipient is Recipient.REQUESTER][-1]
    assert (last.channel, last.state) == (Channel.MAIL, NoticeState.SENT)
    assert any("sent by the bot’s own mail server" in note for _request, note in bot.servicedesk.notes)


async def test_note_on_the_request_names_both_codes(bot: BotInMemory) -> None:
    before = await bot.open_session()
    await renew(bot)
    session = await bot.session(before.id)
    (note,) = [one[1] for one in bot.servicedesk.notes if "was renewed by" in one[1]]
    assert f"Session {before.code} was renewed by Ana. Its new code is {session.code}." in note
    assert link_of(session) not in note


async def test_note_is_added_once(bot: BotInMemory) -> None:
    await bot.open_session()
    job = await accepted(bot)
    await bot.run_job(job)
    (note,) = [one for one in bot.jobs if isinstance(one, AddRenewalNote)]
    await bot.run_job(note)
    await bot.run_job(note)
    await bot.run_jobs()
    assert len([one for one in bot.servicedesk.notes if "was renewed by" in one[1]]) == 1


# The session before


async def test_somebody_in_the_session_before_is_left_there(bot: BotInMemory) -> None:
    """They came during the call that creates the new one. It is closed when they have left."""
    before = await bot.open_session()
    assert before.code is not None
    code = before.code

    async def come() -> None:
        bot.teamviewer.online.add(code)

    bot.teamviewer.before_return["create_session"] = come
    await renew(bot)
    session = await bot.session(before.id)
    assert bot.teamviewer.open_codes == {code, session.code}
    said = [last_answer_of(one.view) for one in bot.answers]
    assert (
        f"The session for request #101 is renewed, but meanwhile somebody came into the earlier one ({code})."
        in said
    )
    bot.clock.move(minutes=2)
    await bot.run_job(Sweep(up_seconds=0))
    assert code in bot.teamviewer.open_codes
    bot.teamviewer.online.clear()
    bot.clock.move(minutes=2)
    await bot.run_job(Sweep(up_seconds=0))
    assert bot.teamviewer.open_codes == {session.code}


def last_answer_of(view: object) -> str:
    return Language("en").say(view.text) if isinstance(view, Message) else ""


async def test_report_of_the_code_before_counts_for_the_session(bot: BotInMemory) -> None:
    """TeamViewer may report a connection long after its end."""
    before = await bot.open_session()
    start = bot.clock()
    await renew(bot)
    ended = start + timedelta(minutes=5)
    report = ConnectionReport(before.code, SessionConnection("r1", start, ended, "PC-1"))
    bot.teamviewer.reports.append(report)
    await bot.workflows.services.reports.read_reports(before.id)
    session = await bot.session(before.id)
    assert session.connected_seconds == 300
    assert session.state is State.WAITING


async def test_round_that_asked_about_the_code_before_does_not_end_the_session(bot: BotInMemory) -> None:
    """The round reads the sessions, then the renewal closes the one before, then TeamViewer says that it is closed."""
    before = await bot.open_session()
    bot.clock.move(hours=1)
    job = await accepted(bot)

    async def renew_meanwhile() -> None:
        await bot.run_job(job)

    assert before.code is not None
    bot.teamviewer.unlisted.add(before.code)
    bot.teamviewer.before_return["open_sessions"] = renew_meanwhile
    await bot.run_job(Sweep(up_seconds=0))
    session = await bot.session(before.id)
    assert session.former_codes == (before.code,)
    assert session.state is State.WAITING


async def test_renewed_session_is_reminded_of_once_more(bot: BotInMemory) -> None:
    session = await bot.open_session()

    async def reminders() -> int:
        bot.unit_of_work.take_jobs()
        await enqueue_due_reminders(bot.unit_of_work, bot.clock)
        return len([job for job in bot.jobs if isinstance(job, RemindOfExpiry)])

    bot.clock.move(seconds=(VALID_FOR - BEFORE).total_seconds())
    assert await reminders() == 1
    await renew(bot)
    assert await reminders() == 0
    bot.clock.move(seconds=(VALID_FOR - BEFORE).total_seconds())
    assert await reminders() == 1
    assert (await bot.session(session.id)).state is State.WAITING


async def test_close_that_fails_is_left_to_the_sweep(bot: BotInMemory) -> None:
    before = await bot.open_session()
    bot.teamviewer.fail_once("close_session", AWAY)
    await renew(bot)
    session = await bot.session(before.id)
    assert bot.teamviewer.open_codes == {before.code, session.code}
    bot.clock.move(minutes=6)
    await bot.run_job(Sweep(up_seconds=0))
    assert bot.teamviewer.open_codes == {session.code}


async def test_email_is_one_job_of_each_recipient(bot: BotInMemory) -> None:
    """So an outage of ServiceDesk Plus delays neither the technician's mail nor the close at TeamViewer."""
    await bot.open_session()
    await bot.run_job(await accepted(bot))
    assert {job.channel for job in bot.jobs if isinstance(job, SendNotice)} == {Channel.REPLY, Channel.MAIL}
    assert "close_session" in bot.teamviewer.calls


async def test_platform_of_the_renewal_gets_the_answer(bot: BotInMemory) -> None:
    await bot.open_session()
    await bot.send(RENEW, ANA, platform=Platform.TEAMS)
    await bot.run_jobs()
    (answer,) = bot.teams.answers
    assert last_answer_of(answer.view).startswith("The session for request #101 is renewed")


async def test_session_that_changes_hands_while_it_is_renewed_stays_in_the_new_account(
    bot: BotInMemory,
) -> None:
    """The new TeamViewer session is in the account of who had it before, so it is closed there, and nobody gets it."""
    session = await open_session(bot)
    transfer = await offer(bot, session)
    job = await accepted(bot, ADA)

    async def change_hands() -> None:
        await accept(bot, transfer)
        await run_jobs(bot)

    bot.teamviewer.before_return["create_session"] = change_hands
    await bot.run_job(job)
    await run_jobs(bot)
    now = await bot.session(session.id)
    assert (now.technician, now.code, now.former_codes) == (BEN.email, session.code, ())
    assert any("Ben took over the session for request #101 meanwhile" in line for line in last_answer(bot))
    bot.clock.move(seconds=ORPHAN_AFTER.total_seconds() + 1)
    await bot.finish_job(Sweep(0))
    assert bot.teamviewer.open_codes == {session.code}
