"""Follow up on planned sessions: look the request up, show the card, mail the requester, tell the technician."""

from collections.abc import Mapping

import structlog

from bot import access
from bot.attempts import attempting, tracked_call
from bot.errors import BotError, ErrorCode, NotFound, OutcomeUnknown, Rejected, Unavailable
from bot.i18n import Text, _
from bot.installation import Installation
from bot.jobs import MailPlan, ShowPlan, TellOfPlan
from bot.model.ids import PlanId, email
from bot.model.notice import Channel, NoticeState
from bot.model.plan import Plan, PlanMail, PlanNews, PlanPlace
from bot.model.request import Request
from bot.model.switches import Location
from bot.model.technician import Platform
from bot.plan_email import plan_email, plan_event, plan_note
from bot.ports import Chat, Clock, Mail, Mailer, Posted, Reply, ReturnAddress, ServiceDesk, StepOutcome
from bot.unit_of_work import UnitOfWork
from bot.use_cases.plan import (
    audit_plan,
    enqueue_first_card_and_mail,
    enqueue_mails_to_new_requester,
    planned_origin,
    planned_session,
    save_plan,
)
from bot.use_cases.policy_check import require_plannable
from bot.values import replace
from bot.views.pages import Message
from bot.views.parts import Reader
from bot.views.plain import message_in_words
from bot.views.plan import make_plan_card, plan_card_for_outsiders, plan_message, planned_message
from bot.workflows.failure_text import failure_text
from bot.workflows.replies import Replies, enqueue_reply, problem_view
from bot.workflows.show_until_current import show_until_current

log = structlog.get_logger("bot")


