"""What changes while an outside call is under way is not lost.

Most work reads a state, makes an outside call and then writes a row. Each test here changes the state while the call is
under way, runs every job to its end, and expects the change in everything that shows it. ``STEPS`` and ``OTHER_PLACES``
name every such place, and say why a change cannot matter in the places that have no test.
"""

import ast
import asyncio
import inspect
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from support.bot_in_memory import ADA, ANA, BEN, PRIVATE, REQUEST, BotInMemory, N, actor_of
from support.fake_services import Hook, ImmediateSteps

import bot.workflows
from bot.authorizations import REVOKE_RETRY_AFTER, KeptTokens
from bot.commands import (
    Auth,
    ChangeAdmin,
    Create,
    Logout,
    OnSession,
    Show,
    SwitchIntegration,
    SwitchWidget,
    Verb,
    encode_command,
)
from bot.errors import NotAllowed, NotAuthorized, NotFound, OutcomeUnknown, Rejected, Unavailable
from bot.i18n import Text
from bot.jobs import (
    ApplyAdminChange,
    CloseOrphan,
    EndSession,
    IdentifyUser,
    PostCard,
    RecordDuration,
    RefreshCards,
    RefreshHomes,
    RemindOfExpiry,
    ShowHome,
    ShowPreview,
    Sweep,
)
from bot.model.audit import Action
from bot.model.card import Card
from bot.model.connection import Connection
from bot.model.ids import Email, SessionId
from bot.model.notice import Channel, Notice, NoticeState, Recipient
from bot.model.pasted_link import PastedLink
from bot.model.secret import Secret
from bot.model.session import Kind, Session, State
from bot.model.switches import Location
from bot.model.technician import Platform
from bot.ports import ConnectionReport, Posted
from bot.tokens import LeasedTokens
from bot.use_cases import authorize
from bot.views.pages import Message, StatusPage
from bot.views.parts import Tone
from bot.views.plain import hidden_card
from bot.views.session import make_session_card
from bot.workflows.sweep import STUCK_AFTER

AWAY = Unavailable(Text("It is away."))
REFUSED = Rejected(Text("It said no."))
LOST = OutcomeUnknown(Text("No answer came."))


async def expect_current_cards(bot: BotInMemory, session_id: SessionId) -> None:
    """Expect that every card of a session shows its state as it is now."""
    session, notices = await bot.session(session_id), await bot.notices(session_id)
    async with bot.unit_of_work.read() as tx:
        switches = await tx.switches.read()
    places = await bot.cards(session_id)
    assert places
    for place in places:
        current = make_session_card(session, notices, place.audience, is_on=switches.integration)
        is_hidden = switches.integration and switches.hides(Location.MESSAGE)
        assert bot.shown(place) == (hidden_card(current) if is_hidden else current)


def status_of(bot: BotInMemory) -> StatusPage:
    """Return the status that Ana's home shows."""
    home = bot.slack.homes[actor_of(ANA)]
    assert home.status is not None
    return home.status


async def first_notice(bot: BotInMemory, session_id: SessionId, channel: Channel) -> Notice:
    """Return the oldest notice of a session that goes by one channel."""
    return next(one for one in await bot.notices(session_id) if one.channel is channel)


async def set_notice_state(bot: BotInMemory, notice: Notice, state: NoticeState) -> None:
    """Store the result of a notice, as another process does."""
    async with bot.unit_of_work.write() as tx:
        assert await tx.notices.save(replace(notice, state=state), known_state=NoticeState.PENDING)


# Cards


async def test_session_that_changes_while_its_card_is_posted_ends_with_a_current_card(bot: BotInMemory) -> None:
    session = await bot.accept_session()

    async def give_up() -> None:
        await bot.change(session.id, lambda one: one.with_problem(Text("TeamViewer is away.")))

    bot.slack.before_return["post"] = give_up
    await bot.run_jobs()
    await expect_current_cards(bot, session.id)


async def test_session_that_ends_while_its_next_card_is_posted_ends_with_a_current_card(bot: BotInMemory) -> None:
    session = await bot.open_session()
    key = await bot.store_command(by=BEN)
    bot.slack.before_return["post"] = lambda: bot.end(session.id)
    await bot.run_job(PostCard(session.id, key))
    await bot.run_jobs()
    await expect_current_cards(bot, session.id)


