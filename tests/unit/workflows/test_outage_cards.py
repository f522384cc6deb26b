"""The card of an outage: posted once, where its command was sent, and current until its sessions are over."""

import pytest
from support.bot_in_memory import (
    ADA,
    ANA,
    AWAY,
    BEN,
    CHANNEL,
    LOST,
    PRIVATE,
    REFUSED,
    REQUEST,
    BotInMemory,
    actor_of,
)
from support.fakes.steps import Crash
from support.outages import (
    NUMBERS,
    OUTAGE,
    add_requests,
    report_outage,
    session_of,
    shown_card,
    stored_outage,
)

from bot.commands import OnSession, ReportOutage, SwitchWidget, Verb
from bot.i18n import Language
from bot.jobs import PostOutage, RefreshOutage, SendSupporterLink, SettleOutage
from bot.model.ids import RequestId, RequestNumber
from bot.model.switches import Location
from bot.model.technician import Platform
from bot.ports import Posted
from bot.values import replace
from bot.views.links import holds_link
from bot.views.outage import OutageCard
from bot.views.pages import Message

SLACK, TEAMS = Platform.SLACK, Platform.TEAMS
POST = PostOutage(SLACK, OUTAGE)


def cards_of_outages(bot: BotInMemory, platform: Platform = SLACK) -> list[OutageCard]:
    chat = bot.slack if platform is SLACK else bot.teams
    return [view for view in chat.messages.values() if isinstance(view, OutageCard)]


async def current_card(bot: BotInMemory) -> OutageCard:
    card = await shown_card(bot)
    assert isinstance(card, OutageCard)
    return card


def say(card: OutageCard, language: str = "en") -> str:
    return Language(language).say(card.counts)


async def crash() -> None:
    """Let the process die."""
    raise Crash


@pytest.mark.parametrize("platform", Platform)
@pytest.mark.parametrize("place", [CHANNEL, PRIVATE], ids=["channel", "private"])
async def test_one_card_shows_every_session_and_no_session_has_its_own(
    bot: BotInMemory, platform: Platform, place: object
) -> None:
    await report_outage(bot, platform=platform, place=place)  # type: ignore[arg-type]  # a Place, as the ids say
    card = await current_card(bot)
    assert cards_of_outages(bot, platform) == [card]
    assert say(card) == "Outage: 3 requests — 3 waiting"
    assert [(row.number, row.requester_name, str(row.text)) for row in card.rows] == [
        (number, "Rita", "Waiting") for number in NUMBERS
    ]
    for session in await bot.sessions():
        assert await bot.cards(session.id) == []
    assert not any(holds_link(view) for view in (*bot.slack.messages.values(), *bot.teams.messages.values()))
    assert not any(holds_link(one.view) for one in bot.answers)


async def test_card_counts_each_state_and_gives_the_reason_of_a_refusal(bot: BotInMemory) -> None:
    add_requests(bot, "101", "102", "103", "105")
    bot.servicedesk.add_request(
        replace(REQUEST, number=RequestNumber("104"), id=RequestId("9104"), is_closed=True, status="Closed")
    )
    numbers = tuple(RequestNumber(str(one)) for one in (101, 102, 103, 104, 105, 999))
    await bot.send(ReportOutage(numbers), key="outage")
    await bot.run_jobs()
    at = bot.clock()
    joined, entered = await session_of(bot, "102"), await session_of(bot, "103")
    for one in (joined, entered):
        await bot.change(one.id, lambda session: session.seen(is_online=True, at=at))
    await bot.change(entered.id, lambda session: session.entered(at))
    await bot.end((await session_of(bot, "105")).id)
    await bot.run_jobs()
    card = await current_card(bot)
    assert say(card) == (
        "Outage: 6 requests — 1 waiting, 1 with the requester there, 1 connected, 1 ended, 2 refused"
    )
    rows = {str(row.number): str(row.text) for row in card.rows}
    assert rows["104"].startswith("No session: Request #104 is Closed")
    assert rows["999"].startswith("No session: ")
    assert rows["105"] == "Ended by Ben"
    assert bot.answers == [], "the card says it all"


async def test_session_that_teamviewer_refuses_shows_why_on_the_card(bot: BotInMemory) -> None:
    bot.teamviewer.fail_once("create_session", REFUSED)
    await report_outage(bot, "101", "102")
    card = await current_card(bot)
    assert "1 failed" in say(card)
    assert [
        str(row.text)
        for row in card.rows
        if "failed" in str(row.text) or "could not" in str(row.text).lower()
    ] == ["Could not be created: It said no."]
    assert bot.answers == []