class PlanFollower:
    """Does the outside work of planned sessions."""

    def __init__(
        self,
        *,
        unit_of_work: UnitOfWork,
        chats: Mapping[Platform, Chat],
        servicedesk: ServiceDesk,
        mailer: Mailer,
        replies: Replies,
        installation: Installation,
        clock: Clock,
    ) -> None:
        self._unit_of_work = unit_of_work
        self._chats = chats
        self._servicedesk = servicedesk
        self._mailer = mailer
        self._replies = replies
        self._installation = installation
        self._clock = clock

    # The request

    async def look_up_request(self, plan_id: PlanId) -> None:
        """Read the request into a new plan, and enqueue all that follows. Raises NotAllowed, NotFound, Rejected, Unavailable."""
        async with self._unit_of_work.read() as tx:
            plan = await tx.plans.get(plan_id)
            access.require_integration_on(await tx.switches.read())
        if plan is None or not plan.is_planned or plan.request_id is not None:
            return
        request = await self._servicedesk.request(plan.number)
        _require_open(request)
        async with self._unit_of_work.write() as tx:
            current = await tx.plans.lock(plan_id)
            if current is None or not current.is_planned or current.request_id is not None:
                return
            origin = await planned_origin(current, tx, self._installation)
            await require_plannable(planned_session(current), request, origin, tx, self._installation)
            known = current.for_request(request)
            await save_plan(known, current, tx)
            await enqueue_first_card_and_mail(known, tx)
            await audit_plan(known, self._clock(), tx)
            if not self._keeps_answers(known) or (await tx.switches.read()).hides(Location.MESSAGE):
                await enqueue_reply(known.command, planned_message(known), tx, reason="planned")

    def _keeps_answers(self, plan: Plan) -> bool:
        """Whether answers stay in the conversation. There, the card is the answer."""
        return self._chats[plan.actor.platform].capabilities.keeps_answers

    async def drop(self, plan_id: PlanId, outcome: StepOutcome) -> None:
        """Give a plan up whose request takes no session, and answer why."""
        why = failure_text(outcome, self._clock())
        async with self._unit_of_work.write() as tx:
            plan = await tx.plans.lock(plan_id)
            if plan is None or not plan.is_planned or plan.request_id is not None:
                return
            await save_plan(plan.refused(why, self._clock()), plan, tx)
            text = (
                why
                if why.values.get("number") == plan.number
                else _("No session was planned for request #{number}. {why}", number=plan.number, why=why)
            )
            await enqueue_reply(plan.command, problem_view(text), tx, reason="not planned")

    # The card

    async def show(self, job: ShowPlan) -> None:
        """Post the card of a plan, or bring it up to date. Raises Unavailable, Rejected."""

        async def show(plan: Plan | None) -> None:
            await self._post_or_update(plan, posts=job.posts)

        await show_until_current(lambda: self._load(job.plan), show)

    async def _load(self, plan_id: PlanId) -> Plan | None:
        async with self._unit_of_work.read() as tx:
            return await tx.plans.get(plan_id)

    async def _post_or_update(self, plan: Plan | None, *, posts: bool) -> None:
        if plan is None or plan.request_id is None:
            return
        async with self._unit_of_work.read() as tx:
            place = await tx.plans.place(plan.id)
            address = await tx.commands.return_address(plan.command)
            stored = await tx.people.profile(plan.actor)
            switches = await tx.switches.read()
        if place is None:
            return
        own = Reader.of(stored[0] if stored else None, self._installation.language)
        if place.message:
            await self._update(plan, place, own)
        elif posts and address is not None and plan.is_planned and switches.shows(Location.MESSAGE):
            await self._post(plan, place, address, own)

    async def _update(self, plan: Plan, place: PlanPlace, own: Reader) -> None:
        chat, posted = self._chats[plan.actor.platform], Posted(place.channel, place.message)
        reader = self._reader_at(own, is_private=place.is_private)
        view = await self._view_at(plan, place)
        if not await chat.update_message(plan.actor.tenant, posted, view, reader):
            async with self._unit_of_work.write() as tx:
                await tx.plans.store_place(plan.id, replace(place, message=""))

    async def _view_at(self, plan: Plan, place: PlanPlace) -> Message:
        """Return what a posted card shows now. Raises Unavailable."""
        card = make_plan_card(plan)
        async with self._unit_of_work.read() as tx:
            hides = (await tx.switches.read()).hides(Location.MESSAGE)
        if hides:
            return message_in_words(card)
        # A channel may be shared with another organization after the card was posted there.
        chat = self._chats[plan.actor.platform]
        if not place.is_private and await chat.is_shared_outside(plan.actor.tenant, place.channel):
            return plan_card_for_outsiders(plan)
        return card

    def _reader_at(self, own: Reader, *, is_private: bool) -> Reader:
        """Return for whom a card is rendered. In a channel everybody reads it, so it is in the organization's language."""
        return own if is_private else replace(own, language=self._installation.language)

    async def _post(self, plan: Plan, place: PlanPlace, to: ReturnAddress, own: Reader) -> None:
        """Post the card where the session was planned, or in private where the bot may not post there."""

        async def mark() -> bool:
            async with self._unit_of_work.write() as tx:
                return await tx.plans.mark_attempted(plan.id, self._clock())

        async with attempting(mark, lambda: self._unmark(plan.id)) as was_marked:
            posted = await self._find(plan, to, place) if was_marked else None
            if posted is None:
                posted = await self._send(plan, place, to, own)
        message, is_private = posted
        new = replace(place, channel=message.channel, message=message.message, is_private=is_private)
        async with self._unit_of_work.write() as tx:
            await tx.plans.store_place(plan.id, new)
        if was_marked:
            await self._update(plan, new, own)  # an earlier try may have shown an earlier state

    async def _find(self, plan: Plan, to: ReturnAddress, place: PlanPlace) -> tuple[Posted, bool] | None:
        """Look for the message of an earlier try. None where there is none, or where the chat does not show it."""
        chat, since = self._chats[to.actor.platform], place.attempted_at or plan.changed_at
        try:
            if not to.is_private:
                found = await chat.find_post(to.actor.tenant, to.channel, place.marker, since)
                if found is not None:
                    return found, False
            private = await chat.find_private_post(to.actor, place.marker, since)
        except Rejected as error:
            # A second card is better than none.
            log.warning("card may be posted twice", platform=to.actor.platform, reason=error.log_text)
            return None
        return None if private is None else (private, True)

    async def _send(
        self, plan: Plan, place: PlanPlace, to: ReturnAddress, own: Reader
    ) -> tuple[Posted, bool]:
        chat, card = self._chats[to.actor.platform], make_plan_card(plan)
        try:
            if not to.is_private and not await chat.is_shared_outside(to.actor.tenant, to.channel):
                reader = self._reader_at(own, is_private=False)
                posted = await chat.post(to.actor.tenant, to.channel, card, reader, marker=place.marker)
                if posted is not None:
                    return posted, False
            return await chat.post_private(to.actor, card, own, marker=place.marker), True
        except OutcomeUnknown as error:
            # The next try looks for the message first.
            raise Unavailable(error.text, retry_after=error.retry_after) from error
        except BotError:
            await self._unmark(plan.id)
            raise

    async def _unmark(self, plan_id: PlanId) -> None:
        async with self._unit_of_work.write() as tx:
            await tx.plans.unmark_attempted(plan_id)

    # The mail

    async def follow_requester(self, job: MailPlan) -> None:
        """Find out whether the request has another requester by now. Then they get a mail, and the former one's appointment is cancelled.

        Raises NotAllowed, NotFound, Rejected, Unavailable.
        """
        if job.news not in {PlanNews.MOVED, PlanNews.REMINDER}:
            return  # the first mail follows a look at the request, and the end is mailed to the person who got the appointment
        plan = await self._load_for_mail(job)
        if plan is None:
            return
        request = await self._servicedesk.request(plan.number)
        former = plan.requester_email
        if email(request.requester.email or "") == email(former or ""):
            return
        async with self._unit_of_work.write() as tx:
            current = await tx.plans.lock(plan.id)
            if current is None or not current.is_planned or current.sequence != job.sequence:
                return
            changed = current.for_other_requester(request)
            await save_plan(changed, current, tx)
            await enqueue_mails_to_new_requester(changed, job.news, former, tx)

    async def mail_with_file(self, job: MailPlan) -> None:
        """Mail the requester with the calendar file, unless the mail is outdated.

        Raises Rejected where no mail server is set up or it refuses the mail, NotFound without an address, and Unavailable.
        """
        plan = await self._load_for_mail(job)
        if plan is None:
            return
        plan = replace(plan, requester_name="", requester_email=job.to) if job.to else plan
        to, reader = await self._requester_of(plan)
        if not self._mailer.is_configured:
            raise Rejected(_("No mail server is set up."))
        text = plan_email(plan, job.news, _reference(job), reader, has_file=_has_file(job))
        event = plan_event(plan, job.news, reader, to) if _has_file(job) else None
        # The same mail has the same id: many mail systems show a repeated mail once.
        message_id = f"<{_reference(job)}@tvbot>"
        mail = Mail(to, text.subject, text.text, text.html, message_id, event)
        with tracked_call():
            await self._mailer.send(mail)
        await self._store_success(job, PlanMail(NoticeState.SENT, Channel.MAIL))

    async def mail_as_reply(self, job: MailPlan, why: Text) -> None:
        """Let ServiceDesk Plus mail the requester: a reply on the request, which cannot carry a file. Once.

        ``why``: why the bot's own mail server did not send it. Raises NotFound, Rejected, Unavailable.
        """
        plan = await self._load_for_mail(job)
        if plan is None or plan.request_id is None:
            return
        to, reader = await self._requester_of(plan)
        reference = _reference(job)
        # The reply carries our reference, so a crash or a lost answer leads to no second mail.
        if not await self._servicedesk.has_reply(plan.request_id, reference):
            text = plan_email(plan, job.news, reference, reader, has_file=False)
            reply = Reply(plan.request_id, plan.number, to, text.subject, text.html, marker=reference)
            with tracked_call():
                await self._servicedesk.reply(reply)
        await self._store_success(job, PlanMail(NoticeState.SENT, Channel.REPLY, why))

    async def store_failure(self, job: MailPlan, outcome: StepOutcome) -> None:
        """Store that the requester got no mail, or that it is not known."""
        match outcome.code:
            case ErrorCode.OUTCOME_UNKNOWN | ErrorCode.INTERNAL:
                state = NoticeState.UNSURE
            case ErrorCode.NOT_FOUND:
                state = NoticeState.SKIPPED
            case _:
                state = NoticeState.FAILED
        await self._store_mail(job, PlanMail(state, Channel.MAIL, outcome.problem))

    async def add_note(self, job: MailPlan) -> None:
        """Say on the request what was planned, and what became of the mail. Once. Raises NotAllowed, Rejected, Unavailable."""
        async with self._unit_of_work.read() as tx:
            plan = await tx.plans.get(job.plan)
            access.require_integration_on(await tx.switches.read())
        if plan is None or plan.request_id is None or plan.sequence != job.sequence:
            return
        if plan.mail.state is NoticeState.PENDING:
            return  # the session was started before the mail went out
        if await self._servicedesk.find_note(plan.request_id, _reference(job)) is None:
            reader = Reader(self._installation.language, self._installation.timezone)
            text = plan_note(plan, job.news, _reference(job), reader)
            await self._servicedesk.add_note(plan.request_id, text)

    async def _load_for_mail(self, job: MailPlan) -> Plan | None:
        """Return the plan that a mail is about. None where a later change has a mail of its own. Raises NotAllowed."""
        async with self._unit_of_work.read() as tx:
            plan = await tx.plans.get(job.plan)
            access.require_integration_on(await tx.switches.read())
        if plan is None or plan.sequence != job.sequence or plan.request_id is None:
            return None
        if job.news is not PlanNews.CANCELLED and not plan.is_planned:
            return None
        return plan

    async def _requester_of(self, plan: Plan) -> tuple[str, Reader]:
        """Return the requester's address, and their language and zone where they are known here. Raises NotFound."""
        if not plan.requester_email:
            raise NotFound(_("The request shows no e-mail address."))
        async with self._unit_of_work.read() as tx:
            profiles = await tx.people.profiles_with(email(plan.requester_email))
        reader = Reader(self._installation.language, self._installation.timezone)
        if profiles:
            own = Reader.of(profiles[0])
            reader = replace(own, timezone=own.timezone if own.timezone != "UTC" else reader.timezone)
        return plan.requester_email, reader

    async def _store_success(self, job: MailPlan, mail: PlanMail) -> None:
        """Store how a mail went out. The card shows the appointment, so a reminder changes nothing there."""
        if job.news is not PlanNews.REMINDER and not job.to:
            await self._store_mail(job, mail)

    async def _store_mail(self, job: MailPlan, mail: PlanMail) -> None:
        """Store what became of a mail, where it is the newest one."""
        async with self._unit_of_work.write() as tx:
            plan = await tx.plans.lock(job.plan)
            if plan is None or plan.sequence != job.sequence or plan.mail == mail:
                return
            await save_plan(plan.mailed(mail), plan, tx)

    # The technician

    async def tell(self, job: TellOfPlan) -> None:
        """Send the technician of a plan a private message, unless it is no longer true. Raises Unavailable, Rejected."""
        async with self._unit_of_work.read() as tx:
            plan = await tx.plans.get(job.plan)
        if plan is None or (job.news is PlanNews.REMINDER and not plan.is_planned):
            return
        await self._replies.message_person(plan.technician, plan_message(plan, job.news, by=job.by))


def _require_open(request: Request) -> None:
    if request.is_trashed:
        raise Rejected(
            _(
                "Request #{number} is in the trash of ServiceDesk Plus. Restore it there first.",
                number=request.number,
            )
        )
    if request.is_closed:
        raise Rejected(
            _(
                "Request #{number} is {status}: sessions are for open requests. Reopen it first.",
                number=request.number,
                status=request.status,
            )
        )


def _has_file(job: MailPlan) -> bool:
    """Whether a mail changes the requester's calendar."""
    return job.news is not PlanNews.REMINDER


def _reference(job: MailPlan) -> str:
    """Return the text by which a mail, a reply or a note about one change is found again."""
    return f"{job.plan[:16]}-{job.sequence}-{job.news.value}"
