"""ServiceDesk Plus tells that a request was closed; the audit trail is written out and proved."""

import asyncio
import csv
import io
import sqlite3
import sys
from pathlib import Path

import aiohttp
import pytest
from support.bot import BotProcess, settings_for
from support.desk import Desk, card_of, until

from sandbox.town import Town

SECRET = "hook-secret-51"


@pytest.fixture
async def town():
    """A town of its own: its bot is set up differently."""
    town = Town()
    await town.start()
    yield town
    await town.stop()


async def tvbot(settings: dict[str, str], *words: str) -> tuple[int, str, str]:
    """Run the command line; returns its exit code and what it said."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        "from adapters.cli.main import run; run()",
        *words,
        env=settings,
        cwd=Path(__file__).parents[2],
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    return process.returncode or 0, out.decode(), err.decode()


async def test_a_closed_request_ends_its_sessions_and_the_trail_tells(town: Town, tmp_path: Path) -> None:
    """The hook knows its secret; what it ended is in the trail; a changed entry is found."""
    settings = settings_for(town, f"sqlite:///{tmp_path}/tvbot.db", TVBOT_SERVICEDESK_HOOK_SECRET=SECRET)
    town.serve_bot_at(settings["TVBOT_PUBLIC_URL"])
    bot = BotProcess(settings, tmp_path / "log", "serve")
    await bot.start()
    desk = Desk.new(town)
    await desk.authorize()
    number = desk.new_request()
    await desk.type(f"create {number}")
    await until(lambda: card_of(desk, number, "Waiting for"))
    url = f"{settings['TVBOT_PUBLIC_URL']}/hooks/servicedesk"
    body = {"event": "request_closed", "request_id": town.servicedesk.requests[number].id}
    async with aiohttp.ClientSession() as client:
        for headers, sent, status in (
            ({}, body, 401),
            ({"X-TVBot-Secret": "guess"}, body, 401),
            ({"X-TVBot-Secret": SECRET}, {"event": 1}, 400),
            ({"X-TVBot-Secret": SECRET}, body, 202),
            ({"X-TVBot-Secret": SECRET}, body, 202),
        ):
            async with client.post(url, json=sent, headers=headers) as answer:
                assert (answer.status, await answer.read()) == (status, b"")
    await until(lambda: card_of(desk, number, "Ended by ServiceDesk Plus"))
    assert await bot.stop() == 0

    code, out, _err = await tvbot(settings, "audit", "verify")
    assert code == 0
    assert "whole: 3 entries" in out
    code, out, _err = await tvbot(settings, "audit", "export")
    actions = [row["action"] for row in csv.DictReader(io.StringIO(out))]
    assert actions == ["connection.made", "session.created", "session.ended"]
    with sqlite3.connect(tmp_path / "tvbot.db") as database:
        database.execute("UPDATE audit SET by = 'somebody else' WHERE number = 2")
    database.close()
    code, _out, err = await tvbot(settings, "audit", "verify")
    assert code == 1
    assert "tampered with at entry 2" in err
