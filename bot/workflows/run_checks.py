"""Check everything that the bot depends on, and tell the SDAdmin who asked for it."""

from bot.jobs import RunChecks
from bot.ports import Doctor, Steps
from bot.views.findings import findings_message
from bot.workflows.replies import Replies


async def run_checks(job: RunChecks, steps: Steps, *, doctor: Doctor, replies: Replies) -> None:
    """Make the checks. The answer is a job of its own, which waits for a chat that is away."""

    async def check() -> None:
        findings = await doctor.examine()
        await replies.enqueue_answer(job.command, findings_message(findings), reason="checked")

    await steps.run_step("make the checks", check)
