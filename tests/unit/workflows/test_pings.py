"""Notify the creator of a session in each chat they use: the requester is there, or left without having been helped."""

from datetime import timedelta

import pytest
from support.bot_in_memory import ANA, AWAY, BEN, CHANNEL, PRIVATE, REQUEST, BotInMemory, N, actor_of
from support.fakes.steps import Crash, ResumedSteps
from support.pings import arrive, leave, pings, private, replies

from bot.commands import Notify, OnSession, Place, Verb
from bot.jobs import CheckDeparture, PingArrival, RefreshCard
from bot.model.ids import CommandKey
from bot.model.mention import Mention
from bot.model.session import Kind, Session
from bot.model.switches import Location
from bot.model.technician import Actor, Directory, Platform, Profile
from bot.ports import Posted, Steps
from bot.values import replace
from bot.views.parts import LinkButton
from bot.workflows.arrivals import DEPARTURE_AFTER_SECONDS

RITA_IS_THERE = f"Rita is there, for request #{N}."
TEAMS_CHANNEL = Place("19:team@thread.tacv2;messageid=7")


async def test_creator_is_notified_below_the_card_and_in_the_other_chat(bot: BotInMemory) -> None:
    session = await arrive(bot, await bot.open_session(place=CHANNEL))
    (card,) = await bot.cards(session.id)
    ((below, view),) = bot.slack.replies
    assert below == card
    assert (str(view.text), view.mention) == (RITA_IS_THERE, Mention(actor_of(ANA).user, "Ana"))
    (elsewhere,) = private(bot.teams)
    assert (str(elsewhere.text), elsewhere.mention) == (RITA_IS_THERE, None)
    assert private(bot.slack) == []


async def test_ping_in_a_channel_holds_no_way_in(bot: BotInMemory) -> None:
    """Its button is a command, whose answer only the creator gets. The private one opens TeamViewer at once."""
    session = await arrive(bot, await bot.open_session())
    (shared,) = replies(bot.slack)
    assert [one.command for one in shared.buttons] == [OnSession(Verb.ENTER, session.id)]
    assert not any(isinstance(one, LinkButton) for one in shared.buttons)
    (own,) = private(bot.teams)
    assert [one.url for one in own.buttons if isinstance(one, LinkButton)] == [
        session.supporter_link,
        session.web_client_link,
    ]


@pytest.mark.parametrize("platform", [Platform.SLACK, Platform.TEAMS])
async def test_session_from_a_private_chat_is_pinged_in_private_in_both(
    bot: BotInMemory, platform: Platform
) -> None:
    await arrive(bot, await bot.open_session(place=PRIVATE, platform=platform))
    assert bot.slack.replies == bot.teams.replies == []
    assert [len(private(chat)) for chat in (bot.slack, bot.teams)] == [1, 1]


async def test_session_from_teams_is_pinged_in_its_thread(bot: BotInMemory) -> None:
    session = await bot.open_session(place=TEAMS_CHANNEL, platform=Platform.TEAMS)
    await arrive(bot, session)
    assert [card.channel for card, _view in bot.teams.replies] == [TEAMS_CHANNEL.channel]
    assert len(private(bot.slack)) == 1


async def test_newest_card_in_the_channel_is_replied_to(bot: BotInMemory) -> None:
    """A card that somebody showed elsewhere is not where the session was created."""
    session = await bot.open_session()
    (first,) = await bot.cards(session.id)
    newer, elsewhere = replace(first, message="m98"), replace(first, channel="C2", message="m99")
    async with bot.unit_of_work.write() as tx:
        for card in (newer, elsewhere):
            bot.slack.messages[Posted(card.channel, card.message)] = bot.shown(first)
            await tx.cards.add(card, CommandKey("k"))
    await arrive(bot, session)
    assert [card for card, _view in bot.slack.replies] == [newer]


async def test_channel_that_is_closed_to_the_bot_is_replaced_by_the_private_chat(bot: BotInMemory) -> None:
    session = await bot.open_session()
    bot.slack.closed_channels.add("C1")
    await arrive(bot, session)
    (view,) = private(bot.slack)
    assert (str(view.text), view.mention) == (RITA_IS_THERE, None)


async def test_other_chat_in_which_nobody_knows_the_creator_is_left_out(bot: BotInMemory) -> None:
    async with bot.unit_of_work.write() as tx:
        stranger = replace(bot.teams.profiles[actor_of(ANA, Platform.TEAMS)], email=BEN.email)
        await tx.people.store_profile(stranger, bot.clock())
    await arrive(bot, await bot.open_session())
    assert pings(bot) == [RITA_IS_THERE]


async def test_creator_who_is_no_technician_any_more_is_not_notified(bot: BotInMemory) -> None:
    session = await bot.open_session()
    async with bot.unit_of_work.write() as tx:
        await tx.people.store_directory(Directory({BEN.email: BEN.name}, bot.clock()))
    await arrive(bot, session)
    assert pings(bot) == []


