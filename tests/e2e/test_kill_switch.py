"""The kill switch works however many sessions are open: it is off at once, and every card follows."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from support.bot import BotProcess, RunningBot, settings_for
from support.in_slack import InSlack
from support.many_sessions import (
    Load,
    count_missing_cards,
    store_sessions,
    unit_of_work_of,
    until_cards_followed,
    until_switched_off,
)
from support.slack_user import SlackUser, until

from bot.model.ids import Email
from bot.workflows.refresh_cards import BATCH
from sandbox.environment import Environment
from sandbox.faults import Fault
from storage.database import Database

LONG = 300
"""Seconds that all cards may take on a busy machine."""
CONNECTIONS = 20
"""How many calls to one outside system may be under way: the connections of the client."""


async def test_every_card_follows_the_switch_in_batches(slack_user: SlackUser, bot: RunningBot) -> None:
    """In Slack alone, because Teams' limit for one channel makes it slow."""
    admin = InSlack(slack_user)
    await admin.authorize()
    async with bot.unit_of_work.write() as tx:
        await tx.people.grant_admin(Email(admin.technician.email))
    number, _session = await admin.create()
    # TeamViewer does not know the stored sessions. It must not say so, or they would be over.
    admin.environment.teamviewer.faults.plan("sessions.get", Fault.SERVER_ERROR, times=None)
    await store_sessions(bot.unit_of_work, Load(sessions=2 * BATCH, cards=BATCH + 10))
    await admin.type("admin disable")
    await until(lambda: admin.link_buttons(admin.card(number)) == [])
    async with asyncio.timeout(LONG):
        await until_cards_followed(bot.database)


@pytest.mark.long
async def test_integration_is_off_at_once_and_every_card_follows(
    own_environment: Environment,
    tmp_path: Path,
    bot_process: Callable[..., BotProcess],
    database_url: str,
) -> None:
    """The rounds ask TeamViewer about the open sessions every second. After the answer nobody asks it any more."""
    user = InSlack(SlackUser.new(own_environment))
    settings = settings_for(own_environment, database_url, TVBOT_ADMINS=user.technician.email)
    own_environment.set_bot_url(settings["TVBOT_PUBLIC_URL"])
    bot = bot_process(settings, tmp_path / "log", "serve")
    await bot.start()
    await user.authorize()
    await user.create()
    assert await bot.stop() == 0
    database = Database(database_url)
    await store_sessions(unit_of_work_of(database, settings), Load(sessions=20_000, cards=2_000))
    teamviewer = own_environment.teamviewer
    # TeamViewer does not know the stored sessions. It must not say so, or they would be over.
    teamviewer.faults.plan("sessions.get", Fault.SERVER_ERROR, times=None)
    asked = teamviewer.count_calls("sessions.get")
    await bot.start()
    await until(lambda: teamviewer.count_calls("sessions.get") > asked, timeout=LONG)

    seen = asyncio.create_task(_calls_when_switched_off(own_environment, database))
    await user.ask("admin disable", "The integration is switched off. Nothing reaches TeamViewer")
    at_commit = await seen
    # What was sent before the switch moved has arrived by the time of a second answer.
    await user.ask("auth", "The TeamViewer integration is switched off.")
    calls = list(teamviewer.calls)
    # A call that had left before the commit may arrive after it. No other one does.
    late = [now - then for now, then in zip(_count_calls(own_environment), at_commit, strict=True)]
    assert max(late) <= CONNECTIONS
    async with asyncio.timeout(LONG):
        while await count_missing_cards(database):
            assert teamviewer.calls == calls
            await asyncio.sleep(0.05)  # the table tells nobody that it has changed
    assert teamviewer.calls == calls
    await database.close()
    assert await bot.stop() == 0
    assert "Traceback" not in bot.log()


async def _calls_when_switched_off(environment: Environment, database: Database) -> list[int]:
    """Return how many calls had arrived when the commit of the switch was seen."""
    await until_switched_off(database)
    return _count_calls(environment)


def _count_calls(environment: Environment) -> list[int]:
    """Return how many calls have arrived at TeamViewer and at ServiceDesk Plus."""
    return [len(environment.teamviewer.calls), len(environment.servicedesk.calls)]
