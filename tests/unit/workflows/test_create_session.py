"""Create a session at TeamViewer, or report why that is impossible."""

from datetime import timedelta

import pytest
from support.bot_in_memory import (
    ANA,
    AWAY,
    PRIVATE,
    REFUSED,
    REQUEST,
    BotInMemory,
    N,
    actor_of,
    expect_current_cards,
)
from support.creations import job_of

from bot.commands import Auth, Create, Logout
from bot.errors import BotError, NotAuthorized, NotFound, Unavailable
from bot.i18n import Text
from bot.jobs import (
    AddNoteAtLatest,
    PostCard,
    SendNotice,
    SendSupporterLink,
)
from bot.model.audit import Action, AuditEntry
from bot.model.notice import Channel, NoticeState, Recipient
from bot.model.request import Requester
from bot.model.session import VALID_FOR, Kind, Session, State
from bot.model.technician import Platform
from bot.values import replace
from bot.views.pages import Message
from bot.views.parts import Button, LinkButton, Tone
from bot.views.session import SessionCard, notice_text

BUSY = Unavailable(Text("Too many calls."), retry_after=300)


def last_message(bot: BotInMemory) -> Message:
    """Return the last answer."""
    view = bot.answers[-1].view
    assert isinstance(view, Message)
    return view


async def stored(bot: BotInMemory, session: Session) -> bool:
    return session.id in {one.id for one in await bot.sessions()}


async def test_session_is_created_with_everything_that_the_request_says(bot: BotInMemory) -> None:
    session = await bot.accept_session(note="second floor")
    await bot.run_jobs()
    created = await bot.session(session.id)
    assert created.state is State.WAITING
    assert (created.subject, created.request_id) == (REQUEST.subject, REQUEST.id)
    assert (created.requester, created.request_url) == (REQUEST.requester, REQUEST.url)
    assert (created.account, created.valid_until) == ("u1", bot.clock() + VALID_FOR)
    (remote,) = bot.teamviewer.created
    assert (remote.key, remote.kind) == (session.id, Kind.REMOTE)
    assert remote.description == "#101 Printer is on fire\nsecond floor"
    assert (remote.requester_name, remote.requester_email) == ("Rita", "rita@example.com")


async def test_created_session_is_audited_once(bot: BotInMemory) -> None:
    session = await bot.open_session()
    subject = f"#{N} {session.code}"
    assert await bot.audited() == [AuditEntry(bot.clock(), ANA.email, Action.SESSION_CREATED, subject)]


async def test_long_descriptions_and_names_are_cut_to_what_teamviewer_accepts(bot: BotInMemory) -> None:
    requester = replace(REQUEST.requester, name="R" * 300)
    bot.servicedesk.add_request(replace(REQUEST, subject="S" * 9000, requester=requester))
    await bot.open_session()
    (remote,) = bot.teamviewer.created
    assert (len(remote.description), len(remote.requester_name)) == (4000, 100)


async def test_requester_and_technician_are_notified_and_the_request_gets_a_note(bot: BotInMemory) -> None:
    session = await bot.open_session()
    notices = {(one.recipient, one.channel): one.state for one in await bot.notices(session.id)}
    assert notices == {
        (Recipient.REQUESTER, Channel.REPLY): NoticeState.SENT,
        (Recipient.TECHNICIAN, Channel.MAIL): NoticeState.SENT,
    }
    assert [one.to for one in bot.servicedesk.replies] == ["rita@example.com"]
    assert [one.to for one in bot.mailer.sent] == [ANA.email]
    ((request_id, note),) = bot.servicedesk.notes
    assert request_id == REQUEST.id
    assert session.id in note


async def test_supporter_link_goes_to_the_technician_alone(bot: BotInMemory) -> None:
    session = await bot.open_session()
    assert session.supporter_link is not None
    link = session.supporter_link.reveal()
    (reply,), (mail,), ((_request, note),) = bot.servicedesk.replies, bot.mailer.sent, bot.servicedesk.notes
    assert link in mail.text
    assert link not in reply.html + note