async def test_platform_that_is_not_set_up_is_left_out(bot: BotInMemory) -> None:
    session = await bot.open_session()
    del bot.services.chats[Platform.TEAMS]
    await arrive(bot, session)
    assert pings(bot) == [RITA_IS_THERE]


async def test_account_in_the_workspace_of_the_card_is_mentioned_and_the_latest_one_elsewhere(
    bot: BotInMemory,
) -> None:
    other_slack, newer_teams = Actor(Platform.SLACK, "T2", "UX"), Actor(Platform.TEAMS, "T2", "UX")
    session = await bot.open_session()
    bot.clock.move(minutes=1)
    async with bot.unit_of_work.write() as tx:
        for actor in (other_slack, newer_teams):
            await tx.people.store_profile(Profile(actor, "Ana X", ANA.email), bot.clock())
    await arrive(bot, session)
    assert [view.mention for view in replies(bot.slack)] == [Mention(actor_of(ANA).user, "Ana")]
    assert list(bot.teams.private.values()) == [newer_teams]


async def test_ping_in_a_channel_shared_with_another_organization_goes_to_the_creator_alone(
    bot: BotInMemory,
) -> None:
    """Whether it was shared when the card was posted, or is since then: a ping names the requester."""
    session = await bot.open_session(place=CHANNEL)
    bot.slack.shared_channels.add(CHANNEL.channel)
    await arrive(bot, session)
    assert replies(bot.slack) == []
    assert RITA_IS_THERE in [str(one.text) for one in private(bot.slack)]


async def test_card_in_a_workspace_without_an_account_of_the_creator_gets_no_reply(bot: BotInMemory) -> None:
    session = await bot.open_session()
    (card,) = await bot.cards(session.id)
    async with bot.unit_of_work.write() as tx:
        mine = actor_of(ANA)
        await tx.people.store_profile(replace(bot.slack.profiles[mine], email=BEN.email), bot.clock())
        other = Actor(Platform.SLACK, "T2", "UX")
        await tx.people.store_profile(Profile(other, "Ana X", ANA.email), bot.clock())
    await arrive(bot, session)
    assert card.tenant == "T1"
    assert bot.slack.replies == []
    assert other in bot.slack.private.values()


async def test_technician_who_wants_no_pings_gets_none(bot: BotInMemory) -> None:
    session = await bot.open_session()
    await bot.send(Notify(on=False), platform=Platform.TEAMS)
    await arrive(bot, session)
    await leave(bot, session)
    assert pings(bot) == []


async def test_nothing_is_said_while_the_integration_is_off(bot: BotInMemory) -> None:
    session = await bot.open_session()
    await bot.switch(integration=False)
    await arrive(bot, session)
    assert pings(bot) == []


async def test_with_the_widget_off_pings_are_private_and_in_words(bot: BotInMemory) -> None:
    session = await bot.open_session()
    await bot.switch(hidden=Location.MESSAGE)
    await arrive(bot, session)
    assert bot.slack.replies == []
    (view,) = private(bot.slack)
    assert view.buttons == ()
    assert session.supporter_link is not None
    assert session.supporter_link.reveal() in " ".join(map(str, view.details))


async def test_ping_is_in_the_language_of_its_reader(bot: BotInMemory) -> None:
    session = await bot.open_session()
    account = actor_of(ANA, Platform.TEAMS)
    async with bot.unit_of_work.write() as tx:
        await tx.people.store_profile(replace(bot.teams.profiles[account], locale="fr-FR"), bot.clock())
    bot.teams.readers.clear()
    await arrive(bot, session)
    assert [reader.language for reader in bot.teams.readers] == ["fr"]


@pytest.mark.parametrize("late", ["she left", "it is over", "the technician entered"])
async def test_ping_that_comes_late_says_nothing_untrue(bot: BotInMemory, late: str) -> None:
    session = await bot.open_session()
    at = bot.clock()
    await bot.change(session.id, lambda one: one.seen(is_online=True, at=at))
    queued = [one.job for one in bot.unit_of_work.take_jobs() if isinstance(one.job, PingArrival)]
    if late == "she left":
        await bot.change(session.id, lambda one: one.seen(is_online=False, at=at + timedelta(minutes=1)))
    elif late == "it is over":
        await bot.end(session.id)
    else:
        await bot.send(OnSession(Verb.ENTER, session.id))
    for job in queued:
        await bot.run_job(job)
    assert pings(bot) == []


async def test_ping_of_an_earlier_arrival_says_nothing_about_a_later_one(bot: BotInMemory) -> None:
    session = await arrive(bot, await bot.open_session())
    assert session.arrival_began_at is not None
    old = PingArrival(Platform.SLACK, session.id, session.arrival_began_at)
    await leave(bot, session)
    bot.clock.move(minutes=30)
    await arrive(bot, session)
    before = pings(bot)
    await bot.run_job(old)
    assert pings(bot) == before