async def test_card_posted_in_private_while_the_session_ends_is_current(bot: BotInMemory) -> None:
    session = await bot.accept_session(place=PRIVATE)
    bot.slack.before_return["post_private"] = lambda: bot.end(session.id)
    await bot.run_jobs()
    await expect_current_cards(bot, session.id)


async def test_switch_moved_while_a_card_is_posted_hides_that_card(bot: BotInMemory) -> None:
    session = await bot.accept_session()

    async def hide_cards() -> None:
        await bot.send(SwitchWidget(on=False, location=Location.MESSAGE), by=ADA)

    bot.slack.before_return["post"] = hide_cards
    await bot.run_jobs()
    await expect_current_cards(bot, session.id)


async def test_session_that_ends_while_its_cards_are_refreshed_ends_with_current_cards(bot: BotInMemory) -> None:
    session = await bot.open_session()
    await bot.run_job(PostCard(session.id, await bot.store_command(by=BEN)))
    bot.slack.before_return["update_card"] = lambda: bot.end(session.id)
    await bot.run_job(RefreshCards(session.id))
    await expect_current_cards(bot, session.id)


async def test_older_refresh_that_arrives_last_does_not_win(bot: BotInMemory) -> None:
    session = await bot.open_session()

    async def end_and_refresh() -> None:
        await bot.end(session.id)
        await bot.run_job(RefreshCards(session.id))

    bot.slack.before_return["update_card"] = end_and_refresh
    await bot.run_job(RefreshCards(session.id))
    await expect_current_cards(bot, session.id)


async def test_card_replaced_while_it_is_refreshed_does_not_stay_with_buttons(bot: BotInMemory) -> None:
    session = await bot.open_session()
    (earlier,) = await bot.cards(session.id)
    post_next = PostCard(session.id, await bot.store_command(by=BEN))
    overtaken: list[object] = []

    async def replace_card() -> None:
        shown = bot.shown(earlier)
        await bot.run_job(post_next)
        overtaken.append(bot.shown(earlier))
        bot.slack.messages[Posted(earlier.channel, earlier.message)] = shown  # the refresh arrives last

    bot.slack.before_return["update_card"] = replace_card
    await bot.run_job(RefreshCards(session.id))
    assert [bot.shown(earlier)] == overtaken
    assert isinstance(bot.shown(earlier), Message)
    await expect_current_cards(bot, session.id)


async def test_switch_moved_while_cards_are_refreshed_hides_them(bot: BotInMemory) -> None:
    session = await bot.open_session()
    bot.slack.before_return["update_card"] = lambda: bot.switch(hidden=Location.MESSAGE)
    await bot.run_job(RefreshCards(session.id))
    await expect_current_cards(bot, session.id)


# Creating a session


async def test_session_ended_while_its_request_is_looked_up_stays_ended(bot: BotInMemory) -> None:
    session = await bot.accept_session()
    bot.servicedesk.before_return["request"] = lambda: bot.end(session.id)
    await bot.run_jobs()
    assert (await bot.session(session.id)).state is State.ENDED
    assert bot.teamviewer.created == []


async def test_session_given_up_while_its_request_is_looked_up_keeps_the_reason(bot: BotInMemory) -> None:
    session = await bot.accept_session()
    reason = Text("It took too long.")
    bot.servicedesk.before_return["request"] = lambda: bot.change(session.id, lambda one: one.failed(reason))
    await bot.run_jobs()
    assert (await bot.session(session.id)).problem == reason
    await expect_current_cards(bot, session.id)


async def test_dropped_session_leaves_the_home_that_showed_it(bot: BotInMemory) -> None:
    await bot.open_home(ANA)
    session = await bot.accept_session()
    job = bot.unit_of_work.take_jobs()[0].job
    bot.servicedesk.fail_once("request", AWAY)

    async def show_wait() -> None:
        await bot.run_jobs()
        assert [one.session_id for one in bot.slack.homes[actor_of(ANA)].cards] == [session.id]

    bot.steps.after["look up the request"] = show_wait
    await bot.run_job(job)
    await bot.run_jobs()
    assert await bot.sessions() == []
    assert list(bot.slack.homes[actor_of(ANA)].cards) == []


