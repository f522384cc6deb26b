"""kill -9 in the middle of creating ten sessions from Teams: all ten complete, none twice, each card in its thread."""

import asyncio
from pathlib import Path

import pytest
from support.bot import BotProcess, settings_for
from support.slack_user import SlackUser, until
from support.teams_user import TeamsUser, plain

from sandbox.environment import Environment
from sandbox.faults import Fault

pytestmark = pytest.mark.long

TEN = 10


async def test_the_same_process_takes_its_work_up_again(tmp_path: Path) -> None:
    """TeamViewer and ServiceDesk Plus are slow, so that some are half done when it dies."""
    environment = Environment()
    await environment.start()
    environment.teams.limits = (
        False  # ten at once in one channel: how fast may be written is proved elsewhere
    )
    settings = settings_for(environment, f"sqlite:///{tmp_path}/tvbot.db")
    environment.set_bot_url(settings["TVBOT_PUBLIC_URL"])
    bot = BotProcess(settings, tmp_path / "log", "serve")
    await bot.start()
    teams = TeamsUser.of_slack_user(SlackUser.new(environment))
    await teams.authorize()
    asked = await _start_ten(teams)
    await bot.kill()
    assert len(_replied(teams, asked)) < TEN, "it was killed in the middle"
    environment.teamviewer.faults.clear()
    environment.servicedesk.faults.clear()
    await bot.start()
    await until(lambda: all(environment.servicedesk.notes(number) for number in asked), timeout=60)
    for number, thread in asked.items():
        assert len(teams.slack_user.sessions(number)) == 1, number
        assert len(environment.mailbox.messages_to(f"ann{number}@example.test")) == 1, number
        assert len(environment.servicedesk.notes(number)) == 1, number
        await until(lambda number: teams.card(number, "E-mail to Ann Lee: sent"), number)
        cards = [one for one in teams.channel.messages if one.cards and f"#{number}" in plain(str(one.cards))]
        assert {one.thread_root for one in cards} == {thread}, number
    assert await bot.stop() == 0
    for session in environment.teamviewer.sessions.values():
        assert session.supporter_token not in bot.log()
        assert session.supporter_token.encode() not in (tmp_path / "tvbot.db").read_bytes()
    assert "Traceback" not in bot.log()
    await environment.stop()


async def _start_ten(teams: TeamsUser) -> dict[str, str]:
    """Ask for ten sessions, and come back when some are half done; returns the thread that each was asked for in."""
    teams.environment.teamviewer.faults.plan("sessions.create", Fault.SLOW, times=None, seconds=0.4)
    teams.environment.servicedesk.faults.plan("notifications.add", Fault.SLOW, times=None, seconds=0.4)
    numbers = [teams.slack_user.new_request(f"Case {number}") for number in range(TEN)]
    deliveries = await asyncio.gather(*(teams.say(f"create {number}") for number in numbers))
    asked = {number: delivery.activity["id"] for number, delivery in zip(numbers, deliveries, strict=True)}
    await until(lambda: _replied(teams, asked))
    return asked


def _replied(teams: TeamsUser, asked: dict[str, str]) -> list[str]:
    return [number for number in asked if teams.environment.mailbox.messages_to(f"ann{number}@example.test")]
