"""Deliver an answer that did not arrive at the first try."""

from bot.jobs import DeliverAnswer
from bot.ports import Steps
from bot.workflows.replies import Replies


async def deliver_answer(job: DeliverAnswer, steps: Steps, *, replies: Replies) -> None:
    """Deliver a stored answer, with the engine's retries."""
    await steps.run_step("deliver the answer", lambda: replies.deliver_stored_answer(job.command))