async def test_session_ended_while_teamviewer_creates_it_is_closed_there(bot: BotInMemory) -> None:
    session = await bot.accept_session()
    bot.teamviewer.before_return["create_session"] = lambda: bot.end(session.id)
    await bot.run_jobs()
    assert (await bot.session(session.id)).state is State.ENDED
    assert bot.teamviewer.open_codes == set()
    assert await bot.notices(session.id) == []
    await expect_current_cards(bot, session.id)


async def test_session_ended_while_its_creation_gets_no_answer_is_closed_at_teamviewer(bot: BotInMemory) -> None:
    session = await bot.accept_session()
    bot.teamviewer.before_return["create_session"] = lambda: bot.end(session.id)
    bot.teamviewer.fail_once("create_session", LOST)
    await bot.run_jobs()
    assert (await bot.session(session.id)).state is State.ENDED
    assert bot.teamviewer.open_codes == set()


async def test_session_opened_while_it_is_given_up_stays_open(bot: BotInMemory) -> None:
    """The sweep gives a stuck session up from a list that it read before. The session has opened since."""
    session = await bot.accept_session()
    creating = bot.unit_of_work.take_jobs()[0].job
    bot.clock.move(seconds=STUCK_AFTER.total_seconds() + 1)
    bot.servicedesk.before_return["technicians"] = lambda: bot.run_job(creating)
    await bot.run_job(Sweep(up_seconds=3600))
    assert (await bot.session(session.id)).state is State.WAITING
    await bot.run_jobs()
    assert bot.teamviewer.open_codes != set()


async def test_end_while_the_creation_is_reported_as_slow_is_not_overwritten(bot: BotInMemory) -> None:
    session = await bot.accept_session()
    bot.servicedesk.before_return["request"] = lambda: bot.end(session.id)
    bot.servicedesk.fail_once("request", AWAY)
    job = bot.unit_of_work.take_jobs()[0].job
    bot.steps.after["look up the request"] = lambda: expect_state(bot, session.id, State.ENDED)
    await bot.run_job(job)


async def expect_state(bot: BotInMemory, session_id: SessionId, state: State) -> None:
    assert (await bot.session(session_id)).state is state


async def test_account_changed_while_teamviewer_creates_a_session_does_not_lose_it(bot: BotInMemory) -> None:
    """The session lives in the account that created it, so it is closed there, though another one is in use by now."""
    session = await bot.accept_session()

    async def connect_another() -> None:
        await bot.connect(ANA, "u2")

    bot.teamviewer.before_return["create_session"] = connect_another
    await bot.run_jobs()
    assert (await bot.session(session.id)).account == "u1"
    await bot.send(OnSession(Verb.END, session.id))
    await bot.run_jobs()
    assert bot.teamviewer.open_codes == set()


# Ending a session


async def test_session_that_opens_while_it_is_ended_is_closed_at_teamviewer(bot: BotInMemory) -> None:
    """The end is accepted while TeamViewer is still asked, and the creation is past its own check before the end lands."""
    session = await bot.accept_session()
    creating = bot.unit_of_work.take_jobs()[0].job
    key = await bot.store_command()
    steps = ImmediateSteps()
    steps.after["close it at TeamViewer"] = lambda: bot.run_job(creating)
    await bot.run_job(EndSession(session.id, "Ana", ANA.email, key), steps)
    await bot.run_jobs()
    assert not (await bot.session(session.id)).state.is_open
    assert bot.teamviewer.open_codes == set()


async def test_end_that_the_sweep_sees_first_is_still_recorded_for_who_ended_it(bot: BotInMemory) -> None:
    session = await bot.open_session()
    bot.teamviewer.before_return["close_session"] = lambda: bot.run_job(Sweep(up_seconds=0))
    await bot.send(OnSession(Verb.END, session.id))
    await bot.run_jobs()
    assert (await bot.session(session.id)).ended_by == "Ana"
    assert (await bot.actions()).count(Action.SESSION_ENDED) == 1
    await expect_current_cards(bot, session.id)


