"""Send a session's notices, one step each. A notice that fails is shown on the card and undoes nothing else."""

from collections.abc import Sequence

from bot import access, email_templates
from bot.account_check import AccountCheck
from bot.errors import ErrorCode, NotAllowed, NotFound, Rejected
from bot.i18n import Text, _
from bot.installation import Installation
from bot.jobs import AddNote, SendNotice
from bot.model.ids import CommandKey, NoticeId
from bot.model.notice import Channel, Notice, NoticeState, Recipient
from bot.model.request import Requester
from bot.model.session import Kind, Session
from bot.ports import Clock, Mail, Mailer, ReturnAddress, ServiceDesk, StepOutcome, Steps
from bot.unit_of_work import Transaction, UnitOfWork
from bot.unit_of_work.together import together
from bot.unit_of_work.work import NoticeToSend
from bot.values import replace
from bot.views.pages import Message
from bot.views.parts import Reader, Tone
from bot.views.session import notice_text
from bot.workflows.notice_attempt import notice_attempt
from bot.workflows.notice_notes import PLANNED_NOTICES, planned_notice_ids, store_result
from bot.workflows.replies import enqueue_reply, problem_view
from bot.workflows.requester_reply import ReplySender
from bot.workflows.sms import SmsSender

_REFUSED = frozenset({ErrorCode.REJECTED, ErrorCode.NOT_SUPPORTED, ErrorCode.NOT_AUTHORIZED})
_NOT_SENT = _REFUSED | {ErrorCode.UNAVAILABLE}
"""After these errors a reply goes another way, unless an earlier try may have sent it."""


