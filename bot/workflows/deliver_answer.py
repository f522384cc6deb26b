"""Deliver the stored answer to a command."""

from bot.jobs import DeliverAnswer
from bot.ports import Steps
from bot.workflows.chat_retries import TRIES_TO_ANSWER, ChatRetries
from bot.workflows.replies import Replies


async def deliver_answer(job: DeliverAnswer, steps: Steps, *, replies: Replies, retries: ChatRetries) -> None:
    """Deliver a stored answer."""
    await retries.call_or_retry(
        "deliver the answer",
        lambda: replies.deliver_stored_answer(job.command),
        job,
        steps,
        tries=TRIES_TO_ANSWER,
    )