async def test_session_that_expires_while_it_is_ended_stays_expired(bot: BotInMemory) -> None:
    session = await bot.open_session()

    async def expire() -> None:
        await bot.change(session.id, lambda one: one.expired(bot.clock()))

    bot.teamviewer.before_return["close_session"] = expire
    await bot.send(OnSession(Verb.END, session.id))
    await bot.run_jobs()
    assert (await bot.session(session.id)).state is State.EXPIRED
    await expect_current_cards(bot, session.id)


async def test_requester_who_joins_while_the_session_is_ended_is_counted(bot: BotInMemory) -> None:
    session = await bot.open_session()

    async def join_and_wait() -> None:
        await bot.change(session.id, lambda one: one.joined(bot.clock()))
        bot.clock.move(minutes=5)

    bot.teamviewer.before_return["close_session"] = join_and_wait
    await bot.send(OnSession(Verb.END, session.id))
    await bot.run_jobs()
    assert (await bot.session(session.id)).connected_seconds == 300


# The sweep, and the reports


async def test_session_ended_while_the_sweep_asks_teamviewer_keeps_who_ended_it(bot: BotInMemory) -> None:
    session = await bot.open_session()
    (remote,) = bot.teamviewer.open_codes
    bot.teamviewer.online.add(remote)
    bot.teamviewer.before_return["open_sessions"] = lambda: bot.end(session.id)
    await bot.run_job(Sweep(up_seconds=0))
    ended = await bot.session(session.id)
    assert (ended.state, ended.ended_by) == (State.ENDED, "Ben")


async def test_session_that_joins_while_the_sweep_asks_teamviewer_ends_with_its_time(bot: BotInMemory) -> None:
    session = await bot.open_session()
    bot.teamviewer.open_codes.clear()

    async def join_and_wait() -> None:
        await bot.change(session.id, lambda one: one.joined(bot.clock()))
        bot.clock.move(minutes=2)

    bot.teamviewer.before_return["is_open"] = join_and_wait
    await bot.run_job(Sweep(up_seconds=0))
    ended = await bot.session(session.id)
    assert (ended.state, ended.connected_seconds) == (State.ENDED, 120)


async def test_switch_moved_while_the_sweep_asks_teamviewer_spares_the_next_account(bot: BotInMemory) -> None:
    await bot.connect(BEN, "u2")
    await bot.open_session()
    await bot.open_session(by=BEN)
    for chat_call in ("open_sessions",):
        bot.teamviewer.before_return[chat_call] = lambda: bot.switch(integration=False)
    await bot.run_job(Sweep(up_seconds=0))
    assert bot.teamviewer.calls.count("open_sessions") in {1, 2}  # the two accounts may have begun together


async def test_session_that_ends_while_its_device_is_read_keeps_its_time(bot: BotInMemory) -> None:
    """A report that was asked for while the session ran lacks the connection that has ended since."""
    session = await bot.open_session()
    code = session.code
    began = bot.clock()
    bot.teamviewer.reports = [
        ConnectionReport("1", code, "PC-7", began, began + timedelta(minutes=1)),
        ConnectionReport("2", code, "PC-7", began + timedelta(minutes=2), None),
    ]
    await bot.change(session.id, lambda one: one.joined(began))
    bot.clock.move(minutes=10)
    bot.teamviewer.before_return["connection_reports"] = lambda: bot.end(session.id)
    await bot.run_job(RecordDuration(session.id))
    ended = await bot.session(session.id)
    assert (ended.state, ended.device, ended.connected_seconds) == (State.ENDED, "PC-7", 600)


# Homes


async def test_switch_moved_while_a_home_is_published_shows_in_it(bot: BotInMemory) -> None:
    await bot.open_home(ANA)
    bot.slack.before_return["publish_home"] = lambda: bot.switch(integration=False)
    await bot.run_job(RefreshHomes(ANA.email))
    assert status_of(bot).switches.integration is False


async def test_session_that_ends_while_a_home_is_published_leaves_it(bot: BotInMemory) -> None:
    await bot.open_home(ANA)
    session = await bot.open_session()
    bot.slack.before_return["publish_home"] = lambda: bot.end(session.id)
    await bot.run_job(RefreshHomes(ANA.email))
    home = bot.slack.homes[actor_of(ANA)]
    assert (len(home.cards), len(home.recent), status_of(bot).open_sessions) == (0, 1, 0)


