"""Outages in tests with memory: requests, the report, and the card as it shows."""

from support.bot_in_memory import ANA, CHANNEL, REQUEST, BotInMemory

from bot.commands import Place, ReportOutage
from bot.model.ids import CommandKey, OutageId, RequestId, RequestNumber, derive_outage_id
from bot.model.outage import Outage
from bot.model.session import Session
from bot.model.technician import Platform, Technician
from bot.ports import Posted
from bot.values import replace
from bot.views.pages import View

NUMBERS = tuple(RequestNumber(str(one)) for one in (101, 102, 103))
OUTAGE = derive_outage_id(CommandKey("outage"))


def add_requests(bot: BotInMemory, *numbers: str) -> None:
    """Let ServiceDesk Plus have open requests with these numbers."""
    for number in numbers:
        bot.servicedesk.add_request(
            replace(REQUEST, number=RequestNumber(number), id=RequestId(f"900000000000{number:0>6}"))
        )


async def report_outage(
    bot: BotInMemory,
    *numbers: str,
    by: Technician = ANA,
    place: Place = CHANNEL,
    platform: Platform = Platform.SLACK,
    is_run: bool = True,
) -> OutageId:
    """Report an outage of requests that exist, and run every job."""
    wanted = tuple(RequestNumber(one) for one in numbers) or NUMBERS
    add_requests(bot, *wanted)
    await bot.send(ReportOutage(wanted, note="mail server"), by, place, platform, key="outage")
    if is_run:
        await bot.run_jobs()
    return OUTAGE


async def stored_outage(bot: BotInMemory, outage: OutageId = OUTAGE) -> Outage:
    async with bot.unit_of_work.read() as tx:
        stored = await tx.outages.get(outage)
    assert stored is not None, "the outage is not stored"
    return stored


async def shown_card(bot: BotInMemory, outage: OutageId = OUTAGE) -> View:
    """Return what the card of an outage shows now."""
    stored = await stored_outage(bot, outage)
    assert stored.place is not None, "the card has no place"
    chat = bot.slack if stored.actor.platform is Platform.SLACK else bot.teams
    return chat.messages[Posted(stored.place.channel, stored.place.message)]


async def session_of(bot: BotInMemory, number: str) -> Session:
    return next(one for one in await bot.sessions() if one.number == number)
