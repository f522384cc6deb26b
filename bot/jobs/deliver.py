"""Deliver an answer that did not get through at once."""

from collections.abc import Mapping

from bot.jobs import telling
from bot.ports import Steps
from bot.store import Job
from bot.world import World


def deliver_job(key: str) -> Job:
    """The job that delivers the answer to a command once more; it is kept under the command's ``key``."""
    return Job("deliver", f"deliver:{key}", {"command": key})


async def deliver(arguments: Mapping[str, str], world: World, steps: Steps) -> None:
    """Deliver a kept answer, as often as it takes."""
    await steps.run("deliver", lambda: telling.deliver(world, arguments["command"]))