async def test_older_home_that_arrives_last_does_not_win(bot: BotInMemory) -> None:
    await bot.open_home(ANA)

    async def log_out_and_refresh() -> None:
        await bot.send(Logout())
        bot.unit_of_work.take_jobs()
        await bot.run_job(RefreshHomes(ANA.email))

    bot.slack.before_return["publish_home"] = log_out_and_refresh
    await bot.run_job(RefreshHomes(ANA.email))
    assert status_of(bot).connection is None


async def test_change_while_a_home_is_posted_as_a_new_message_goes_into_that_message(bot: BotInMemory) -> None:
    account = actor_of(ANA, Platform.TEAMS)
    session = await bot.open_session()
    bot.teams.before_return["publish_home"] = lambda: bot.end(session.id)
    await bot.run_job(ShowHome(account, as_new_message=True))
    assert len(bot.teams.new_homes) == 1
    assert list(bot.teams.homes[account].cards) == []


async def test_role_granted_while_a_home_is_published_shows_in_it(bot: BotInMemory) -> None:
    await bot.open_home(ANA)

    async def grant() -> None:
        async with bot.unit_of_work.write() as tx:
            await tx.people.grant_admin(ANA.email)

    bot.slack.before_return["publish_home"] = grant
    await bot.run_job(RefreshHomes(ANA.email))
    assert bot.slack.homes[actor_of(ANA)].administration is not None


async def test_notice_sent_after_the_home_was_shown_reaches_the_home(bot: BotInMemory) -> None:
    await bot.open_home(ANA)
    await bot.accept_session()
    creating = bot.unit_of_work.take_jobs()[0].job

    async def show_pending() -> None:
        await bot.run_jobs()
        (shown,) = bot.slack.homes[actor_of(ANA)].cards
        assert {one.state for one in shown.notices} == {NoticeState.PENDING}

    bot.servicedesk.before_return["reply"] = show_pending
    await bot.run_job(creating)
    await bot.run_jobs()
    (shown,) = bot.slack.homes[actor_of(ANA)].cards
    assert {one.state for one in shown.notices} == {NoticeState.SENT}


async def test_notice_sent_again_after_the_home_was_shown_reaches_the_home(bot: BotInMemory) -> None:
    await bot.open_home(ANA)
    session = await bot.open_session()
    bot.servicedesk.fail_once("reply", REFUSED)
    bot.mailer.fail_once("send", REFUSED)
    await bot.send(OnSession(Verb.REINVITE, session.id))
    await bot.run_jobs()
    (shown,) = bot.slack.homes[actor_of(ANA)].cards
    assert NoticeState.FAILED in {one.state for one in shown.notices}


# Previews


def preview() -> ShowPreview:
    return ShowPreview(actor_of(ANA), REQUEST.id, PastedLink(REQUEST.url, "C1", "m9", "", ""))


async def test_session_that_ends_while_a_preview_is_shown_leaves_it(bot: BotInMemory) -> None:
    session = await bot.open_session()
    bot.slack.before_return["unfurl"] = lambda: bot.end(session.id)
    await bot.run_job(preview())
    assert list(bot.slack.previews[REQUEST.url].cards) == []


async def test_session_created_while_the_request_of_a_preview_is_looked_up_is_in_it(bot: BotInMemory) -> None:
    async def create() -> None:
        await bot.open_session()

    bot.servicedesk.before_return["request_by_id"] = create
    await bot.run_job(preview())
    assert len(bot.slack.previews[REQUEST.url].cards) == 1


@pytest.mark.parametrize("call", ["request_by_id", "technicians"])
async def test_previews_switched_off_while_outside_systems_are_asked_are_not_shown(
    bot: BotInMemory, call: str
) -> None:
    bot.clock.move(minutes=11)
    bot.servicedesk.before_return[call] = lambda: bot.switch(hidden=Location.UNFURL)
    await bot.run_job(preview())
    assert bot.slack.previews == {}


# Notices


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


async def test_integration_switched_off_while_a_notice_is_sent_stops_the_next_one(bot: BotInMemory) -> None:
    session = await bot.accept_session()
    bot.servicedesk.before_return["reply"] = lambda: bot.switch(integration=False)
    await bot.run_jobs()
    assert bot.mailer.sent == []
    assert (await first_notice(bot, session.id, Channel.REPLY)).state is NoticeState.SENT