class NoticeSender:
    """Plans and sends notices: replies on the request, mails and SMS."""

    def __init__(
        self,
        *,
        unit_of_work: UnitOfWork,
        servicedesk: ServiceDesk,
        mailer: Mailer,
        sms: SmsSender,
        reply_sender: ReplySender,
        accounts: AccountCheck,
        installation: Installation,
        clock: Clock,
    ) -> None:
        self._unit_of_work = unit_of_work
        self._reply_sender = reply_sender
        self._accounts = accounts
        self._servicedesk = servicedesk
        self._mailer = mailer
        self._sms = sms
        self._installation = installation
        self._clock = clock

    async def plan_notices(self, session: Session, tx: Transaction) -> Sequence[Notice]:
        """Store who is to be notified and how, as the session opens, and return these notices.

        A notice that cannot be sent is stored as SKIPPED, with the reason.
        """
        notices = []
        for (recipient, planned), new in zip(PLANNED_NOTICES, planned_notice_ids(session.id), strict=True):
            # Both ways of an SMS share one id, so a change of the setting leads to no second one.
            channel = self._sms.channel if planned.is_sms else planned
            if channel.is_sms and session.kind is not Kind.PILOT:
                continue
            if channel.is_chat and not session.in_chat:
                continue
            reason = self._skip_reason(channel, session.requester)
            state = NoticeState.SKIPPED if reason else NoticeState.PENDING
            notice = Notice(new, session.id, recipient, channel, state, self._clock(), problem=reason)
            await tx.notices.add(notice)
            notices.append(notice)
        return notices

    def _skip_reason(self, channel: Channel, requester: Requester | None) -> Text | None:
        match channel:
            case Channel.REPLY | Channel.NOTE:
                return _why_not_invited(requester)
            case Channel.MAIL:
                return None if self._mailer.is_configured else _("No mail server is set up.")
            case Channel.SMS | Channel.TEAMVIEWER_SMS:
                return self._sms.skip_reason(requester)
            case Channel.CHAT | Channel.SLACK | Channel.TEAMS:
                has_address = requester is not None and bool(requester.email)
                return None if has_address else _("The request shows no e-mail address.")

    async def send_in_steps(
        self, notice: NoticeId, steps: Steps, *, known: NoticeToSend | None = None
    ) -> None:
        """Send one notice, if it exists. ``known``: as it was stored a moment ago.

        A reply that was certainly not sent goes out as a mail. Where that is refused too, or where no mail server is set
        up, it becomes a note on the request that the requester can see.
        """

        async def send() -> None:
            nonlocal known
            # Only the first attempt follows at once.
            just_known, known = known, None
            await self._send(notice, just_known)

        outcome = await steps.run_step(f"send notice {notice}", send, is_repeatable=True)
        if outcome.code in _NOT_SENT:
            is_mail = await steps.run_step(
                f"turn notice {notice} into a mail", lambda: self._turn_reply_into_mail(notice)
            )
            if is_mail:
                outcome = await steps.run_step(f"mail notice {notice}", lambda: self._send(notice))
        if outcome.code in _NOT_SENT:
            refused = outcome
            is_note = await steps.run_step(
                f"turn notice {notice} into a note", lambda: self._turn_into_note(notice, refused)
            )
            if is_note:
                outcome = await steps.run_step(f"add notice {notice} as a note", lambda: self._send(notice))
        if outcome.problem is not None:
            failed = outcome
            await steps.run_step(f"mark notice {notice}", lambda: self._store_failure(notice, failed))

    async def _send(self, notice_id: NoticeId, known: NoticeToSend | None = None) -> None:
        found = known
        if found is None:
            async with self._unit_of_work.read() as tx:
                found = await tx.open_work.notice_to_send(notice_id)
        if found is None or found.notice.state is not NoticeState.PENDING:
            return
        access.require_integration_on(found.switches)
        notice, session = found.notice, found.session
        if not session.is_usable:
            over = _("The session was over before it could be sent.")
            await self._finish(replace(notice, state=NoticeState.SKIPPED, problem=over))
            return
        state = await self._send_by_channel(notice, session)
        await self._finish(replace(notice, state=state, attempted_at=notice.attempted_at or self._clock()))

    async def _send_by_channel(self, notice: Notice, session: Session) -> NoticeState:
        match notice.channel:
            case Channel.REPLY:
                await self._reply_sender.send_reply(notice, session, self._requester_email(notice, session))
                return NoticeState.SENT
            case Channel.MAIL:
                return await self._send_mail(notice, session)
            case Channel.NOTE:
                return await self._send_as_note(notice, session)
            case Channel.SMS | Channel.TEAMVIEWER_SMS:
                return await self._sms.send(notice, session)
            case Channel.CHAT | Channel.SLACK | Channel.TEAMS:
                # `InviteInChat` is their job: nothing else may send them.
                return notice.state

    async def _finish(self, notice: Notice) -> None:
        """Store the result of a pending notice. A result that was stored meanwhile stays."""
        async with self._unit_of_work.write() as tx:
            await store_result(notice, tx)

    async def _send_as_note(self, notice: Notice, session: Session) -> NoticeState:
        """Add the text of the mail to the request, as a note that the requester can see. Once."""
        if session.request_id is None:
            raise NotFound(_("The bot no longer knows this session."))
        text = self._requester_email(notice, session).html
        async with notice_attempt(notice, self._unit_of_work, self._clock) as was_attempted:
            # The note carries our marker, so a lost answer does not lead to a second note.
            if was_attempted and await self._servicedesk.find_note(session.request_id, notice.id) is not None:
                return NoticeState.SENT
            await self._servicedesk.add_note(session.request_id, text, is_public=True)
        return NoticeState.SENT

    async def _send_mail(self, notice: Notice, session: Session) -> NoticeState:
        if notice.recipient is Recipient.TECHNICIAN:
            async with self._unit_of_work.read() as tx:
                creator, profiles = await together(
                    tx, tx.commands.origin_of(session.id), tx.people.profiles_of(session.technician)
                )
            await self._require_current_creator(session, creator)
            to: str | None = session.technician
            reader = Reader.of(profiles[0] if profiles else None, self._installation.language)
            email = email_templates.technician_email(session, reader.language)
        else:
            to = session.requester.email if session.requester else None
            email = self._requester_email(notice, session)
        if not to:
            raise Rejected(_("The request shows no e-mail address."))
        # The same notice has the same id: many mail systems show a repeated mail once.
        message_id = f"<{notice.id}@tvbot>"
        async with notice_attempt(notice, self._unit_of_work, self._clock):
            await self._mailer.send(Mail(to, email.subject, email.text, email.html, message_id))
        return NoticeState.SENT

    async def _require_current_creator(self, session: Session, address: ReturnAddress | None) -> None:
        """Look again at the account that created a session, before a mail brings it the supporter link.

        ``address``: where its command came from, where that is still stored.
        Raises NotAllowed if it is no technician's any more, Unavailable if that is not known now, and NotFound if nobody
        knows which account it was.
        """
        if address is None and session.handovers:
            # An SDAdmin moved it: no command of this technician asked for it.
            await self._accounts.require_any_current(session.technician)
            return
        if address is None:
            raise NotFound(_("The bot no longer knows this session."))
        if await self._accounts.find_refusal(address.actor) is not None:
            # Others read it on the card, so it does not say why.
            raise NotAllowed(_("{name} cannot run sessions any more.", name=session.technician_name))

    def _requester_email(self, notice: Notice, session: Session) -> email_templates.EmailText:
        join_page = self._installation.join_page(session.join_token)
        return email_templates.requester_email(session, join_page, notice.id, self._installation.language)

    async def _turn_reply_into_mail(self, notice_id: NoticeId) -> None:
        """Let the bot's own mail server send a reply that was not sent. Raises Rejected where that is impossible."""
        async with self._unit_of_work.write() as tx:
            notice = await tx.notices.get(notice_id)
            if notice is None or not _is_unsent_reply(notice) or not self._mailer.is_configured:
                raise Rejected(_("No mail server is set up."))
            await tx.notices.save(replace(notice, channel=Channel.MAIL), known_state=NoticeState.PENDING)

    async def _turn_into_note(self, notice_id: NoticeId, refused: StepOutcome) -> None:
        """Let a notice to the requester become a note. Raises Rejected where that is impossible.

        A mail becomes one only after a refusal: a mail server that gave no answer may have sent it.
        """
        async with self._unit_of_work.write() as tx:
            notice = await tx.notices.get(notice_id)
            is_refused_mail = (
                notice is not None
                and (notice.recipient, notice.channel) == (Recipient.REQUESTER, Channel.MAIL)
                and refused.code in _REFUSED
            )
            if notice is None or not (_is_unsent_reply(notice) or is_refused_mail):
                raise Rejected(_("There is no other way to send this."))
            # The note is a new attempt. The reason stays with it, because no mail was sent.
            note = replace(notice, channel=Channel.NOTE, attempted_at=None, problem=refused.problem)
            await tx.notices.save(note, known_state=NoticeState.PENDING)

    async def _store_failure(self, notice_id: NoticeId, outcome: StepOutcome) -> None:
        """Store that sending failed, or that its outcome is unknown."""
        async with self._unit_of_work.write() as tx:
            notice = await tx.notices.get(notice_id)
            if notice is None:
                return
            broke_while_sending = outcome.code is ErrorCode.INTERNAL and notice.attempted_at is not None
            # A reply that was certainly not sent is no longer marked as attempted.
            may_be_sent = notice.channel is Channel.REPLY and notice.attempted_at is not None
            is_unclear = outcome.code is ErrorCode.OUTCOME_UNKNOWN or broke_while_sending or may_be_sent
            state = NoticeState.UNSURE if is_unclear else NoticeState.FAILED
            await store_result(replace(notice, state=state, problem=outcome.problem), tx)

    async def report_result(self, notice_id: NoticeId, key: CommandKey) -> None:
        """Enqueue the answer to a technician who asked for a notice, and the note about it."""
        async with self._unit_of_work.write() as tx:
            notice = await tx.notices.get(notice_id)
            session = await tx.sessions.get(notice.session_id) if notice else None
            if notice is None or session is None:
                return
            await enqueue_reply(key, result_view(notice, session), tx, reason=notice_id)
            # A reply and a note are on the request by themselves.
            if notice.channel not in {Channel.REPLY, Channel.NOTE}:
                await tx.enqueue(AddNote(session.id, notice_id), key=f"note:{notice_id}")