async def test_card_in_a_channel_is_for_everybody_and_the_way_in_for_the_creator(bot: BotInMemory) -> None:
    session = await bot.open_session()
    await expect_current_cards(bot, session.id)
    (card,) = await bot.cards(session.id)
    shown = bot.shown(card)
    assert isinstance(shown, SessionCard)
    assert not [one for one in shown.buttons if isinstance(one, LinkButton)]
    links = [one.url for one in last_message(bot).buttons if isinstance(one, LinkButton)]
    assert links == [session.supporter_link, session.web_client_link]


async def test_card_in_private_holds_the_way_in_itself(bot: BotInMemory) -> None:
    session = await bot.open_session(place=PRIVATE)
    (card,) = await bot.cards(session.id)
    shown = bot.shown(card)
    assert isinstance(shown, SessionCard)
    links = [one.url for one in shown.buttons if isinstance(one, LinkButton)]
    assert links == [session.supporter_link, session.web_client_link]
    assert bot.answers == []


async def test_card_that_shows_its_creator_more_needs_no_message(bot: BotInMemory) -> None:
    await bot.open_session(platform=Platform.TEAMS)
    assert bot.answers == []


@pytest.mark.parametrize("error", [NotFound(Text("No.")), REFUSED, AWAY], ids=lambda one: type(one).__name__)
async def test_session_of_a_request_that_cannot_be_read_is_dropped(bot: BotInMemory, error: BotError) -> None:
    session = await bot.accept_session()
    bot.servicedesk.fail_once("request", error)
    await bot.run_jobs()
    assert not await stored(bot, session)
    assert last_message(bot).tone is Tone.PROBLEM
    assert bot.teamviewer.calls == []


async def test_session_of_a_request_in_the_trash_is_dropped(bot: BotInMemory) -> None:
    bot.servicedesk.add_request(replace(REQUEST, is_trashed=True))
    session = await bot.accept_session()
    await bot.run_jobs()
    assert not await stored(bot, session)
    assert bot.teamviewer.calls == []
    assert str(last_message(bot).text) == (
        "Request #101 is in the trash of ServiceDesk Plus. Restore it there first."
    )


async def test_session_of_a_closed_request_is_dropped(bot: BotInMemory) -> None:
    bot.servicedesk.add_request(replace(REQUEST, is_closed=True, status="Closed"))
    session = await bot.accept_session()
    await bot.run_jobs()
    assert not await stored(bot, session)
    assert "Closed" in str(last_message(bot).text)


async def test_session_after_a_dropped_one_is_accepted(bot: BotInMemory) -> None:
    bot.servicedesk.fail_once("request", AWAY)
    await bot.accept_session()
    await bot.run_jobs()
    assert (await bot.open_session()).state is State.WAITING


async def test_wait_for_servicedesk_is_reported_once(bot: BotInMemory) -> None:
    session = await bot.accept_session()
    creator, key = bot.workflows.services.creator, job_of(bot).command
    for _attempt in range(2):
        bot.servicedesk.fail_once("request", AWAY)
        with pytest.raises(type(AWAY)):
            await creator.look_up_request(session.id, key)
    await creator.look_up_request(session.id, key)
    assert (await bot.session(session.id)).problem is None
    await bot.run_jobs()
    (answer,) = bot.answers
    assert isinstance(answer.view, Message)
    assert answer.view.tone is Tone.WAIT


async def test_card_says_until_when_teamviewer_wants_to_be_left_alone(bot: BotInMemory) -> None:
    session = await bot.accept_session()
    creator = bot.workflows.services.creator
    await creator.look_up_request(session.id, job_of(bot).command)
    bot.teamviewer.fail_once("create_session", BUSY)
    with pytest.raises(Unavailable):
        await creator.open_session(session.id)
    problem = (await bot.session(session.id)).problem
    assert problem is not None
    assert problem.template == "{why} The bot tries again after {time}."
    assert problem.values["time"] == bot.clock() + timedelta(seconds=300)


async def test_failed_session_says_from_when_on_a_new_try_makes_sense(bot: BotInMemory) -> None:
    session = await bot.accept_session()
    bot.teamviewer.fail_once("create_session", BUSY)
    await bot.run_jobs()
    problem = (await bot.session(session.id)).problem
    assert problem is not None
    assert problem.template == "{why} Try again after {time}."
    assert problem.values["time"] == bot.clock() + timedelta(seconds=300)


