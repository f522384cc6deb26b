"""End a new session whose requester got no mail, where a rule asks for that."""

from bot.i18n import _
from bot.installation import Installation
from bot.jobs import CreateSession, EndSession
from bot.model.notice import Channel, NoticeState
from bot.ports import Clock
from bot.unit_of_work import UnitOfWork
from bot.use_cases.ending import accept_end
from bot.use_cases.policy_check import asks_for_mail, find_mail_refusal
from bot.workflows.notice_notes import first_notice_id
from bot.workflows.replies import enqueue_reply, problem_view

BY = "tvbot"
"""Who ended the session, on its card and in the audit log."""


class MailRule:
    """Ends sessions that a rule does not let stay open."""

    def __init__(self, unit_of_work: UnitOfWork, installation: Installation, clock: Clock) -> None:
        self._unit_of_work = unit_of_work
        self._installation = installation
        self._clock = clock

    async def end_unmailed(self, job: CreateSession) -> None:
        """End a session if a rule asks for a mail to its requester, and none is known to have been sent. Once.

        The end, its job and the answer are one transaction. Raises NotConfirmed.
        """
        async with self._unit_of_work.read() as tx:
            if not asks_for_mail(await tx.policy.rules()):
                return
        async with self._unit_of_work.write() as tx:
            session = await tx.sessions.get(job.session)
            notice = await tx.notices.get(first_notice_id(job.session))
            is_mailed = (
                notice is not None
                and notice.state is NoticeState.SENT
                and notice.channel in {Channel.REPLY, Channel.MAIL}
            )
            if session is None or not session.is_usable or is_mailed:
                return
            refusal = await find_mail_refusal(session, tx, self._installation)
            if refusal is None:
                return
            ending = EndSession(session.id, by=BY, email=BY)
            await accept_end(ending, tx, self._clock(), key=f"unmailed:{session.id}", known=session)
            text = _(
                "The session for request #{number} is being ended: no e-mail to its requester is known to have been sent. {refusal}",
                number=session.number,
                refusal=refusal,
            )
            await enqueue_reply(job.command, problem_view(text), tx, reason=f"unmailed:{session.id}")