async def test_requester_who_is_away_for_a_moment_is_announced_when_they_are_back(bot: BotInMemory) -> None:
    """The ping runs while they are away. Their return belongs to the same arrival, so it has no ping of its own."""
    session = await bot.open_session()
    at = bot.clock()
    await bot.change(session.id, lambda one: one.seen(is_online=True, at=at))
    first = await run_ping_while_away(bot, session)
    await bot.change(session.id, lambda one: one.seen(is_online=True, at=at + timedelta(minutes=1)))
    (later,) = [one for one in bot.unit_of_work.take_jobs() if one.job == replace(first, tries=1)]
    assert later.delay_seconds >= DEPARTURE_AFTER_SECONDS
    assert pings(bot) == []
    await bot.run_job(later.job)
    assert pings(bot) == [RITA_IS_THERE]


async def test_postponed_ping_is_sent_once_by_a_process_that_dies_after_it_was_postponed(
    bot: BotInMemory,
) -> None:
    """The requester is back when the next process runs the job again. Only the postponed job may ping then."""
    session = await bot.open_session()
    at = bot.clock()
    await bot.change(session.id, lambda one: one.seen(is_online=True, at=at))
    steps = ResumedSteps(dies_after=1)
    with pytest.raises(Crash):
        await run_ping_while_away(bot, session, steps)
    await bot.change(session.id, lambda one: one.seen(is_online=True, at=at + timedelta(minutes=1)))
    arrived = (await bot.session(session.id)).arrival_began_at
    assert arrived is not None
    await bot.run_job(PingArrival(Platform.SLACK, session.id, arrived), steps)
    assert pings(bot) == []
    await bot.run_jobs()
    assert pings(bot) == [RITA_IS_THERE]


@pytest.mark.parametrize("dies_after", [0, 1], ids=["the ping", "the retry was enqueued"])
async def test_ping_that_failed_is_sent_once_by_a_process_that_dies_after(
    bot: BotInMemory, dies_after: int
) -> None:
    session = await bot.open_session()
    await bot.change(session.id, lambda one: one.seen(is_online=True, at=bot.clock()))
    (job,) = [
        one.job
        for one in bot.unit_of_work.take_jobs()
        if isinstance(one.job, PingArrival) and one.job.platform is Platform.SLACK
    ]
    steps = ResumedSteps(dies_after)
    bot.slack.fail_once("reply", AWAY)
    with pytest.raises(Crash):
        await bot.run_job(job, steps)
    await bot.run_job(job, steps)
    await bot.run_jobs()
    assert pings(bot) == [RITA_IS_THERE]


async def run_ping_while_away(bot: BotInMemory, session: Session, steps: Steps | None = None) -> PingArrival:
    """Run the ping for Slack, after the requester has gone away."""
    (job,) = [
        one.job
        for one in bot.unit_of_work.take_jobs()
        if isinstance(one.job, PingArrival) and one.job.platform is Platform.SLACK
    ]
    gone = bot.clock() + timedelta(seconds=30)
    await bot.change(session.id, lambda one: one.seen(is_online=False, at=gone))
    bot.unit_of_work.take_jobs()
    await bot.run_job(job, steps)
    return job


async def test_flapping_makes_one_ping_and_no_departure(bot: BotInMemory) -> None:
    session = await arrive(bot, await bot.open_session())
    sent = pings(bot)
    bot.clock.move(minutes=5)
    await bot.change(session.id, lambda one: one.seen(is_online=False, at=bot.clock()))
    departures = [one for one in bot.unit_of_work.take_jobs() if isinstance(one.job, CheckDeparture)]
    bot.clock.move(seconds=90)
    await arrive(bot, session)
    for one in departures:
        await bot.finish_job(one.job)
    assert pings(bot) == sent


async def test_pilot_session_is_pinged_too(bot: BotInMemory) -> None:
    await arrive(bot, await bot.open_session(Kind.PILOT))
    assert pings(bot) == [RITA_IS_THERE] * 2


async def test_requester_without_a_name_is_called_the_requester(bot: BotInMemory) -> None:
    bot.servicedesk.add_request(replace(REQUEST, requester=replace(REQUEST.requester, name="")))
    await arrive(bot, await bot.open_session())
    assert pings(bot) == [f"The requester is there, for request #{N}."] * 2


async def test_card_whose_message_is_gone_is_replaced_by_the_private_chat(bot: BotInMemory) -> None:
    session = await bot.open_session()
    (card,) = await bot.cards(session.id)
    del bot.slack.messages[Posted(card.channel, card.message)]
    await bot.run_job(RefreshCard(card))
    await arrive(bot, session)
    assert bot.slack.replies == []
    assert len(private(bot.slack)) == 1
