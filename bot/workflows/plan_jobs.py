"""The jobs of planned sessions: which steps each has, and what follows from a failure."""

from bot.errors import ErrorCode
from bot.jobs import MailPlan, PreparePlan, ShowPlan, TellOfPlan
from bot.model.plan import PlanNews
from bot.ports import Steps
from bot.workflows.chat_retries import TRIES_TO_ANSWER, TRIES_TO_SHOW, ChatRetries
from bot.workflows.plans import PlanFollower

_REFUSED = frozenset({ErrorCode.REJECTED, ErrorCode.NOT_SUPPORTED, ErrorCode.NOT_AUTHORIZED})
"""After these errors a mail was certainly not sent, so it may go another way."""


async def prepare_plan(job: PreparePlan, steps: Steps, *, plans: PlanFollower) -> None:
    """Look the request up of a new planned session. If it takes none, say why."""
    found = await steps.run_step(
        "look up the request", lambda: plans.look_up_request(job.plan), is_repeatable=True
    )
    if found.problem is not None:
        await steps.run_step("drop the plan", lambda: plans.drop(job.plan, found), is_repeatable=True)


async def show_plan(job: ShowPlan, steps: Steps, *, plans: PlanFollower, retries: ChatRetries) -> None:
    """Post the card of a planned session, or update it."""
    await retries.call_or_retry(
        "show the plan", lambda: plans.show(job), job, steps, tries=TRIES_TO_SHOW, is_repeatable=True
    )


async def mail_plan(job: MailPlan, steps: Steps, *, plans: PlanFollower) -> None:
    """Mail the requester: by the bot's own mail server with a calendar file, else as a reply on the request."""
    if job.to:
        # A reply on the request is for its present requester.
        await steps.run_step(
            "mail the former requester", lambda: plans.mail_with_file(job), is_repeatable=True
        )
        return
    # If ServiceDesk Plus does not answer, the address that is known is the best one.
    await steps.run_step("look who the requester is", lambda: plans.follow_requester(job), is_repeatable=True)
    outcome = await steps.run_step(
        "mail the requester", lambda: plans.mail_with_file(job), is_repeatable=True
    )
    if outcome.problem is not None and outcome.code in _REFUSED:
        why = outcome.problem
        outcome = await steps.run_step(
            "reply on the request", lambda: plans.mail_as_reply(job, why), is_repeatable=True
        )
    if outcome.problem is not None:
        failed = outcome
        await steps.run_step(
            "store that it failed", lambda: plans.store_failure(job, failed), is_repeatable=True
        )
    if job.news is not PlanNews.REMINDER:
        await steps.run_step("add the note to the request", lambda: plans.add_note(job), is_repeatable=True)


async def tell_of_plan(job: TellOfPlan, steps: Steps, *, plans: PlanFollower, retries: ChatRetries) -> None:
    """Send the technician of a planned session a private message."""
    await retries.call_or_retry(
        "send the message", lambda: plans.tell(job), job, steps, tries=TRIES_TO_ANSWER
    )
