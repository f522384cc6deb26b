"""Planned sessions in unit tests."""

from support.bot_in_memory import ANA, CHANNEL, BotInMemory, N

from bot.commands import Place, PlanSession
from bot.model.ids import RequestNumber
from bot.model.plan import Plan
from bot.model.technician import Platform, Technician
from bot.views.pages import Message, View

AT = "tomorrow 10:00"
"""In Paris, whose clock the organization goes by: 9:00 UTC on 25 November 2026."""


def plans_of(bot: BotInMemory) -> list[Plan]:
    """Return every stored plan."""
    return [row.plan for row in bot.unit_of_work._data.plans.values()]


def plan_of(bot: BotInMemory) -> Plan:
    """Return the plan that was stored last."""
    return plans_of(bot)[-1]


async def accept_plan(
    bot: BotInMemory,
    at: str = AT,
    *,
    by: Technician = ANA,
    place: Place = CHANNEL,
    platform: Platform = Platform.SLACK,
    number: RequestNumber = N,
) -> Plan:
    """Plan a session. Its job is enqueued and has not run."""
    await bot.send(PlanSession(number, at), by, place, platform)
    return plan_of(bot)


async def plan(bot: BotInMemory, at: str = AT, **more: object) -> Plan:
    """Plan a session, and run every job."""
    await accept_plan(bot, at, **more)  # type: ignore[arg-type]  # passed on as it is
    await bot.run_jobs()
    return plan_of(bot)


def card_of(bot: BotInMemory, platform: Platform = Platform.SLACK) -> View:
    """Return what the message of the newest plan shows now."""
    place = list(bot.unit_of_work._data.plans.values())[-1].place
    chat = bot.slack if platform is Platform.SLACK else bot.teams
    return next(view for posted, view in chat.messages.items() if posted.message == place.message)


def card_text(bot: BotInMemory) -> str:
    """Return what is written on the newest plan's card."""
    shown = card_of(bot)
    assert isinstance(shown, Message)
    return "\n".join(str(line) for line in (shown.text, *shown.details))