async def test_session_that_teamviewer_refuses_fails_with_the_reason(bot: BotInMemory) -> None:
    session = await bot.accept_session()
    bot.teamviewer.fail_once("create_session", REFUSED)
    await bot.run_jobs()
    failed = await bot.session(session.id)
    assert (failed.state, failed.problem) == (State.FAILED, REFUSED.text)
    assert last_message(bot).tone is Tone.PROBLEM
    assert list(last_message(bot).buttons) == []
    assert await bot.notices(session.id) == []
    await expect_current_cards(bot, session.id)


async def test_lost_authorization_is_answered_with_a_button_that_connects(bot: BotInMemory) -> None:
    await bot.accept_session()
    bot.teamviewer.fail_once("create_session", NotAuthorized(Text("Lost.")))
    await bot.run_jobs()
    (button,) = last_message(bot).buttons
    assert isinstance(button, Button)
    assert button.command == Auth()


async def test_session_of_somebody_who_disconnected_meanwhile_fails(bot: BotInMemory) -> None:
    session = await bot.accept_session()
    job = job_of(bot)
    await bot.send(Logout(sure=True))
    bot.unit_of_work.take_jobs()
    await bot.run_job(job)
    assert (await bot.session(session.id)).state is State.FAILED
    assert bot.teamviewer.created == []


async def test_creation_asks_no_chat_and_enqueues_all_else(bot: BotInMemory) -> None:
    """The session and the requester's mail come first. The card, the notices and the note are jobs of their own."""
    session = await bot.accept_session(Kind.PILOT)
    job = job_of(bot)
    await bot.run_job(job)
    assert bot.slack.calls == []
    assert bot.teamviewer.open_codes != set()
    assert [one.to for one in bot.servicedesk.replies] == ["rita@example.com"]
    mail, sms = (one for one in await bot.notices(session.id) if one.state is NoticeState.PENDING)
    assert set(bot.jobs) == {
        PostCard(Platform.SLACK, session.id, job.command, is_first=True),
        SendNotice(session.id, mail.id, mail.channel),
        SendNotice(session.id, sms.id, sms.channel),
        SendSupporterLink(Platform.SLACK, session.id),
        AddNoteAtLatest(session.id),
    }
    assert {mail.channel, sms.channel} == {Channel.MAIL, Channel.SMS}


async def test_integration_switched_off_before_the_job_runs_creates_nothing(bot: BotInMemory) -> None:
    session = await bot.accept_session()
    await bot.switch(integration=False)
    await bot.run_jobs()
    assert not await stored(bot, session)
    assert bot.teamviewer.calls == bot.servicedesk.calls == []


async def test_session_that_is_not_stored_is_answered_as_unknown(bot: BotInMemory) -> None:
    session = await bot.accept_session()
    async with bot.unit_of_work.write() as tx:
        await tx.sessions.delete(session.id)
    await bot.run_jobs()
    assert last_message(bot).tone is Tone.PROBLEM


@pytest.mark.parametrize(
    ("requester", "line"),
    [
        (
            Requester("", None),
            (
                "E-mail to the requester: not sent. The request names no requester. "
                "Press “Get link” and send the link yourself."
            ),
        ),
        (
            Requester("Rita", None),
            (
                "E-mail to Rita: not sent. The request shows no e-mail address. "
                "Press “Get link” and send the link yourself."
            ),
        ),
    ],
    ids=["no requester", "no address"],
)
async def test_session_whose_requester_gets_no_mail_says_what_to_do(
    bot: BotInMemory, requester: Requester, line: str
) -> None:
    bot.servicedesk.add_request(replace(REQUEST, requester=requester))
    session = await bot.open_session()
    reply = next(one for one in await bot.notices(session.id) if one.channel is Channel.REPLY)
    assert (session.state, reply.state) == (State.WAITING, NoticeState.SKIPPED)
    assert str(notice_text(reply, session)) == line
    (mail,) = bot.mailer.sent
    assert ("of Rita" in mail.text) is bool(requester.name)


async def test_retried_command_of_the_same_key_shows_the_same_session(bot: BotInMemory) -> None:
    await bot.send(Create(N), key="k1")
    await bot.run_jobs()
    await bot.send(Create(N), key="k1")
    await bot.run_jobs()
    assert len(bot.teamviewer.created) == 1
    assert actor_of(ANA) == bot.answers[-1].to.actor
