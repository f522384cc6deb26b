"""Post the card of a session, and give its creator a way in."""

import pytest
from support.bot_in_memory import (
    ANA,
    BEN,
    CHANNEL,
    PRIVATE,
    REFUSED,
    BotInMemory,
    actor_of,
    expect_current_cards,
)

from bot.commands import Place, Status
from bot.jobs import PostCard, RefreshCard
from bot.model.card import Audience
from bot.model.ids import CommandKey, SessionId
from bot.model.switches import Location
from bot.model.technician import Platform
from bot.ports import Posted
from bot.values import replace
from bot.views.pages import Message
from bot.views.parts import LinkButton, Reader
from bot.views.ready import ready_view
from bot.views.session import SessionCard


async def test_card_is_posted_in_the_channel_of_the_command(bot: BotInMemory) -> None:
    session = await bot.open_session()
    (card,) = await bot.cards(session.id)
    assert (card.platform, card.tenant, card.channel) == (Platform.SLACK, "T1", CHANNEL.channel)
    assert card.audience is Audience.SHARED


async def test_card_in_a_closed_channel_goes_to_the_creator_alone(bot: BotInMemory) -> None:
    bot.slack.closed_channels.add(CHANNEL.channel)
    session = await bot.open_session()
    (card,) = await bot.cards(session.id)
    assert card.audience is Audience.CREATOR
    assert list(bot.slack.private.values()) == [actor_of(ANA)]


@pytest.mark.parametrize("platform", [Platform.SLACK, Platform.TEAMS])
async def test_shared_channel_gets_a_line_and_the_creator_the_card(
    platform: Platform, bot: BotInMemory
) -> None:
    """People of another organization read that a session runs, and neither for whom nor what about."""
    place = replace(CHANNEL, channel="C-SHARED")
    chat = bot.slack if platform is Platform.SLACK else bot.teams
    chat.shared_channels.add(place.channel)
    session = await bot.open_session(platform=platform, place=place)
    cards = {card.audience: card for card in await bot.cards(session.id)}
    assert set(cards) == {Audience.EXTERNAL, Audience.CREATOR}
    assert cards[Audience.EXTERNAL].channel == place.channel
    line = bot.shown(cards[Audience.EXTERNAL])
    assert isinstance(line, Message)
    assert not line.buttons
    said = "".join(map(str, [line.text, *line.details]))
    assert "is running" in said
    assert session.requester is not None
    for detail in (session.subject, session.requester.name, session.code, session.technician_name):
        assert str(detail) not in said
    shown = bot.shown(cards[Audience.CREATOR])
    assert isinstance(shown, SessionCard)
    assert shown.subject == session.subject
    await bot.end(session.id)
    await bot.run_jobs()
    assert "is over" in str(getattr(bot.shown(cards[Audience.EXTERNAL]), "text", ""))


async def test_shown_again_in_a_shared_channel_the_card_goes_to_the_sender_alone(bot: BotInMemory) -> None:
    session = await bot.open_session()
    bot.slack.shared_channels.add(CHANNEL.channel)
    key = await bot.store_command(Status(), by=BEN)
    before = await bot.cards(session.id)
    await bot.run_job(PostCard(Platform.SLACK, session.id, key))
    (new,) = [card for card in await bot.cards(session.id) if card not in before]
    assert new.audience is Audience.TECHNICIAN
    assert bot.slack.private[Posted(new.channel, new.message)] == actor_of(BEN)


async def test_card_in_a_channel_that_is_shared_later_loses_its_details(bot: BotInMemory) -> None:
    session = await bot.open_session()
    (card,) = await bot.cards(session.id)
    assert isinstance(bot.shown(card), SessionCard)
    bot.slack.shared_channels.add(CHANNEL.channel)
    await bot.run_job(RefreshCard(card))
    shown = bot.shown(card)
    assert isinstance(shown, Message)
    assert session.subject not in str(shown.text)


@pytest.mark.parametrize(("place", "language"), [(CHANNEL, "en"), (PRIVATE, "fr")])
async def test_private_card_is_in_its_readers_language_and_a_shared_one_in_the_organisations(
    bot: BotInMemory, place: Place, language: str
) -> None:
    account = actor_of(ANA)
    async with bot.unit_of_work.write() as tx:
        profile = replace(bot.slack.profiles[account], locale="fr-CA", timezone="America/Montreal")
        await tx.people.store_profile(profile, bot.clock())
    session = await bot.open_session(place=place)
    (card,) = await bot.cards(session.id)
    assert (card.locale, card.timezone) == (language, "America/Montreal")
    assert bot.slack.readers[0] == Reader(language, "America/Montreal")


