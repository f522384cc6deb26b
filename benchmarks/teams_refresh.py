"""Measure the cost of a card refresh by Teams: the whole product with its database and its worker."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path
from typing import Any

from support.bot import BotProcess, settings_for
from support.slack_user import SlackUser
from support.teams_user import TeamsUser
from teams_load import Server, request

from sandbox.environment import Environment

SHOWN = b"application/vnd.microsoft.card.adaptive"
WARM_UP = 100


async def refresh(turns: int, connections: int, core: int | None) -> tuple[float, float]:
    """Return answers per second, and the milliseconds of processor time for each (NaN: unknown)."""
    environment = Environment()
    await environment.start()
    # Whatever ends the benchmark, its bot ends with it.
    async with AsyncExitStack() as stack:
        stack.push_async_callback(environment.stop)
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        settings = settings_for(environment, f"sqlite:///{folder}/tvbot.db", TVBOT_POLL_SECONDS="15")
        environment.set_bot_url(settings["TVBOT_PUBLIC_URL"])
        bot = BotProcess(settings, Path(folder) / "log", "serve")
        stack.push_async_callback(bot.kill)
        with _on(core):
            await bot.start()
        requests = await _requests(environment, turns)
        server = Server(int(settings["TVBOT_PORT"]))
        await server.load(requests[:WARM_UP], connections, holds=SHOWN)
        before = _processor_seconds(bot.pid)
        seconds = await server.load(requests, connections, holds=SHOWN)
        used = _processor_seconds(bot.pid) - before
        await stack.aclose()
    return turns / seconds, used / turns * 1000


async def _requests(environment: Environment, turns: int) -> list[bytes]:
    """Create a session, then refresh its card again and again."""
    environment.teams.auto_refresh = False
    slack_user = TeamsUser.of_slack_user(SlackUser.new(environment))
    await slack_user.authorize()
    number, _session = await slack_user.create()
    card = slack_user.card(number)
    assert card is not None
    action = card.cards[0]["refresh"]["action"]
    value = {"action": {**action, "id": None}, "trigger": "automatic"}
    made: list[bytes] = []
    for turn in range(turns):
        activity: dict[str, Any] = environment.teams.build_activity(
            slack_user.technician.teams, slack_user.channel, "invoke", name="adaptiveCard/action", value=value
        )
        made.append(
            request(
                {**activity, "id": f"f:{turn}", "replyToId": card.id},
                environment.teams.token_issuer.get_current_token(),
            )
        )
    return made


@contextmanager
def _on(core: int | None) -> Iterator[None]:
    """Pin processes that are started within to that core."""
    if core is None:
        yield
        return
    ours = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    yield
    os.sched_setaffinity(0, ours)


def _processor_seconds(process: int) -> float:
    """Return the processor time of a process (Linux, proc(5): utime and stime)."""
    try:
        fields = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    except OSError:
        return float("nan")
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
