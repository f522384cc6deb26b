"""SIGTERM while 120 sessions are created: each is created, mailed, texted and noted once, and the log has no traceback."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from support.bot import BotProcess, settings_for
from support.in_slack import InSlack
from support.slack_user import SlackUser, until

from sandbox.environment import Environment
from sandbox.faults import Fault

pytestmark = pytest.mark.long

SESSIONS = 120
AT_ONCE = 2
"""More commands at once are not confirmed in time on a busy machine: Slack drops them, so nobody has accepted them."""
STOP_AFTER_SMS = (5, 60)
"""The bot is stopped when so many SMS have arrived, so that calls of every kind are under way."""
PATIENCE = "30"
"""On a busy machine an answer may take longer than a stop waits by default. A call that is cut off is rightly unsure."""
LONG = 400
"""Seconds that 120 sessions may take on a busy machine."""


async def test_bot_that_is_stopped_twice_loses_nothing_and_repeats_nothing(
    own_environment: Environment,
    tmp_path: Path,
    bot_process: Callable[..., BotProcess],
    database_url: str,
) -> None:
    settings = settings_for(own_environment, database_url, TVBOT_STOP_SECONDS=PATIENCE)
    own_environment.set_bot_url(settings["TVBOT_PUBLIC_URL"])
    bot = bot_process(settings, tmp_path / "log", "serve")
    await bot.start()
    user = InSlack(SlackUser.new(own_environment))
    await user.authorize()
    mobiles = {
        user.slack_user.new_request(f"Case {index}", mobile=f"+336{index:08}"): f"+336{index:08}"
        for index in range(10_000_000, 10_000_000 + SESSIONS)
    }
    await _accept_all(user, list(mobiles))
    for received in STOP_AFTER_SMS:
        await until(lambda received=received: len(own_environment.sms.messages) >= received, timeout=LONG)
        assert await bot.stop() == 0
        if received == STOP_AFTER_SMS[0]:
            notes = [own_environment.servicedesk.notes(number) for number in mobiles]
            assert not all(notes), "it was stopped in the middle"
        await bot.start()
    await _expect_all_done_once(user, mobiles)
    assert await bot.stop() == 0
    assert "Traceback" not in bot.log()


async def _accept_all(user: InSlack, numbers: list[str]) -> None:
    """Type every command while TeamViewer is away. Then it is back, and each call takes a while."""
    environment = user.environment
    environment.teamviewer.faults.plan("sessions.create", Fault.SERVER_ERROR, times=None)
    for first in range(0, SESSIONS, AT_ONCE):
        at_once = numbers[first : first + AT_ONCE]
        await asyncio.gather(*(user.slack_user.type_until_accepted(f"pilot {number}") for number in at_once))
    environment.teamviewer.faults.clear()
    slow = {
        "sessions.create": environment.teamviewer.faults,
        "notifications.add": environment.servicedesk.faults,
        "sms.send": environment.sms.faults,
        "chat.postMessage": environment.slack.faults,
    }
    for operation, faults in slow.items():
        faults.plan(operation, Fault.SLOW, times=None, seconds=0.4)


async def _expect_all_done_once(user: InSlack, mobiles: dict[str, str]) -> None:
    environment = user.environment
    servicedesk, mailbox, sms = environment.servicedesk, environment.mailbox, environment.sms
    await until(lambda: all(servicedesk.notes(number) for number in mobiles), timeout=LONG)
    await until(lambda: all(sms.messages_to(mobile) for mobile in mobiles.values()), timeout=LONG)
    done = {
        number: (
            len(user.slack_user.sessions(number)),
            len(mailbox.messages_to(f"ann{number}@example.test")),
            len(sms.messages_to(mobile)),
            # A notice that was late has a note of its own, so a request may have several. None comes twice.
            len(servicedesk.notes(number)) - len({note.html for note in servicedesk.notes(number)}) + 1,
        )
        for number, mobile in mobiles.items()
    }
    assert {number: counts for number, counts in done.items() if counts != (1, 1, 1, 1)} == {}
    assert len(mailbox.distinct_messages_to(user.technician.email)) == SESSIONS
    for number in mobiles:
        await until(lambda number=number: user.card(number, "E-mail to Ann Lee: sent"), timeout=LONG)
    assert [number for number in mobiles if user.count_cards(number) != 1] == []
