"""SDAdmins read figures in the chat, and open them as a page."""

import re

import aiohttp
from support.bot import RunningBot
from support.chat_user import ChatUser
from support.recorded import end_session, help_requester
from support.slack_user import until

from bot.model.daily_sums import Figure
from bot.workflows.count_sessions import count_sessions


async def count_of(bot: RunningBot, technician: str) -> int:
    """Return how many sessions of a technician are counted today."""
    day = bot.services.clock().date()
    async with bot.unit_of_work.read() as tx:
        return (await tx.daily_sums.totals(day, day))[Figure.TECHNICIAN].get(technician, 0)


async def test_sdadmin_reads_the_report_and_opens_its_page(admin: ChatUser, bot: RunningBot) -> None:
    number, session = await admin.create()
    await help_requester(admin, number, session, minutes=5)
    await end_session(admin, number)
    # A round of the sweep may be under way. Then another one does nothing.
    await count_sessions(bot.unit_of_work)
    assert await count_of(bot, admin.technician.email) == 1
    await admin.type("admin report month")
    await admin.reads(f"{admin.technician.name}: ")
    seen = admin.seen()
    assert "Median time from creation to connection" in seen
    assert "▇" in seen
    message = await until(lambda: admin.newest_with("Open as a page"))
    (link,) = [one for one in admin.link_buttons(message) if "/report/" in one]
    async with aiohttp.ClientSession() as browser:
        async with browser.get(link, headers={"Accept-Language": "fr"}) as answer:
            assert answer.status == 200
            page = await answer.text()
        async with browser.get(f"{link}/figures.csv") as answer:
            rows = await answer.text()
        async with browser.get(link[:-1]) as answer:
            assert answer.status == 410
    assert f"Pour {admin.technician.email}" in page
    assert re.search(r"<th scope=\"row\">Session à distance</th><td class=\"amount\">\d+</td>", page)
    assert f"technician,{admin.technician.email},1" in rows
    assert "/report/" not in admin.channel_text()


async def test_report_is_in_the_language_of_its_reader(admin: ChatUser) -> None:
    admin.environment.slack.state.users[admin.technician.user].locale = "fr-FR"
    admin.technician.teams.locale = "fr-FR"
    await admin.type("admin report week")
    await admin.reads("Sessions du ")
    assert await until(lambda: admin.newest_with("Ouvrir dans le navigateur"))


async def test_report_is_for_sdadmins_alone(connected: ChatUser) -> None:
    await connected.ask("admin report month", "That is for SDAdmins")
    assert "/report/" not in connected.seen()
