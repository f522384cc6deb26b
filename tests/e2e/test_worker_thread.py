"""``tvbot serve`` and its worker are one process: it is ready when both are, and both end together."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import aiohttp
import pytest
from support.bot import BotProcess, settings_for
from support.in_slack import InSlack
from support.processes import family
from support.slack_user import SlackUser

from sandbox.environment import Environment

BUSY_SECONDS = 60
"""How long anything may take on a busy machine."""


async def metrics_of(settings: dict[str, str]) -> str:
    async with (
        aiohttp.ClientSession() as client,
        client.get(f"{settings['TVBOT_PUBLIC_URL']}/metrics") as answer,
    ):
        return await answer.text()


@pytest.mark.skipif(
    not Path("/proc/self/task").exists(), reason="its processes are found in Linux's list of them"
)
async def test_web_server_and_worker_begin_and_end_together(
    own_environment: Environment, tmp_path: Path, bot_process: Callable[..., BotProcess]
) -> None:
    settings = settings_for(own_environment, f"sqlite:///{tmp_path}/tvbot.db")
    own_environment.set_bot_url(settings["TVBOT_PUBLIC_URL"])
    user = InSlack(SlackUser.new(own_environment))
    bot = bot_process(settings, tmp_path / "log", "serve")
    await bot.start()
    assert family(bot.pid) == [bot.pid]
    # Both jobs are the worker's: one looks the sender up, one creates the session. Their figures are in the same answer.
    await user.authorize()
    await user.create()
    async with asyncio.timeout(BUSY_SECONDS):
        while 'tvbot_job_seconds_count{kind="create_session"}' not in await metrics_of(settings):
            await asyncio.sleep(0.05)  # an answer is up to some seconds old

    # A power cut takes both, and the next one finds the file free.
    bot.kill_now()
    await bot.wait()
    await bot.start()
    assert await bot.stop() == 0
    assert "Traceback" not in bot.log()
    assert "the worker did not end in time" not in bot.log()
