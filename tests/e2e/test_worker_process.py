"""``tvbot serve`` and its worker are two processes: neither outlives the other one, and a worker that dies is started again."""

import os
import signal
from collections.abc import Callable
from pathlib import Path

import aiohttp
import pytest
from support.bot import BotProcess, settings_for
from support.in_slack import InSlack
from support.slack_user import SlackUser, until

from sandbox.environment import Environment

BUSY_SECONDS = 120
"""How long anything may take on a busy machine."""


def worker_of(bot: BotProcess) -> int:
    """Return the process that this ``serve`` has started; 0 while there is none."""
    children = Path(f"/proc/{bot.pid}/task/{bot.pid}/children").read_text(encoding="ascii").split()
    return int(children[0]) if children else 0


def has_ended(pid: int) -> bool:
    """Whether a process has ended. One that nobody has waited for yet is a zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


async def metrics_of(settings: dict[str, str]) -> str:
    async with (
        aiohttp.ClientSession() as client,
        client.get(f"{settings['TVBOT_PUBLIC_URL']}/metrics") as answer,
    ):
        return await answer.text()


@pytest.mark.long
@pytest.mark.skipif(
    not Path("/proc/self/task").exists(), reason="the worker is found by Linux's list of processes"
)
async def test_worker_and_web_server_watch_each_other(
    own_environment: Environment, tmp_path: Path, bot_process: Callable[..., BotProcess]
) -> None:
    settings = settings_for(own_environment, f"sqlite:///{tmp_path}/tvbot.db")
    own_environment.set_bot_url(settings["TVBOT_PUBLIC_URL"])
    user = InSlack(SlackUser.new(own_environment))
    bot = bot_process(settings, tmp_path / "log", "serve")
    await bot.start()
    first = worker_of(bot)
    assert 'process_cpu_seconds_total{process="worker"}' in await metrics_of(settings)

    os.kill(first, signal.SIGKILL)
    await until(lambda: worker_of(bot) not in {0, first}, timeout=BUSY_SECONDS)
    assert bot.log().count("the worker has ended and is started again") == 1
    await bot.until_ready()
    # It is the new worker that looks the sender up, and creates the session.
    await user.authorize()
    await user.create()

    second = worker_of(bot)
    os.kill(bot.pid, signal.SIGKILL)
    await bot.wait()
    await until(lambda: has_ended(second), timeout=BUSY_SECONDS)
    # The next one finds no second worker, and takes the file.
    await bot.start()
    third = worker_of(bot)
    assert await bot.stop() == 0
    assert has_ended(third)
    assert "Traceback" not in bot.log()