async def test_sms_sent_by_another_process_during_the_send_is_stored_once(bot: BotInMemory) -> None:
    session = await bot.accept_session(Kind.PILOT)

    async def finish() -> None:
        await set_notice_state(bot, await first_notice(bot, session.id, Channel.SMS), NoticeState.UNSURE)

    bot.texter.before_return["send"] = finish
    await bot.run_jobs()
    assert (await first_notice(bot, session.id, Channel.SMS)).state is NoticeState.UNSURE
    assert len(bot.texter.sent) == 1


# Reminders


async def test_session_that_ends_between_the_mark_and_the_reminder_is_not_reminded_of(bot: BotInMemory) -> None:
    session = await bot.open_session()
    await bot.set_expiry(session.id, timedelta(minutes=50))
    await bot.run_job(Sweep(up_seconds=0))
    assert RemindOfExpiry(session.id) in bot.jobs
    await bot.end(session.id)
    answered = len(bot.answers)
    await bot.run_jobs()
    assert len(bot.answers) == answered


async def test_session_that_ends_while_it_is_reminded_of_stays_ended(bot: BotInMemory) -> None:
    """The reminder writes nothing. It says until when a link works, and its button answers that the session is over."""
    session = await bot.open_session()
    bot.slack.before_return["send_answer"] = lambda: bot.end(session.id)
    await bot.run_job(RemindOfExpiry(session.id))
    await bot.run_jobs()
    await expect_current_cards(bot, session.id)
    with pytest.raises(NotFound):
        await bot.send(OnSession(Verb.END, session.id))


# Connections


def leased_tokens(bot: BotInMemory) -> Callable[[Connection], LeasedTokens]:
    """Return token sources that refresh at TeamViewer. Each call is another process: none shares its lock."""

    def source(connection: Connection) -> LeasedTokens:
        async def refresh(stored: Secret | None) -> object:
            if stored is None:
                raise authorize.lost_authorization()
            return await bot.teamviewer.refresh(stored)

        return LeasedTokens(bot.unit_of_work, connection.token_name, refresh, bot.clock)  # type: ignore[arg-type]

    return source


async def stored_tokens(bot: BotInMemory, connection: Connection) -> KeptTokens | None:
    async with bot.unit_of_work.read() as tx:
        return await tx.tokens.read(connection.token_name)


async def test_logout_during_a_token_refresh_revokes_the_newer_token(bot: BotInMemory) -> None:
    source = leased_tokens(bot)
    bot.workflows._remote._token_source = source
    (connection,) = await bot.connections()
    revoking: list[asyncio.Task[object]] = []

    async def log_out() -> None:
        await bot.send(Logout())
        revoking.append(asyncio.create_task(bot.run_jobs()))

    bot.teamviewer.before_return["refresh"] = log_out
    newer = await source(connection).renew(Secret("old-access-u1"))
    await asyncio.gather(*revoking)
    assert bot.teamviewer.revoked == [newer.reveal()]
    assert await stored_tokens(bot, connection) is None


async def test_connection_deleted_during_a_token_refresh_stays_deleted(bot: BotInMemory) -> None:
    """A process that was paused longer than its lease must not store tokens for a connection that is gone."""
    source = leased_tokens(bot)
    (connection,) = await bot.connections()

    async def delete() -> None:
        await bot.send(Logout())
        async with bot.unit_of_work.write() as tx:
            await tx.revocations.done(connection)

    bot.teamviewer.before_return["refresh"] = delete
    await source(connection).renew(Secret("old-access-u1"))
    assert await stored_tokens(bot, connection) is None


async def test_refresh_that_lost_its_lease_still_stores_its_tokens(bot: BotInMemory) -> None:
    """The old refresh token is used up, so the new tokens are the only ones that work."""
    source = leased_tokens(bot)
    (connection,) = await bot.connections()

    async def take_over() -> None:
        bot.clock.move(minutes=1)
        async with bot.unit_of_work.write() as tx:
            await tx.tokens.lease(connection.token_name, "other", bot.clock(), bot.clock())

    bot.teamviewer.before_return["refresh"] = take_over
    newer = await source(connection).renew(Secret("old-access-u1"))
    stored = await stored_tokens(bot, connection)
    assert stored is not None
    assert stored.access == newer


