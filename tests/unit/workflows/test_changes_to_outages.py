"""Changes while the card of an outage is posted or refreshed are not lost."""

import pytest
from support.bot_in_memory import AWAY, BotInMemory
from support.fakes.chat import FakeChat
from support.outages import OUTAGE, report_outage, session_of, shown_card, stored_outage

from bot.errors import Unavailable
from bot.i18n import _
from bot.jobs import PostOutage, RefreshOutage
from bot.model.outage import OutagePlace
from bot.model.technician import Platform
from bot.ports import Posted
from bot.values import replace
from bot.views.outage import OutageCard
from bot.views.pages import Message

SLACK = Platform.SLACK
POST = PostOutage(SLACK, OUTAGE)


async def counts(bot: BotInMemory) -> str:
    card = await shown_card(bot)
    assert isinstance(card, OutageCard)
    return str(card.counts)


async def test_session_that_ends_while_the_card_of_its_outage_is_posted_is_shown_as_ended(
    bot: BotInMemory,
) -> None:
    """The refresh that the end enqueues may run before the card has a place. So the job of the post looks again."""
    await report_outage(bot, is_run=False)
    posting = [one for one in bot.unit_of_work.take_jobs() if isinstance(one.job, PostOutage)]
    sessions = await bot.sessions()

    async def end_all() -> None:
        for session in sessions:
            await bot.end(session.id)
        await bot.run_jobs()

    bot.slack.before_return["post"] = end_all
    await bot.run_job(posting[0].job)
    assert await counts(bot) == "Outage: 3 requests — 3 ended"


async def test_older_refresh_of_an_outage_that_arrives_last_does_not_win(bot: BotInMemory) -> None:
    await report_outage(bot)
    ended, other = await session_of(bot, "101"), await session_of(bot, "102")
    await bot.end(ended.id)
    bot.unit_of_work.take_jobs()
    bot.slack.before_return["update_message"] = lambda: bot.end(other.id)
    await bot.run_job(RefreshOutage(SLACK, OUTAGE))
    assert await counts(bot) == "Outage: 3 requests — 1 waiting, 2 ended"


async def test_place_that_becomes_known_while_the_card_is_posted_is_retired(bot: BotInMemory) -> None:
    await report_outage(bot, is_run=False)
    posting = [one for one in bot.unit_of_work.take_jobs() if isinstance(one.job, PostOutage)]
    chat: FakeChat = bot.slack
    known = OutagePlace("C1", "m0", is_private=False, locale="en", timezone="UTC")

    async def settle() -> None:
        async with bot.unit_of_work.write() as tx:
            await tx.outages.store_place(OUTAGE, known)

    chat.before_return["post"] = settle
    await bot.run_job(posting[0].job)
    place = (await stored_outage(bot)).place
    assert place is not None
    assert place.message == "m1"
    assert "update_message" in chat.calls


async def two_cards(bot: BotInMemory) -> tuple[OutagePlace, OutagePlace]:
    """Report an outage that two messages show, as two runs of a post may leave it, and end a session of it.

    Returns the place of the card, and that of the other message.
    """
    await report_outage(bot)
    place = (await stored_outage(bot)).place
    assert place is not None
    other = replace(place, message="m0")
    bot.slack.messages[Posted(other.channel, other.message)] = await shown_card(bot)
    await bot.end((await session_of(bot, "101")).id)
    bot.unit_of_work.take_jobs()
    return place, other


@pytest.mark.parametrize("is_away", [False, True])
async def test_message_that_is_retired_during_its_refresh_does_not_stay_a_card(
    bot: BotInMemory, *, is_away: bool
) -> None:
    """Two messages show the outage: the newer one became the card while the older one was updated.

    If the chat is away then, it is retired later.
    """
    former, newer = await two_cards(bot)

    async def change_the_card() -> None:
        async with bot.unit_of_work.write() as tx:
            await tx.outages.store_place(OUTAGE, newer)
            await tx.outages.store_shown(OUTAGE, newer.message, "")
        if is_away:
            bot.slack.fail_once("update_message", AWAY)

    bot.slack.before_return["update_message"] = change_the_card
    await bot.run_job(RefreshOutage(SLACK, OUTAGE))
    assert await counts(bot) == "Outage: 3 requests — 2 waiting, 1 ended"
    await bot.run_jobs()
    retired = bot.slack.messages[Posted(former.channel, former.message)]
    assert isinstance(retired, Message)
    assert str(retired.text) == "The card of the outage is further down now."


async def test_message_whose_update_failed_after_another_became_the_card_is_retired(bot: BotInMemory) -> None:
    """The answer to its update was lost, so it may show the outage again."""
    former, newer = await two_cards(bot)

    async def change_the_card_and_lose_the_answer() -> None:
        async with bot.unit_of_work.write() as tx:
            await tx.outages.store_place(OUTAGE, newer)
        raise Unavailable(_("Slack does not answer."))

    bot.slack.before_return["update_message"] = change_the_card_and_lose_the_answer
    await bot.run_job(RefreshOutage(SLACK, OUTAGE))
    retired = bot.slack.messages[Posted(former.channel, former.message)]
    assert isinstance(retired, Message)
    await bot.run_jobs()
    assert await counts(bot) == "Outage: 3 requests — 2 waiting, 1 ended"


async def test_card_is_current_though_the_run_that_stored_it_could_not_look_again(bot: BotInMemory) -> None:
    """A session ends while the card is posted, and the chat is away when the run looks what changed meanwhile."""
    await report_outage(bot, is_run=False)
    bot.unit_of_work.take_jobs()
    ended = await session_of(bot, "101")

    async def end_one() -> None:
        await bot.end(ended.id)
        bot.unit_of_work.take_jobs()

    bot.slack.before_return["post"] = end_one
    bot.slack.fail_once("update_message", Unavailable(_("Slack does not answer.")))
    await bot.run_job(POST)
    assert "1 ended" not in await counts(bot)
    await bot.run_jobs()
    assert "1 ended" in await counts(bot)
