"""Thousands of generated requests that are forged or broken: none is accepted, none breaks the bot, and none makes it grow."""

import asyncio
import os
import resource
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from support.bot import HOOK_SECRET, BotProcess, RunningBot, settings_for
from support.forgeries import Forger, close, send_all
from support.generation import MORE
from support.installing import Browser, open_install_pages
from support.slack_user import SlackUser, card_of, until
from support.teams_user import TeamsUser

from sandbox.environment import Environment

COUNTED = ("sessions", "connections", "audit", "states", "commands", "installations")
WARM_UP = 4_000
REQUESTS = 10_000
HALF_REQUESTS = 1_100
GROWTH_MEGABYTES = 24


def count_rows(file: str) -> dict[str, int]:
    """Count what a request that was accepted would have left."""
    database = sqlite3.connect(file)
    try:
        return {
            table: database.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608 - a constant
            for table in COUNTED
        }
    finally:
        database.close()


def resident_megabytes(pid: int) -> float:
    """Return the memory that a process occupies."""
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() / 2**20


async def with_session(slack_user: SlackUser) -> tuple[TeamsUser, str]:
    """Connect the technician in both chats, with an open session. Return the number of its request."""
    await slack_user.authorize()
    number = slack_user.new_request()
    await slack_user.type(f"create {number}")
    await until(lambda: card_of(slack_user, number, "Waiting for"))
    teams = TeamsUser.of_slack_user(slack_user)
    await teams.say("status", where=teams.personal)
    await teams.reads("connected as")
    return teams, number


def rows_of_forged(before: dict[str, int], after: dict[str, int]) -> dict[str, int]:
    """Return the growth of the tables that only an accepted request changes. Broken ones may be commands still."""
    return {table: after[table] - before[table] for table in COUNTED if table != "commands"}


async def test_250_forged_and_broken_requests_are_refused(slack_user: SlackUser, bot: RunningBot) -> None:
    teams, number = await with_session(slack_user)
    await bot.settle()
    file = bot.bot.settings.database_url.removeprefix("sqlite:///")
    before = count_rows(file)
    outcome = await send_all(
        bot.bot.settings.public_url or "",
        Forger(1, slack_user, teams, number).draw(250),
    )
    assert outcome.wrong == [], "\n".join(sorted(set(outcome.wrong)))
    assert set(rows_of_forged(before, count_rows(file)).values()) == {0}
    assert card_of(slack_user, number, "Waiting for")


@pytest.mark.long
async def test_ten_thousand_forged_requests_are_refused_and_the_bot_does_not_grow(
    own_environment: Environment, tmp_path: Path, bot_process: Callable[..., BotProcess]
) -> None:
    """Commands are answered all the while. The app is installed by OAuth, so the routes that add it are there too."""
    slack_user = SlackUser.new(own_environment)
    slack = own_environment.slack
    team = slack.state.team_of(slack_user.technician.user).id
    settings = settings_for(
        own_environment,
        f"sqlite:///{tmp_path}/tvbot.db",
        TVBOT_SERVICEDESK_HOOK_SECRET=HOOK_SECRET,
        TVBOT_SLACK_CLIENT_ID=slack.client_id,
        TVBOT_SLACK_CLIENT_SECRET=slack.client_secret,
        TVBOT_SLACK_WORKSPACES=team,
    )
    del settings["TVBOT_SLACK_BOT_TOKEN"]
    process = bot_process(settings, tmp_path / "log", "serve")
    url = settings["TVBOT_PUBLIC_URL"]
    own_environment.set_bot_url(url)
    await process.start()
    async with Browser(own_environment, url) as browser:
        assert (await browser.go(await browser.decide(team))).status == 200
    teams, number = await with_session(slack_user)
    forger = Forger(2, slack_user, teams, number, states=await open_install_pages(url, 12))
    before = count_rows(f"{tmp_path}/tvbot.db")
    warm = await send_all(url, forger.draw(WARM_UP))
    at_first = resident_megabytes(process.pid)
    flood = asyncio.create_task(send_all(url, forger.draw(REQUESTS * int(os.environ.get(MORE, "1")))))
    own_environment.slack.delivery.ack_seconds = 60  # how long an answer takes is measured elsewhere
    answered = 0
    while not flood.done():
        assert (await slack_user.type("help")).status == 200
        answered += 1
    outcome = await flood
    assert (warm.wrong, outcome.wrong) == ([], [])
    assert answered > 0
    assert set(rows_of_forged(before, count_rows(f"{tmp_path}/tvbot.db")).values()) == {0}
    assert resident_megabytes(process.pid) - at_first < GROWTH_MEGABYTES
    # A broken form may reach a command. An error there is answered in its place, and logged.
    assert "request failed" not in process.log()
    assert await process.stop() == 0


@pytest.mark.long
async def test_command_is_answered_while_more_half_requests_are_open_than_the_bot_accepts(
    own_environment: Environment, tmp_path: Path, bot_process: Callable[..., BotProcess]
) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < 2 * HALF_REQUESTS:
        pytest.skip("the system allows too few open files")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 2 * HALF_REQUESTS), hard))
    settings = settings_for(own_environment, f"sqlite:///{tmp_path}/tvbot.db")
    process = bot_process(settings, tmp_path / "log", "serve")
    own_environment.set_bot_url(settings["TVBOT_PUBLIC_URL"])
    await process.start()
    slack_user = SlackUser.new(own_environment)
    logged = len(process.log())
    writers = []
    try:
        for _number in range(HALF_REQUESTS):
            _reader, writer = await asyncio.open_connection("127.0.0.1", int(settings["TVBOT_PORT"]))
            writer.write(b"POST /slack/events HTTP/1.1\r\nHost: x\r\nContent-Le")
            writers.append(writer)
        own_environment.slack.delivery.ack_seconds = 60
        assert (await slack_user.type("help")).status == 200
        await process.until_ready()
    finally:
        for writer in writers:
            await close(writer)
    assert len(process.log()) - logged < 5_000
    assert await process.stop() == 0