async def start_sign_in(bot: BotInMemory) -> str:
    """Ask for a sign-in, and return its grant."""
    async with bot.context(Auth()) as context:
        return (await authorize.sign_in_url(context)).reveal().partition("state=")[2]


@pytest.mark.parametrize("call", ["exchange", "account"])
async def test_integration_switched_off_during_a_sign_in_connects_nothing(bot: BotInMemory, call: str) -> None:
    state = await start_sign_in(bot)
    before = await bot.connections()
    bot.teamviewer.before_return[call] = lambda: bot.switch(integration=False)
    with pytest.raises(NotAllowed):
        await authorize.finish_sign_in(state, "code", bot.services)
    assert await bot.connections() == before
    await bot.switch(integration=True)
    await bot.run_job(Sweep(up_seconds=0))
    assert bot.teamviewer.calls.count("revoke") == 1


async def test_second_sign_in_during_the_first_leaves_one_connection_in_use(bot: BotInMemory) -> None:
    first, second = await start_sign_in(bot), await start_sign_in(bot)

    async def sign_in_again() -> None:
        await authorize.finish_sign_in(second, "code", bot.services)

    bot.teamviewer.before_return["account"] = sign_in_again
    await authorize.finish_sign_in(first, "code", bot.services)
    (connection,) = await bot.connections()
    assert connection.is_active
    await bot.run_job(Sweep(up_seconds=0))
    assert bot.teamviewer.calls.count("revoke") == 2  # of the connection at the start, and of the second sign-in


async def test_second_sign_in_with_another_account_during_the_first_keeps_both(bot: BotInMemory) -> None:
    first, second = await start_sign_in(bot), await start_sign_in(bot)

    async def sign_in_again() -> None:
        bot.teamviewer.owner = replace(bot.teamviewer.owner, user_id="u2")
        await authorize.finish_sign_in(second, "code", bot.services)

    bot.teamviewer.before_return["account"] = sign_in_again
    await authorize.finish_sign_in(first, "code", bot.services)
    active = [one.account.user_id for one in await bot.connections() if one.is_active]
    resting = [one.account.user_id for one in await bot.connections() if not one.is_active]
    assert (active, resting) == (["u1"], ["u2"])


async def test_connection_made_while_an_earlier_one_is_revoked_stays(bot: BotInMemory) -> None:
    await bot.send(Logout())

    async def connect() -> None:
        await bot.connect(ANA)

    bot.teamviewer.before_return["revoke"] = connect
    await bot.run_jobs()
    (connection,) = await bot.connections()
    assert connection.is_active
    assert await stored_tokens(bot, connection) is not None


async def test_revocation_done_by_another_process_meanwhile_is_not_postponed(bot: BotInMemory) -> None:
    (connection,) = await bot.connections()
    await bot.send(Logout())
    bot.unit_of_work.take_jobs()
    bot.clock.move(seconds=REVOKE_RETRY_AFTER.total_seconds())

    async def finish() -> None:
        async with bot.unit_of_work.write() as tx:
            await tx.revocations.done(connection)

    bot.teamviewer.before_return["revoke"] = finish
    bot.teamviewer.fail_once("revoke", AWAY)
    await bot.run_job(Sweep(up_seconds=0))
    async with bot.unit_of_work.read() as tx:
        assert await tx.revocations.get(connection.id) is None


# People


async def test_older_technician_list_that_arrives_after_a_newer_one_is_dropped(bot: BotInMemory) -> None:
    bot.clock.move(minutes=11)

    async def remove_ben() -> None:
        bot.clock.move(seconds=1)
        del bot.servicedesk.names[BEN.email]
        await bot.workflows._users.refresh_technicians()

    bot.servicedesk.before_return["technicians"] = remove_ben
    await bot.workflows._users.refresh_technicians()
    async with bot.unit_of_work.read() as tx:
        assert await tx.people.technician_name(BEN.email) is None


async def test_older_profile_that_arrives_after_a_newer_one_is_dropped(bot: BotInMemory) -> None:
    account = actor_of(BEN)

    async def deactivate() -> None:
        bot.clock.move(seconds=1)
        bot.slack.profiles[account] = replace(bot.slack.profiles[account], is_deactivated=True)
        await bot.workflows._users.read_profile(account)

    bot.slack.before_return["profile"] = deactivate
    await bot.workflows._users.read_profile(account)
    async with bot.unit_of_work.read() as tx:
        stored = await tx.people.profile(account)
    assert stored is not None
    assert stored[0].is_deactivated


