"""Deliver an answer that did not get through at once."""

from collections.abc import Mapping

from bot.ports import Steps
from bot.services import Services
from bot.unit_of_work import Job
from bot.workflows import replies


def deliver_job(key: str) -> Job:
    """The job that delivers the answer to a command once more; it is kept under the command's ``key``."""
    return Job("deliver", f"deliver:{key}", {"command": key})


async def deliver(arguments: Mapping[str, str], services: Services, steps: Steps) -> None:
    """Deliver a kept answer, as often as it takes."""
    await steps.run("deliver", lambda: replies.deliver(services, arguments["command"]))
