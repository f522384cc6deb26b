"""The note on the request says who took the session over from whom."""

from support.bot_in_memory import ADA, BEN, BotInMemory, N
from support.transfers import hand_over, newest_transfer, open_session, run_jobs

from bot.commands import Transfer
from bot.jobs import AddTransferNote


def notes(bot: BotInMemory) -> list[str]:
    """Return the notes on the request that are about a transfer."""
    return [one for one in map(str, bot.servicedesk.notes) if "took it over" in one]


async def test_note_names_both_technicians_once(bot: BotInMemory) -> None:
    await hand_over(bot)
    await bot.run_job(AddTransferNote((await newest_transfer(bot)).id))
    (note,) = notes(bot)
    assert "is with Ben now, who took it over from Ana" in note
    assert "an SDAdmin" not in note


async def test_note_names_the_sdadmin_who_moved_it(bot: BotInMemory) -> None:
    await open_session(bot)
    await bot.send(Transfer(N, BEN.email), ADA)
    await run_jobs(bot)
    (note,) = notes(bot)
    assert "Moved by Ada, an SDAdmin." in note