async def test_card_loses_its_buttons_once_every_session_is_over(bot: BotInMemory) -> None:
    await report_outage(bot)
    assert len((await current_card(bot)).buttons) == 2
    for session in await bot.sessions():
        await bot.end(session.id)
    await bot.run_jobs()
    card = await current_card(bot)
    assert (card.is_over, list(card.buttons)) == (True, [])
    assert say(card) == "Outage: 3 requests — 3 ended"


async def test_changes_of_many_sessions_share_one_refresh(bot: BotInMemory) -> None:
    await report_outage(bot)
    bot.unit_of_work.take_jobs()
    for session in await bot.sessions():
        await bot.end(session.id)
    assert [job for job in bot.jobs if isinstance(job, RefreshOutage)] == [RefreshOutage(SLACK, OUTAGE)]


async def test_change_that_the_card_does_not_show_updates_nothing(bot: BotInMemory) -> None:
    await report_outage(bot)
    updates = bot.slack.calls.count("update_message")
    session = await session_of(bot, "101")
    await bot.change(session.id, lambda one: replace(one, note="another", version=one.version + 1))
    await bot.run_jobs()
    assert bot.slack.calls.count("update_message") == updates


@pytest.mark.parametrize("verb", [Verb.REINVITE, Verb.LINK, Verb.ENTER, Verb.END])
async def test_each_session_still_takes_every_verb(bot: BotInMemory, verb: Verb) -> None:
    await report_outage(bot)
    view = await bot.send(OnSession(verb, "102"))
    assert view
    await bot.run_jobs()
    expected = "2 waiting, 1 ended" if verb is Verb.END else "3 waiting"
    assert say(await current_card(bot)) == f"Outage: 3 requests — {expected}"


async def test_renewed_session_gives_its_technician_the_new_way_in(bot: BotInMemory) -> None:
    await report_outage(bot)
    await bot.send(OnSession(Verb.RENEW, "102"))
    done = await bot.run_jobs()
    session = await session_of(bot, "102")
    assert SendSupporterLink(SLACK, session.id) in done
    assert say(await current_card(bot)) == "Outage: 3 requests — 3 waiting"


async def test_session_that_was_handed_over_names_its_technician(bot: BotInMemory) -> None:
    await report_outage(bot)
    moved = await session_of(bot, "102")
    await bot.change(
        moved.id,
        lambda one: replace(one, technician=BEN.email, technician_name=BEN.name, version=one.version + 1),
    )
    await bot.run_jobs()
    rows = {str(row.number): str(row.text) for row in (await current_card(bot)).rows}
    assert (rows["101"], rows["102"]) == ("Waiting", "Waiting (Ben)")


async def test_channel_that_another_organization_shares_gets_no_card(bot: BotInMemory) -> None:
    bot.slack.shared_channels.add(CHANNEL.channel)
    await report_outage(bot)
    stored = await stored_outage(bot)
    assert stored.place is not None
    assert stored.place.is_private
    assert [place.channel for place in bot.slack.messages] == [f"D{actor_of(ANA).user}"]
    (answer,) = [one.view for one in bot.answers if isinstance(one.view, Message)]
    assert str(answer.text) == "The card of the outage is in your own chat with the bot."


async def test_channel_that_is_shared_later_shows_counts_alone(bot: BotInMemory) -> None:
    await report_outage(bot)
    bot.slack.shared_channels.add(CHANNEL.channel)
    await bot.end((await session_of(bot, "101")).id)
    await bot.run_jobs()
    shown = await shown_card(bot)
    assert isinstance(shown, Message)
    assert str(shown.text) == "Outage: 3 requests — 2 waiting, 1 ended"
    assert "Rita" not in repr(shown)


async def test_card_goes_to_its_technician_where_the_bot_may_not_post(bot: BotInMemory) -> None:
    bot.slack.closed_channels.add(CHANNEL.channel)
    await report_outage(bot)
    stored = await stored_outage(bot)
    assert stored.place is not None
    assert stored.place.is_private


async def test_with_cards_switched_off_each_session_sends_its_way_in(bot: BotInMemory) -> None:
    await bot.switch(hidden=Location.MESSAGE)
    add_requests(bot, "101", "102")
    await bot.send(ReportOutage((*NUMBERS[:2], RequestNumber("999"))), key="outage")
    await bot.run_jobs()
    assert cards_of_outages(bot) == []
    said = [str(one.view.text) for one in bot.answers if isinstance(one.view, Message)]
    assert sum("is ready" in text for text in said) == 2
    assert sum("#999" in text for text in said) == 1
    assert (await stored_outage(bot)).place is None


