"""Send the requester's mail as a reply on the request, and remember where ServiceDesk Plus refuses replies."""

from datetime import timedelta

from bot.email_templates import EmailText
from bot.errors import BotError, NotFound, NotSupported, OutcomeUnknown, Rejected, Unavailable
from bot.i18n import _
from bot.model.limitation import Limitation
from bot.model.notice import Notice
from bot.model.session import Session
from bot.ports import Clock, Mailer, Reply, ServiceDesk
from bot.unit_of_work import UnitOfWork
from bot.workflows.limitations import LimitationMonitor
from bot.workflows.notice_attempt import notice_attempt, unmark_attempted

RETRY_REFUSED_REPLIES_AFTER = timedelta(hours=1)
"""How long replies go another way before ServiceDesk Plus is tried again."""
LONGEST_WAIT_SECONDS = 60.0
"""The requester is waiting. Where a mail server is set up, a longer pause before the next try is too long."""


class ReplySender:
    """Sends replies. After a failure ``attempted_at`` is set only if the reply may have been sent."""

    def __init__(
        self,
        unit_of_work: UnitOfWork,
        servicedesk: ServiceDesk,
        mailer: Mailer,
        limitations: LimitationMonitor,
        clock: Clock,
    ) -> None:
        self._unit_of_work = unit_of_work
        self._servicedesk = servicedesk
        self._mailer = mailer
        self._limitations = limitations
        self._clock = clock

    async def send_reply(self, notice: Notice, session: Session, email: EmailText) -> None:
        """Send a reply, once.

        Raises NotFound without an address, OutcomeUnknown where it may have been sent, Rejected where it was refused or
        has to wait too long, and Unavailable.
        """
        requester = session.requester
        if session.request_id is None or requester is None or not requester.email:
            raise NotFound(_("The request shows no e-mail address."))
        known = await self._limitations.find(Limitation.REPLIES)
        if known is not None and self._limitations.is_current(known):
            raise Rejected(known.reason)
        reply = Reply(
            session.request_id, session.number, requester.email, email.subject, email.html, marker=notice.id
        )
        async with notice_attempt(notice, self._unit_of_work, self._clock) as was_attempted:
            # A reply carries our marker, so a lost answer does not lead to a second mail.
            if was_attempted and await self._servicedesk.has_reply(session.request_id, notice.id):
                return
            try:
                await self._servicedesk.reply(reply)
            except OutcomeUnknown:
                raise
            except BotError as error:
                # It was certainly not sent, so it may go another way.
                await unmark_attempted(notice, self._unit_of_work)
                raise await self._judge_failure(error) from error
        if known is not None:
            await self._limitations.clear(Limitation.REPLIES)

    async def _judge_failure(self, error: BotError) -> BotError:
        """Remember a refusal of every reply. Return the error that ends the step, or that lets it be retried."""
        if isinstance(error, NotSupported):
            await self._limitations.record(
                Limitation.REPLIES, error.text, retry_after=RETRY_REFUSED_REPLIES_AFTER
            )
        is_away_long = isinstance(error, Unavailable) and (error.retry_after or 0) > LONGEST_WAIT_SECONDS
        return Rejected(error.text) if is_away_long and self._mailer.is_configured else error
