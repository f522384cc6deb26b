"""The sender of a ``create`` reads where its card is, where they would not see it by themselves."""

from support.bot_in_memory import BEN, CHANNEL, PRIVATE, BotInMemory, N

from bot.i18n import Language
from bot.jobs import PostCard
from bot.model.technician import Platform
from bot.values import replace
from bot.views.links import holds_link
from bot.views.pages import Message

CHOSEN = replace(CHANNEL, channel="C7;chosen=")


def told(bot: BotInMemory) -> list[str]:
    """Return what the sender read about the card's place: its sentence and the lines below."""
    said = []
    for answer in bot.slack.answers:
        view = answer.view
        if isinstance(view, Message) and f"card for request #{N}" in (text := Language("en").say(view.text)):
            said.append("\n".join([text, *(Language("en").say(line) for line in view.details)]))
    return said


async def test_card_in_the_channel_of_the_command_needs_no_word(bot: BotInMemory) -> None:
    await bot.open_session()
    assert told(bot) == []


async def test_card_in_a_chosen_channel_is_told_with_its_link(bot: BotInMemory) -> None:
    bot.slack.places_to_tell.add(CHOSEN.channel)
    session = await bot.open_session(place=CHOSEN)
    (card,) = await bot.cards(session.id)
    (said,) = told(bot)
    assert "is in C7" in said
    assert f"https://chat.test/{card.channel}/{card.message}" in said


async def test_closed_channel_is_told_with_what_to_do(bot: BotInMemory) -> None:
    """The card is in the creator's own chat, with all its buttons: nothing is lost."""
    bot.slack.closed_channels.add(CHANNEL.channel)
    session = await bot.open_session()
    (said,) = told(bot)
    assert "cannot post in the channel of the command" in said
    assert "invite it there" in said
    (card,) = await bot.cards(session.id)
    assert holds_link(bot.shown(card))


async def test_shared_channel_is_not_called_closed(bot: BotInMemory) -> None:
    bot.slack.shared_channels.add(CHANNEL.channel)
    await bot.open_session()
    assert told(bot) == []


async def test_card_in_the_own_chat_is_told_where_the_first_answer_would_stay(bot: BotInMemory) -> None:
    bot.slack.places_to_tell.add(PRIVATE.channel)
    await bot.open_session(place=PRIVATE)
    assert [text.partition(".")[0] for text in told(bot)] == [f"The card for request #{N} is in this chat"]


async def test_card_that_somebody_asks_to_see_is_not_told(bot: BotInMemory) -> None:
    """It is the answer itself."""
    session = await bot.open_session()
    bot.slack.closed_channels.add(CHANNEL.channel)
    await bot.run_job(PostCard(Platform.SLACK, session.id, await bot.store_command(by=BEN)))
    await bot.run_jobs()
    assert len(await bot.cards(session.id)) == 2
    assert told(bot) == []
