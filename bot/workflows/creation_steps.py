"""The steps of the job that creates a session. It waits for no chat: cards, homes and answers are jobs of their own."""

from bot.errors import ErrorCode
from bot.i18n import _
from bot.jobs import CreateSession
from bot.ports import StepOutcome, Steps
from bot.unit_of_work import Transaction
from bot.workflows.create_session import Created, LookedUp, SessionCreator
from bot.workflows.mail_rule import MailRule
from bot.workflows.notice_notes import first_notice_id
from bot.workflows.notices import NoticeSender
from bot.workflows.orphaned_sessions import OrphanCloser
from bot.workflows.post_card import is_on_card_of_outage
from bot.workflows.replies import enqueue_reply, problem_view


async def create_session(
    job: CreateSession,
    steps: Steps,
    *,
    creator: SessionCreator,
    notices: NoticeSender,
    orphans: OrphanCloser,
    mail_rule: MailRule,
) -> None:
    """Create an accepted session and mail its requester, or say why that is impossible."""
    session_id = job.session
    known: LookedUp | None = None

    async def look_up_request() -> None:
        nonlocal known
        known = await creator.look_up_request(session_id, job.command)

    looked_up = await steps.run_step("look up the request", look_up_request, is_repeatable=True)
    if looked_up.problem is not None:
        why = creator.failure_text(looked_up)
        await steps.run_step("drop the session", lambda: creator.drop(session_id, job.command, why))
        return
    created: Created | None = None

    async def open_session() -> None:
        nonlocal created, known
        # Only the first attempt follows the look at once.
        just_known, known = known, None
        created = await creator.open_session(session_id, just_known)

    opened = await steps.run_step("open the session", open_session, is_repeatable=True)
    if opened.problem is not None:
        await _report_failure(job, opened, steps, creator=creator, orphans=orphans)
        return
    if created is None or not created.session.state.is_open:
        still_open = await steps.run_step(
            "check that it is open", lambda: creator.require_still_open(session_id), is_repeatable=True
        )
        if still_open.code is ErrorCode.REJECTED:
            await steps.run_step("close the orphaned session", lambda: orphans.close_orphan(session_id))
            return
    first_notice = created.first_notice if created is not None else None
    await notices.send_in_steps(first_notice_id(session_id), steps, known=first_notice)
    # The rules are those by which it was created. Where an earlier run created it, they are not known here.
    if created is None or created.asks_for_mail:
        await steps.run_step(
            "end it if a rule asks for a mail", lambda: mail_rule.end_unmailed(job), is_repeatable=True
        )


async def _report_failure(
    job: CreateSession,
    opened: StepOutcome,
    steps: Steps,
    *,
    creator: SessionCreator,
    orphans: OrphanCloser,
) -> None:
    why = creator.failure_text(opened)
    offers_sign_in = opened.code is ErrorCode.NOT_AUTHORIZED

    async def answer(tx: Transaction) -> None:
        session = await tx.sessions.get(job.session)
        text = (
            _("The session could not be created. {why}", why=why)
            if session is None
            else _(
                "The session for request #{number} could not be created. {why}",
                number=session.number,
                why=why,
            )
        )
        if session is not None and not offers_sign_in and await is_on_card_of_outage(session, tx):
            return
        # The command may have accepted other sessions as well.
        reason = f"failed:{job.session}"
        await enqueue_reply(job.command, problem_view(text), tx, reason=reason, offers_sign_in=offers_sign_in)

    await steps.run_step("mark it as failed", lambda: orphans.fail_session(job.session, why, also=answer))
