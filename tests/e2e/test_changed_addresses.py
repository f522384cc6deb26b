"""An e-mail address goes from one account to another. What belongs to it does not go along by itself."""

from functools import partial

from support.bot import RunningBot
from support.chat_user import ChatUser, expect_answer

from bot.model.ids import Email


async def test_second_account_with_a_technicians_address_waits_for_an_sdadmin(
    connected: ChatUser, bot: RunningBot
) -> None:
    """It gets neither the session nor the role. After `admin confirm` it works in place of the first account."""
    number, session = await connected.create()
    boss, twin = connected.new_technician(), connected.new_twin()
    async with bot.unit_of_work.write() as tx:
        await tx.people.grant_admin(Email(boss.email))
        await tx.people.grant_admin(Email(connected.technician.email))
    doubt = "Another account here works as"
    for words in (f"enter {number}", f"link {number}", f"end {number}", "status", "admin disable"):
        await expect_answer(connected, doubt, partial(connected.type, words, by=twin), by=twin)
    await bot.settle()
    assert session.state == "open"
    assert session.supporter_link not in connected.ever_seen(twin)
    await connected.type("admin confirm {}", by=boss, mentioning=twin)
    await connected.reads(f"works as {twin.email} now", by=boss)
    await connected.ask("list", f"#{number}", by=twin)
    await connected.ask("list", doubt)