async def test_no_card_is_posted_while_cards_are_switched_off(bot: BotInMemory) -> None:
    await bot.switch(hidden=Location.MESSAGE)
    session = await bot.open_session()
    assert await bot.cards(session.id) == []
    (answer,) = bot.answers
    assert isinstance(answer.view, Message)
    assert answer.view.buttons == ()  # in plain text: links and words to type


async def test_card_that_cannot_be_posted_does_not_stop_the_session(bot: BotInMemory) -> None:
    bot.slack.fail_once("post", REFUSED)
    session = await bot.open_session()
    assert session.state.is_open
    (answer,) = bot.answers
    assert isinstance(answer.view, Message)
    links = [one.url for one in answer.view.buttons if isinstance(one, LinkButton)]
    assert links == [session.supporter_link, session.web_client_link]
    assert len(answer.view.details) == 3


async def test_posted_card_is_refreshed_only_where_something_changed(bot: BotInMemory) -> None:
    session = await bot.open_session()
    await bot.run_job(PostCard(Platform.SLACK, session.id, await bot.store_command(by=BEN)))
    assert bot.jobs == []


async def test_card_that_was_stored_by_a_run_that_died_is_refreshed(bot: BotInMemory) -> None:
    """That run may have died before it looked whether the session had changed since the post."""
    session = await bot.open_session()
    job = PostCard(Platform.SLACK, session.id, await bot.store_command(by=BEN))
    await bot.run_job(job)
    await bot.run_job(job)
    (card,) = await bot.cards(session.id)
    assert bot.jobs == [RefreshCard(card)]


async def test_next_card_in_a_conversation_replaces_the_earlier_one(bot: BotInMemory) -> None:
    session = await bot.open_session()
    (earlier,) = await bot.cards(session.id)
    await bot.run_job(PostCard(Platform.SLACK, session.id, await bot.store_command(by=BEN)))
    (card,) = await bot.cards(session.id)
    assert card.message != earlier.message
    assert isinstance(bot.shown(earlier), Message)
    await expect_current_cards(bot, session.id)


async def test_next_card_in_another_conversation_leaves_the_earlier_one(bot: BotInMemory) -> None:
    session = await bot.open_session()
    async with bot.context(Status(), BEN, Place("C2")) as context:
        key = context.command_request.key
    await bot.run_job(PostCard(Platform.SLACK, session.id, key))
    assert [one.channel for one in await bot.cards(session.id)] == [CHANNEL.channel, "C2"]
    await expect_current_cards(bot, session.id)


async def test_next_card_in_private_shows_another_technician_no_way_in(bot: BotInMemory) -> None:
    session = await bot.open_session()
    async with bot.context(Status(), BEN, PRIVATE) as context:
        key = context.command_request.key
    await bot.run_job(PostCard(Platform.SLACK, session.id, key))
    card = (await bot.cards(session.id))[-1]
    shown = bot.shown(card)
    assert isinstance(shown, SessionCard)
    assert shown.audience is Audience.TECHNICIAN
    assert not [one for one in shown.buttons if isinstance(one, LinkButton)]


async def test_earlier_card_that_cannot_be_updated_is_followed_no_longer(bot: BotInMemory) -> None:
    session = await bot.open_session()
    (earlier,) = await bot.cards(session.id)
    bot.slack.fail_once("update_card", REFUSED)
    await bot.run_job(PostCard(Platform.SLACK, session.id, await bot.store_command(by=BEN)))
    assert earlier not in await bot.cards(session.id)


@pytest.mark.parametrize("gone", ["session", "command"])
async def test_card_of_something_that_is_gone_is_not_posted(bot: BotInMemory, gone: str) -> None:
    session = await bot.open_session()
    posts = bot.slack.calls.count("post")
    key = CommandKey("none") if gone == "command" else await bot.store_command()
    await bot.run_job(PostCard(Platform.SLACK, SessionId("none") if gone == "session" else session.id, key))
    assert bot.slack.calls.count("post") == posts


async def test_way_in_is_not_given_to_a_session_without_a_link(bot: BotInMemory) -> None:
    session = await bot.accept_session()
    await bot.workflows.services.cards.send_supporter_link_to_creator(session.id)
    await bot.workflows.services.cards.send_supporter_link_to_creator(SessionId("none"))
    assert bot.answers == []


async def test_session_that_ended_meanwhile_is_not_announced_as_ready(bot: BotInMemory) -> None:
    session = await bot.open_session()
    await bot.end(session.id)
    answered = len(bot.answers)
    await bot.workflows.services.cards.send_supporter_link_to_creator(session.id)
    assert len(bot.answers) == answered


async def test_ready_view_without_a_link_has_nothing_to_press(bot: BotInMemory) -> None:
    view = ready_view(await bot.accept_session())
    assert isinstance(view, Message)
    assert list(view.buttons) == []
