"""ServiceDesk Plus reports a closed request. The audit trail is exported and verified."""

import asyncio
import csv
import io
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path

import aiohttp
import pytest
from support.bot import HOOK_SECRET as SECRET
from support.bot import BotProcess, settings_for
from support.slack_user import SlackUser, card_of, until

from sandbox.environment import Environment
from storage.vault import new_key

pytestmark = pytest.mark.long


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


async def status_of_raw_secret(port: str, secret: bytes) -> int:
    """Call the hook with a secret that is no text at all; returns the status."""
    reader, writer = await asyncio.open_connection("127.0.0.1", int(port))
    head = b"POST /hooks/servicedesk HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nConnection: close\r\n"
    writer.write(head + b"X-TVBot-Secret: " + secret + b"\r\n\r\n{}")
    line = await reader.readline()
    writer.close()
    await writer.wait_closed()
    return int(line.split()[1])


async def test_a_closed_request_ends_its_sessions_and_the_trail_tells(
    own_environment: Environment,
    tmp_path: Path,
    bot_process: Callable[..., BotProcess],
) -> None:
    """The hook knows its secret; what it ended is in the trail; a changed entry is found."""
    settings = settings_for(
        own_environment, f"sqlite:///{tmp_path}/tvbot.db", TVBOT_SERVICEDESK_HOOK_SECRET=SECRET
    )
    own_environment.set_bot_url(settings["TVBOT_PUBLIC_URL"])
    bot = bot_process(settings, tmp_path / "log", "serve")
    await bot.start()
    slack_user = SlackUser.new(own_environment)
    await slack_user.authorize()
    number = slack_user.new_request()
    await slack_user.type(f"create {number}")
    await until(lambda: card_of(slack_user, number, "Waiting for"))
    url = f"{settings['TVBOT_PUBLIC_URL']}/hooks/servicedesk"
    body = {"event": "request_closed", "request_id": own_environment.servicedesk.requests[number].id}
    async with aiohttp.ClientSession() as client:
        for headers, status in (({}, 401), ({"X-TVBot-Secret": "guess"}, 401)):
            async with client.post(url, json=body, headers=headers) as answer:
                assert (answer.status, await answer.read()) == (status, b"")
        async with client.post(url, json=body, headers={"X-TVBot-Secret": SECRET}) as answer:
            assert (answer.status, await answer.json()) == (202, {"matched": 1})
        assert await status_of_raw_secret(settings["TVBOT_PORT"], b"\xff\xfe") == 401
        deep = b"[" * 9000
        async with client.post(url, data=deep, headers={"X-TVBot-Secret": SECRET}) as answer:
            assert answer.status == 400
    await until(lambda: card_of(slack_user, number, "Ended by ServiceDesk Plus"))
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


async def test_a_hook_whose_end_failed_tells_the_creator_and_works_when_it_is_called_again(
    own_environment: Environment,
    tmp_path: Path,
    bot_process: Callable[..., BotProcess],
) -> None:
    """TeamViewer no longer knew the technician; they sign in again, and the next call of the hook ends the session."""
    settings = settings_for(
        own_environment, f"sqlite:///{tmp_path}/tvbot.db", TVBOT_SERVICEDESK_HOOK_SECRET=SECRET
    )
    own_environment.set_bot_url(settings["TVBOT_PUBLIC_URL"])
    bot = bot_process(settings, tmp_path / "log", "serve")
    await bot.start()
    slack_user = SlackUser.new(own_environment)
    await slack_user.authorize()
    number = slack_user.new_request()
    await slack_user.type(f"create {number}")
    await until(lambda: card_of(slack_user, number, "Waiting for"))
    url = f"{settings['TVBOT_PUBLIC_URL']}/hooks/servicedesk"
    body = {"event": "request_closed", "request_id": own_environment.servicedesk.requests[number].id}
    own_environment.teamviewer.revoke_tokens(slack_user.technician.email)
    async with aiohttp.ClientSession(headers={"X-TVBot-Secret": SECRET}) as client:
        async with client.post(url, json=body) as answer:
            assert answer.status == 202
        await until(lambda: "The session could not be ended" in slack_user.seen())
        assert f"Request #{number} was closed in ServiceDesk Plus" in slack_user.seen()
        await slack_user.authorize()
        async with client.post(url, json=body) as answer:
            assert answer.status == 202
    await until(lambda: card_of(slack_user, number, "Ended by ServiceDesk Plus"))
    assert slack_user.sessions(number)[0].state == "closed"
    assert await bot.stop() == 0


async def test_a_trail_whose_newest_entries_were_cut_off_is_found(
    own_environment: Environment,
    tmp_path: Path,
    bot_process: Callable[..., BotProcess],
) -> None:
    """The chain alone cannot show it, but its end is signed. An operator may accept the shorter trail."""
    settings = settings_for(own_environment, f"sqlite:///{tmp_path}/tvbot.db")
    own_environment.set_bot_url(settings["TVBOT_PUBLIC_URL"])
    bot = bot_process(settings, tmp_path / "log", "serve")
    await bot.start()
    slack_user = SlackUser.new(own_environment)
    await slack_user.authorize()
    await slack_user.type("logout --sure")
    await until(lambda: own_environment.teamviewer.count_calls("oauth.revoke"))
    assert await bot.stop() == 0
    key = settings["TVBOT_SECRET_KEYS"]
    settings["TVBOT_SECRET_KEYS"] = f"{new_key()},{key}"
    assert (await tvbot(settings, "audit", "verify"))[1] == "The audit trail is whole: 2 entries.\n"
    assert (await tvbot(settings, "keys", "rotate"))[0] == 0
    settings["TVBOT_SECRET_KEYS"] = settings["TVBOT_SECRET_KEYS"].split(",")[0]
    assert (await tvbot(settings, "audit", "verify"))[0] == 0
    with sqlite3.connect(tmp_path / "tvbot.db") as database:
        database.execute("DELETE FROM audit WHERE number = 2")
    database.close()
    code, _out, err = await tvbot(settings, "audit", "verify")
    assert code == 1
    assert "does not end where TVBOT_SECRET_KEYS signed it" in err
    assert (await tvbot(settings, "audit", "verify", "--accept"))[0] == 0
    assert (await tvbot(settings, "audit", "verify"))[1] == "The audit trail is whole: 1 entries.\n"
