"""Changes while the card of an outage is posted or refreshed are not lost."""

from support.bot_in_memory import BotInMemory
from support.fakes.chat import FakeChat
from support.outages import OUTAGE, report_outage, session_of, shown_card, stored_outage

from bot.jobs import PostOutage, RefreshOutage
from bot.model.outage import OutagePlace
from bot.model.technician import Platform
from bot.views.outage import OutageCard

SLACK = Platform.SLACK


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