def _why_not_invited(requester: Requester | None) -> Text | None:
    """Return why no mail can go to the requester, and what to do. None where one can."""
    if requester is None or not (requester.name or requester.email):
        return _("The request names no requester. Press “Get link” and send the link yourself.")
    if not requester.email:
        return _("The request shows no e-mail address. Press “Get link” and send the link yourself.")
    return None


def _is_unsent_reply(notice: Notice) -> bool:
    return notice.channel is Channel.REPLY and notice.attempted_at is None


async def send_notice(job: SendNotice, steps: Steps, *, notices: NoticeSender) -> None:
    """Send one notice of an open session. Where a technician asked for it, report the result."""
    await notices.send_in_steps(job.notice, steps)
    key = job.command
    if key is not None:
        await steps.run_step("report the result", lambda: notices.report_result(job.notice, key))


def result_view(notice: Notice, session: Session) -> Message:
    """Return what a technician is answered who asked for a notice."""
    requester = session.requester.name if session.requester else ""
    if notice.channel.is_sms or notice.channel.is_chat:
        text = notice_text(notice, session)
        return Message(text, Tone.GOOD) if notice.state is NoticeState.SENT else problem_view(text)
    if notice.channel is Channel.NOTE and notice.state is NoticeState.SENT:
        return problem_view(notice_text(notice, session))
    if notice.state is NoticeState.SENT:
        return Message(
            _("The link was sent to {requester} again, by e-mail.", requester=requester), Tone.GOOD
        )
    if notice.state is NoticeState.UNSURE:
        return problem_view(_("It is not sure that {requester} got it.", requester=requester))
    return problem_view(
        _(
            "{requester} could not be notified. {why}",
            requester=requester,
            why=notice.problem or _("No reason was given."),
        )
    )
