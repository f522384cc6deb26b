"""Changes of a session or a switch while its cards are posted or updated reach every card."""

import pytest
from support.bot_in_memory import ADA, AWAY, BEN, LOST, PRIVATE, REFUSED, BotInMemory, N, expect_current_cards

from bot.commands import Show, SwitchWidget
from bot.i18n import Text
from bot.jobs import (
    PostCard,
    RefreshCard,
    RefreshCards,
)
from bot.model.session import Session
from bot.model.switches import Location
from bot.model.technician import Platform
from bot.ports import Posted
from bot.views.pages import Message
from bot.views.parts import LinkButton
from bot.workflows.post_card import enqueue_first_card


async def test_session_that_changes_while_its_card_is_posted_ends_with_a_current_card(
    bot: BotInMemory,
) -> None:
    session = await bot.accept_session()

    async def give_up() -> None:
        await bot.change(session.id, lambda one: one.with_problem(Text("TeamViewer is away.")))

    bot.slack.before_return["post"] = give_up
    await bot.run_jobs()
    await expect_current_cards(bot, session.id)


async def test_session_that_ends_while_its_next_card_is_posted_ends_with_a_current_card(
    bot: BotInMemory,
) -> None:
    session = await bot.open_session()
    key = await bot.store_command(by=BEN)
    bot.slack.before_return["post"] = lambda: bot.end(session.id)
    await bot.run_job(PostCard(Platform.SLACK, session.id, key))
    await bot.run_jobs()
    await expect_current_cards(bot, session.id)


async def test_card_posted_in_private_while_the_session_ends_is_current(bot: BotInMemory) -> None:
    session = await bot.accept_session(place=PRIVATE)
    bot.slack.before_return["post_private"] = lambda: bot.end(session.id)
    await bot.run_jobs()
    await expect_current_cards(bot, session.id)


async def test_session_that_ends_while_a_retry_begins_ends_with_a_current_card(bot: BotInMemory) -> None:
    """One retry stands for all changes of a card, but for none that it did not see."""
    session = await bot.open_session()
    await bot.run_jobs()
    (card,) = await bot.cards(session.id)
    for _call in ("the refresh", "its retry", "the refresh after the end"):
        bot.slack.fail_once("update_card", AWAY)
    await bot.run_job(RefreshCard(card))
    (retry,) = bot.unit_of_work.take_jobs()

    async def end_meanwhile() -> None:
        await bot.end(session.id)
        await bot.run_job(RefreshCard(card))

    bot.slack.before_return["update_card"] = end_meanwhile
    await bot.run_job(retry.job, key=retry.key)
    await bot.run_jobs()
    await expect_current_cards(bot, session.id)


async def test_switch_moved_while_a_card_is_posted_hides_that_card(bot: BotInMemory) -> None:
    session = await bot.accept_session()

    async def hide_cards() -> None:
        await bot.send(SwitchWidget(on=False, location=Location.MESSAGE), by=ADA)

    bot.slack.before_return["post"] = hide_cards
    await bot.run_jobs()
    await expect_current_cards(bot, session.id)


async def test_session_that_ends_while_an_earlier_post_is_looked_for_ends_with_a_current_card(
    bot: BotInMemory,
) -> None:
    session = await bot.accept_session()
    bot.slack.fail_once("post", LOST)
    bot.slack.before_return["find_post"] = lambda: bot.end(session.id)
    await bot.run_jobs()
    assert bot.slack.calls.count("post") == 1
    await expect_current_cards(bot, session.id)


async def test_session_that_ends_while_its_cards_are_refreshed_ends_with_current_cards(
    bot: BotInMemory,
) -> None:
    session = await bot.open_session()
    await bot.run_job(PostCard(Platform.SLACK, session.id, await bot.store_command(by=BEN)))
    bot.slack.before_return["update_card"] = lambda: bot.end(session.id)
    await bot.finish_job(RefreshCards(session.id))
    await expect_current_cards(bot, session.id)


