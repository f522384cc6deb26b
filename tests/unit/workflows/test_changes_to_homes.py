"""Changes while a home or a preview is shown reach it."""

import asyncio

import pytest
from support.bot_in_memory import ANA, REFUSED, REQUEST, BotInMemory, actor_of

from bot.commands import Logout, OnSession, Verb
from bot.i18n import Text
from bot.jobs import (
    RefreshHome,
    RefreshHomes,
    ShowHome,
    ShowPreview,
)
from bot.model.notice import NoticeState
from bot.model.pasted_link import PastedLink
from bot.model.switches import Location
from bot.model.technician import Actor, Platform
from bot.views.pages import StatusPage
from bot.workflows.homes import REFRESHES_APART


def status_of(bot: BotInMemory) -> StatusPage:
    """Return the status that Ana's home shows."""
    home = bot.slack.homes[actor_of(ANA)]
    assert home.status is not None
    return home.status


async def test_switch_moved_while_a_home_is_published_shows_in_it(bot: BotInMemory) -> None:
    await bot.open_home(ANA)
    bot.slack.before_return["publish_home"] = lambda: bot.switch(integration=False)
    await bot.finish_job(RefreshHomes(ANA.email))
    assert status_of(bot).switches.integration is False


async def test_session_that_ends_while_a_home_is_published_leaves_it(bot: BotInMemory) -> None:
    await bot.open_home(ANA)
    session = await bot.open_session()
    bot.slack.before_return["publish_home"] = lambda: bot.end(session.id)
    await bot.finish_job(RefreshHomes(ANA.email))
    home = bot.slack.homes[actor_of(ANA)]
    assert (len(home.cards), len(home.recent), status_of(bot).open_sessions) == (0, 1, 0)


async def test_session_that_ends_while_requests_are_read_for_a_home_leaves_it(bot: BotInMemory) -> None:
    await bot.open_home(ANA)
    session = await bot.open_session()
    bot.clock.move(minutes=10)
    bot.servicedesk.before_return["assigned_requests"] = lambda: bot.end(session.id)
    await bot.finish_job(RefreshHomes(ANA.email))
    home = bot.slack.homes[actor_of(ANA)]
    assert (len(home.cards), len(home.recent), status_of(bot).open_sessions) == (0, 1, 0)


async def test_older_home_that_arrives_last_does_not_win(bot: BotInMemory) -> None:
    await bot.open_home(ANA)

    async def log_out_and_refresh() -> None:
        await bot.send(Logout(sure=True))
        bot.unit_of_work.take_jobs()
        await bot.finish_job(RefreshHomes(ANA.email))

    bot.slack.before_return["publish_home"] = log_out_and_refresh
    await bot.finish_job(RefreshHomes(ANA.email))
    assert status_of(bot).connection is None


async def test_change_while_a_home_is_posted_as_a_new_message_goes_into_that_message(
    bot: BotInMemory,
) -> None:
    account = actor_of(ANA, Platform.TEAMS)
    session = await bot.open_session()
    bot.teams.before_return["publish_home"] = lambda: bot.end(session.id)
    await bot.run_job(ShowHome(account, as_new_message=True))
    await bot.run_jobs()
    assert len(bot.teams.new_homes) == 1
    assert list(bot.teams.homes[account].cards) == []


async def test_role_granted_while_a_home_is_published_shows_in_it(bot: BotInMemory) -> None:
    await bot.open_home(ANA)

    async def grant() -> None:
        async with bot.unit_of_work.write() as tx:
            await tx.people.grant_admin(ANA.email)

    bot.slack.before_return["publish_home"] = grant
    await bot.finish_job(RefreshHomes(ANA.email))
    assert bot.slack.homes[actor_of(ANA)].administration is not None


async def test_notice_sent_after_the_home_was_shown_reaches_the_home(bot: BotInMemory) -> None:
    await bot.open_home(ANA)
    await bot.accept_session()
    creating = bot.unit_of_work.take_jobs()[0].job

    async def show_pending() -> None:
        await bot.run_jobs()
        (shown,) = bot.slack.homes[actor_of(ANA)].cards
        assert NoticeState.PENDING in {one.state for one in shown.notices}

    bot.steps.after["open the session"] = show_pending
    await bot.finish_job(creating)
    (shown,) = bot.slack.homes[actor_of(ANA)].cards
    assert {one.state for one in shown.notices} == {NoticeState.SENT}


async def test_notice_sent_again_after_the_home_was_shown_reaches_the_home(bot: BotInMemory) -> None:
    await bot.open_home(ANA)
    session = await bot.open_session()
    bot.clock.move(minutes=1)
    bot.servicedesk.fail_once("reply", REFUSED)
    bot.mailer.fail_once("send", REFUSED)
    await bot.send(OnSession(Verb.REINVITE, session.id))
    await bot.run_jobs()
    (shown,) = bot.slack.homes[actor_of(ANA)].cards
    assert NoticeState.FAILED in {one.state for one in shown.notices}


async def test_changes_that_follow_at_once_become_one_update_of_a_home(
    bot: BotInMemory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The refresh waits a moment, and shows the newest state. A change after that brings another one, which waits for longer."""
    now = [1000.0]
    monkeypatch.setattr("bot.workflows.homes.monotonic", lambda: now[0])
    session = await bot.open_session()
    await bot.open_home(ANA)
    refresh = RefreshHome(actor_of(ANA))
    waited: list[float] = []

    async def change_meanwhile(seconds: float) -> None:
        waited.append(seconds)
        now[0] += seconds
        await bot.change(session.id, lambda one: one.with_problem(Text("the last change")))

    monkeypatch.setattr(asyncio, "sleep", change_meanwhile)
    monkeypatch.setattr(bot.workflows.services.homes, "_changes_together_seconds", 0.25)
    await bot.change(session.id, lambda one: one.with_problem(Text("the first change")))
    bot.slack.calls.clear()
    await bot.run_job(refresh)
    assert (waited, bot.slack.calls.count("publish_home")) == ([0.25], 1)
    assert bot.jobs.count(refresh) == 1, "the change meanwhile enqueued none"
    (card,) = bot.slack.homes[actor_of(ANA)].cards
    assert "the last change" in str(card.problem)
    await bot.change(session.id, lambda one: one.with_problem(Text("a later change")))
    assert bot.jobs.count(refresh) == 2
    await bot.run_job(refresh)
    now[0] += 1
    await bot.run_job(refresh)
    now[0] += 60
    await bot.run_job(refresh)
    assert waited == [0.25, 0.25 * REFRESHES_APART, 0.25 * REFRESHES_APART - 1, 0.25]


async def test_homes_that_may_be_refreshed_again_are_forgotten(
    bot: BotInMemory, monkeypatch: pytest.MonkeyPatch
) -> None:
    homes, now = bot.workflows.services.homes, [1000.0]
    monkeypatch.setattr("bot.workflows.homes.monotonic", lambda: now[0])
    monkeypatch.setattr("bot.workflows.homes._MOST_REMEMBERED", 3)
    monkeypatch.setattr(homes, "_changes_together_seconds", 0.25)
    for number in range(9):
        homes._choose_pause(Actor(Platform.SLACK, "T1", f"U{number}"))
        assert len(homes._next_refreshes) <= 3
        now[0] += 60


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