async def test_integration_switched_off_while_a_sender_is_looked_up_refuses_their_command(
    bot: BotInMemory,
) -> None:
    key = await bot.store_command(Create(N))
    bot.slack.before_return["profile"] = lambda: bot.switch(integration=False)
    await bot.run_job(IdentifyUser(key, encode_command(Create(N))))
    assert await bot.sessions() == []
    (answer,) = bot.answers
    assert isinstance(answer.view, Message)
    assert answer.view.tone is Tone.REFUSED


async def test_command_carried_out_by_another_process_meanwhile_is_carried_out_once(bot: BotInMemory) -> None:
    key = await bot.store_command(Create(N))
    job = IdentifyUser(key, encode_command(Create(N)))
    bot.slack.before_return["profile"] = lambda: bot.run_job(job)
    await bot.run_job(job)
    assert len(await bot.sessions()) == 1


async def change_admin(bot: BotInMemory, *, grants: bool, user: str) -> ApplyAdminChange:
    """Return the job of an SDAdmin's command, without enqueuing it."""
    await bot.send(ChangeAdmin(user, on=grants), by=ADA)
    (queued,) = bot.unit_of_work.take_jobs()
    assert isinstance(queued.job, ApplyAdminChange)
    return queued.job


async def test_role_revoked_while_the_same_role_is_granted_is_audited_and_answered_as_it_ended(
    bot: BotInMemory,
) -> None:
    """Whichever change finishes last decides. Each is audited and announced, so the log ends with the role as it is."""
    grant = await change_admin(bot, grants=True, user=actor_of(BEN).user)
    revoke = await change_admin(bot, grants=False, user=BEN.email)
    await bot.run_job(grant)
    second_grant = replace(grant, command=await bot.store_command(by=ADA))
    bot.slack.before_return["profile"] = lambda: bot.run_job(revoke)
    await bot.run_job(second_grant)
    changes = [Action.ADMIN_GRANTED, Action.ADMIN_REVOKED, Action.ADMIN_GRANTED]
    assert await bot.actions() == changes
    async with bot.unit_of_work.read() as tx:
        assert BEN.email in await tx.people.granted_admins()


async def test_technician_taken_off_the_list_while_they_are_made_an_admin_is_refused(bot: BotInMemory) -> None:
    grant = await change_admin(bot, grants=True, user=actor_of(BEN).user)
    bot.clock.move(minutes=1)

    async def remove() -> None:
        del bot.servicedesk.names[BEN.email]

    bot.slack.before_return["profile"] = remove
    await bot.run_job(grant)
    async with bot.unit_of_work.read() as tx:
        assert await tx.people.granted_admins() == frozenset()


async def test_admin_who_loses_the_role_while_their_grant_is_looked_up_grants_nothing(bot: BotInMemory) -> None:
    async with bot.unit_of_work.write() as tx:
        await tx.people.grant_admin(ANA.email)
    await bot.send(ChangeAdmin(actor_of(BEN).user), by=replace(ANA, is_admin=True))
    (queued,) = bot.unit_of_work.take_jobs()

    async def revoke() -> None:
        async with bot.unit_of_work.write() as tx:
            await tx.people.revoke_admin(ANA.email)

    bot.slack.before_return["profile"] = revoke
    await bot.run_job(queued.job)
    async with bot.unit_of_work.read() as tx:
        assert await tx.people.granted_admins() == frozenset()
    (answer,) = bot.answers
    assert isinstance(answer.view, Message)
    assert answer.view.tone is Tone.PROBLEM


# Requests


async def test_session_that_ends_while_a_request_is_shown_ends_with_a_current_card(bot: BotInMemory) -> None:
    session = await bot.open_session(platform=Platform.TEAMS)
    await bot.send(Show(N), by=BEN, platform=Platform.TEAMS)
    bot.teams.before_return["send_answer"] = lambda: bot.end(session.id)
    await bot.run_jobs()
    await expect_current_cards(bot, session.id)