async def test_card_says_that_cards_are_switched_off(bot: BotInMemory) -> None:
    await report_outage(bot)
    await bot.send(SwitchWidget(on=False, location=Location.MESSAGE), by=ADA)
    await bot.run_jobs()
    shown = await shown_card(bot)
    assert isinstance(shown, Message)
    assert "Cards are switched off here." in str(shown.details[0])


@pytest.mark.parametrize("method", ["post", "post_private"])
async def test_card_that_was_posted_before_a_crash_is_found_and_not_posted_again(
    bot: BotInMemory, method: str
) -> None:
    await report_outage(bot, place=CHANNEL if method == "post" else PRIVATE, is_run=False)
    bot.slack.before_return[method] = crash
    with pytest.raises(Crash):
        await bot.run_job(POST)
    await bot.run_jobs()
    assert bot.slack.calls.count(method) == 1
    assert cards_of_outages(bot) == [await current_card(bot)]


async def test_card_whose_answer_was_lost_is_found_by_the_next_try(bot: BotInMemory) -> None:
    bot.slack.fail_once("post", LOST)
    await report_outage(bot)
    assert bot.slack.calls.count("post") == 1
    assert cards_of_outages(bot) == [await current_card(bot)]


async def test_card_is_posted_later_where_the_chat_was_away(bot: BotInMemory) -> None:
    bot.slack.fail_once("post", AWAY)
    await report_outage(bot)
    assert bot.slack.calls.count("find_post") == 0, "it certainly was not posted"
    assert cards_of_outages(bot) == [await current_card(bot)]


async def test_technician_is_told_of_a_card_that_every_place_refuses(bot: BotInMemory) -> None:
    bot.slack.closed_channels.add(CHANNEL.channel)
    bot.slack.fail_once("post_private", REFUSED)
    await report_outage(bot)
    (answer,) = [one.view for one in bot.answers if isinstance(one.view, Message)]
    assert str(answer.text).startswith("The card of the outage could not be posted. It said no.")


async def post_in_teams_and_crash(bot: BotInMemory) -> SettleOutage:
    """Let the process die after the post. Return the job of a press on the message."""
    await report_outage(bot, platform=TEAMS, is_run=False)
    bot.teams.before_return["post"] = crash
    with pytest.raises(Crash):
        await bot.run_job(PostOutage(TEAMS, OUTAGE))
    (posted,) = bot.teams.messages
    return SettleOutage(TEAMS, posted.channel, posted.message, OUTAGE, bot.teams.markers[posted])


async def test_press_before_the_next_try_makes_the_lost_message_the_card(bot: BotInMemory) -> None:
    settle = await post_in_teams_and_crash(bot)
    await bot.run_job(settle)
    await bot.run_jobs()
    assert bot.teams.calls.count("post") == 1
    assert say(await current_card(bot)) == "Outage: 3 requests — 3 waiting"


async def test_press_after_the_second_post_retires_the_lost_message(bot: BotInMemory) -> None:
    settle = await post_in_teams_and_crash(bot)
    await bot.run_jobs()
    assert bot.teams.calls.count("post") == 2, "Teams does not show what was posted"
    await bot.run_job(settle)
    lost = bot.teams.messages[Posted(settle.channel, settle.message)]
    assert isinstance(lost, Message)
    assert str(lost.text) == "The card of the outage is further down now."
    assert cards_of_outages(bot, TEAMS) == [await current_card(bot)]


@pytest.mark.parametrize(("channel", "is_forged"), [("C1", True), ("C-ELSEWHERE", False)])
async def test_press_of_another_message_changes_nothing(
    bot: BotInMemory, channel: str, *, is_forged: bool
) -> None:
    await report_outage(bot, platform=TEAMS)
    marker = "forged" if is_forged else (await stored_outage(bot)).marker
    before = dict(bot.teams.messages)
    await bot.run_job(SettleOutage(TEAMS, channel, "m9", OUTAGE, marker))
    assert bot.teams.messages == before


async def test_message_that_was_deleted_is_not_updated_any_more(bot: BotInMemory) -> None:
    await report_outage(bot)
    bot.slack.messages.clear()
    for session in await bot.sessions():
        await bot.end(session.id)
        await bot.run_jobs()
    assert (await stored_outage(bot)).place is None
    assert bot.slack.calls.count("update_message") <= 3