async def test_older_refresh_that_arrives_last_does_not_win(bot: BotInMemory) -> None:
    session = await bot.open_session()

    async def end_and_refresh() -> None:
        await bot.end(session.id)
        await bot.finish_job(RefreshCards(session.id))

    bot.slack.before_return["update_card"] = end_and_refresh
    await bot.finish_job(RefreshCards(session.id))
    await expect_current_cards(bot, session.id)


async def test_card_replaced_while_it_is_refreshed_does_not_stay_with_buttons(bot: BotInMemory) -> None:
    session = await bot.open_session()
    (earlier,) = await bot.cards(session.id)
    post_next = PostCard(Platform.SLACK, session.id, await bot.store_command(by=BEN))
    overtaken: list[object] = []

    async def replace_card() -> None:
        shown = bot.shown(earlier)
        await bot.run_job(post_next)
        overtaken.append(bot.shown(earlier))
        bot.slack.messages[Posted(earlier.channel, earlier.message)] = shown  # the refresh arrives last

    bot.slack.before_return["update_card"] = replace_card
    await bot.finish_job(RefreshCards(session.id))
    assert [bot.shown(earlier)] == overtaken
    assert isinstance(bot.shown(earlier), Message)
    await expect_current_cards(bot, session.id)


async def test_switch_moved_while_cards_are_refreshed_hides_them(bot: BotInMemory) -> None:
    session = await bot.open_session()
    bot.slack.before_return["update_card"] = lambda: bot.switch(hidden=Location.MESSAGE)
    await bot.finish_job(RefreshCards(session.id))
    await expect_current_cards(bot, session.id)


async def test_session_that_ends_while_a_request_is_shown_ends_with_a_current_card(bot: BotInMemory) -> None:
    session = await bot.open_session(platform=Platform.TEAMS)
    await bot.send(Show(N), by=BEN, platform=Platform.TEAMS)
    bot.teams.before_return["send_answer"] = lambda: bot.end(session.id)
    await bot.run_jobs()
    await expect_current_cards(bot, session.id)


async def test_session_that_opens_while_its_card_is_refused_has_a_way_in(bot: BotInMemory) -> None:
    """In a private chat the card itself would be the way in, so a message takes its place."""
    session = await bot.accept_session(place=PRIVATE)
    (creating,) = bot.unit_of_work.take_jobs()
    bot.slack.fail_once("post_private", REFUSED)

    async def open_session() -> None:
        await bot.run_job(creating.job)

    (job,) = await first_card(bot, session)
    bot.slack.before_return["post_private"] = open_session
    await bot.run_job(job)
    await bot.run_jobs()
    (answer,) = bot.answers
    assert isinstance(answer.view, Message)
    opened = await bot.session(session.id)
    assert [one.url for one in answer.view.buttons if isinstance(one, LinkButton)] == [
        opened.supporter_link,
        opened.web_client_link,
    ]


@pytest.mark.parametrize("platform", list(Platform))
async def test_card_that_is_refused_before_the_session_opens_leaves_a_way_in(
    bot: BotInMemory, platform: Platform
) -> None:
    """The card is tried again until the session is open: then its creator gets a message."""
    session = await bot.accept_session(place=PRIVATE, platform=platform)
    (creating,) = bot.unit_of_work.take_jobs()
    (job,) = await first_card(bot, session)
    for _try in range(3):
        (bot.slack if platform is Platform.SLACK else bot.teams).fail_once("post_private", REFUSED)
    await bot.run_job(job)
    (again,) = bot.unit_of_work.take_jobs()
    await bot.run_job(creating.job)
    await bot.run_job(again.job)
    await bot.run_jobs()
    (answer,) = bot.answers
    assert isinstance(answer.view, Message)
    assert [one for one in answer.view.buttons if isinstance(one, LinkButton)]


async def first_card(bot: BotInMemory, session: Session) -> list[PostCard]:
    """Return the job that posts the first card of a session."""
    async with bot.unit_of_work.write() as tx:
        key, address = await tx.sessions.command_key(session.id), await tx.commands.origin_of(session.id)
        assert key is not None
        await enqueue_first_card(session, key, address, tx)
    return [one.job for one in bot.unit_of_work.take_jobs() if isinstance(one.job, PostCard)]
