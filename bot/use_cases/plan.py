"""Plan a session for later: plan it, move it, cancel it, and create it when its time has come."""

import secrets
from datetime import datetime

from bot import access
from bot.coalesced_refreshes import enqueue_refresh_of_home
from bot.commands import (
    CancelPlan,
    CommandRequest,
    Create,
    MovePlan,
    OpenPlanForm,
    Place,
    PlanSession,
    StartPlan,
)
from bot.errors import NotAllowed, NotAuthorized, NotFound, too_many_conflicts
from bot.i18n import Text, _
from bot.installation import Installation
from bot.jobs import MailPlan, PreparePlan, ShowPlan, TellOfPlan
from bot.model.audit import Action, AuditEntry
from bot.model.ids import (
    CommandKey,
    PlanId,
    RequestNumber,
    SessionId,
    derive_plan_id,
    derive_session_id,
    new_join_token,
)
from bot.model.plan import LATEST_START, Plan, PlanNews, PlanState, reminder_for
from bot.model.policy import Origin
from bot.model.session import ENDED_BY_SERVICEDESK, Session
from bot.model.technician import Technician
from bot.time_zones import find_zone
from bot.typed_times import LATEST, PlannedMoment, read_time
from bot.unit_of_work import Transaction
from bot.use_cases.context import CommandContext
from bot.use_cases.create import accept_session, accepted_text, require_connection
from bot.use_cases.creation_limit import require_within_limit
from bot.use_cases.policy_check import require_plan_allowed
from bot.values import replace
from bot.views.pages import Message, View
from bot.views.parts import Tone
from bot.views.plan import (
    cancelled_message,
    earlier_text,
    moved_message,
    planned_already,
    planning_message,
    too_late_text,
)
from bot.views.plan_form import PlanForm

BY = "tvbot"
"""The name in the audit log for what the bot does by itself."""


async def plan_session(command: PlanSession, context: CommandContext) -> View:
    """Accept a session for later. A job looks its request up. Raises Misunderstood, NotAllowed, NotAuthorized.

    The same is asked as when a session is created now, and it is asked again at the planned time.
    """
    access.require_integration_on(context.switches)
    await require_connection(context)
    zone = await find_own_zone(context)
    moment = resolve_time(command.at, zone, context)
    wanted = [_new_plan(number, command, moment, zone, context) for number in command.numbers]
    sessions = [planned_session(one) for one in wanted]
    await require_within_limit(sessions, context, another=True)
    await require_plan_allowed(sessions, context)
    accepted: list[Plan] = []
    existing: list[Plan] = []
    for plan in wanted:
        stored = await context.tx.plans.add(plan, marker=secrets.token_hex(16))
        if stored.id != plan.id:
            existing.append(stored)
            continue
        job = PreparePlan(plan.actor.platform, plan.id)
        await context.tx.enqueue(job, key=f"{job.tag}:{plan.id}")
        accepted.append(plan)
    if not accepted and len(existing) == 1:
        return planned_already(existing[0], command)
    return planning_message(accepted, existing, is_earlier=moment.is_earlier)


async def open_plan_form(command: OpenPlanForm, context: CommandContext) -> View:
    """Return the form in which another time is chosen. Raises NotFound, NotAllowed."""
    access.require_integration_on(context.switches)
    plan = await _find_own(command.plan, context)
    zone = await find_own_zone(context)
    return PlanForm(replace(plan, timezone=zone))


async def move_plan(command: MovePlan, context: CommandContext) -> View:
    """Move a planned session to another time. Raises Misunderstood, NotFound, NotAllowed."""
    access.require_integration_on(context.switches)
    plan = await _find_own(command.plan, context)
    zone = await find_own_zone(context)
    moment = resolve_time(command.at, zone, context)
    moved = plan.moved(moment.at, zone, context.now, context.by.name)
    # Rules may have hours.
    await require_plan_allowed([planned_session(moved)], context)
    await save_plan(moved, plan, context.tx)
    await _enqueue_mail(moved, PlanNews.MOVED, context.tx)
    await _audit(Action.PLAN_MOVED, moved, context.by.email, context.now, context.tx)
    await _tell_technician(moved, PlanNews.MOVED, context)
    answer = moved_message(moved)
    return replace(answer, details=[earlier_text()]) if moment.is_earlier else answer


async def cancel_plan(command: CancelPlan, context: CommandContext) -> View:
    """Cancel a planned session, also while the integration is off. Raises NotFound, NotAllowed."""
    plan = await _find_own(command.plan, context)
    cancelled = plan.cancelled(context.now, context.by.name)
    await save_plan(cancelled, plan, context.tx)
    await _enqueue_mail(cancelled, PlanNews.CANCELLED, context.tx)
    await _audit(Action.PLAN_CANCELLED, cancelled, context.by.email, context.now, context.tx)
    await _tell_technician(cancelled, PlanNews.CANCELLED, context)
    return cancelled_message(cancelled, is_mailed=context.switches.integration)


async def start_plan_now(command: StartPlan, context: CommandContext) -> View:
    """Create a planned session before its time. Raises NotFound, NotAllowed, NotAuthorized.

    It is created in the technician's TeamViewer account, so nobody else may do this.
    """
    plan = await _find_own(command.plan, context)
    if plan.technician != context.by.email:
        raise belongs_to(plan)
    request = await _request_of(plan, context.tx)
    _session, is_new = await accept_session(
        _create_command(plan), replace(context, command_request=request), derived_from=_seed_of(plan)
    )
    await save_plan(plan.started(context.now), plan, context.tx)
    if not is_new:
        return Message(_("You have a session open for request #{number} already.", number=plan.number))
    return Message(accepted_text(plan.kind, plan.number), Tone.WAIT)


async def start_due_plan(plan_id: PlanId, tx: Transaction, installation: Installation, now: datetime) -> None:
    """Create a planned session whose time has come, as if its technician had asked for it now.

    What refuses it is stored, and its technician learns of it. The transaction holds all of it, so a session is created
    once, or its refusal is stored once.
    """
    plan = await tx.plans.lock(plan_id)
    if plan is None or not plan.is_due(now):
        return
    try:
        _require_in_time(plan, now)
        _session, is_new = await accept_session(
            _create_command(plan),
            await _context_of(plan, tx, installation, now),
            derived_from=_seed_of(plan),
        )
    except (NotAllowed, NotAuthorized) as error:
        refused = plan.refused(error.text, now)
        await save_plan(refused, plan, tx)
        await _audit(Action.PLAN_REFUSED, refused, BY, now, tx)
        await enqueue_news(refused, PlanNews.REFUSED, tx)
        return
    await save_plan(plan.started(now), plan, tx)
    if not is_new:
        await enqueue_news(plan, PlanNews.OPEN_ALREADY, tx)


async def refuse_started_plan(
    session: Session, why: Text, key: CommandKey, tx: Transaction, now: datetime
) -> bool:
    """Store that a session which was planned could not be created after all, and enqueue its technician's message.

    The request may be closed by now, or the technician may be none any more. ``key``: the command that asked for the session.
    Returns whether it was planned.
    """
    plan = await tx.plans.lock(derive_plan_id(key, session.number))
    if plan is None or plan.state is not PlanState.STARTED or session.id != derive_session_id(_seed_of(plan)):
        return False
    refused = plan.refused(why, now)
    await save_plan(refused, plan, tx)
    await _audit(Action.PLAN_REFUSED, refused, BY, now, tx)
    await enqueue_news(refused, PlanNews.REFUSED, tx)
    return True


async def cancel_plans_of_closed_request(reference: str, tx: Transaction, now: datetime) -> int:
    """Cancel each planned session of a request that was closed in ServiceDesk Plus. Returns how many there are.

    ``reference`` is the request's long id or its display number. The requester's appointment is cancelled too.
    """
    planned = await tx.plans.planned_about(reference)
    for plan in planned:
        cancelled = plan.cancelled(now, ENDED_BY_SERVICEDESK)
        await save_plan(cancelled, plan, tx)
        await _enqueue_mail(cancelled, PlanNews.CANCELLED, tx)
        await _audit(Action.PLAN_CANCELLED, cancelled, ENDED_BY_SERVICEDESK, now, tx)
        await enqueue_news(cancelled, PlanNews.CLOSED, tx)
    return len(planned)


async def remind_of_plan(plan: Plan, tx: Transaction) -> None:
    """Mark a planned session as reminded, and enqueue the reminders of both people with the mark."""
    if not await tx.plans.save(plan.reminded(), known_version=plan.version):
        return  # it was moved or cancelled at this moment
    await enqueue_news(plan, PlanNews.REMINDER, tx)
    await _enqueue_mail(plan, PlanNews.REMINDER, tx)


async def save_plan(changed: Plan, plan: Plan, tx: Transaction) -> None:
    """Store a changed plan, and enqueue the refresh of everything that shows it. Raises NotConfirmed."""
    if not await tx.plans.save(changed, known_version=plan.version):
        raise too_many_conflicts()
    await enqueue_refresh_of_plan(changed, tx)


async def enqueue_refresh_of_plan(plan: Plan, tx: Transaction) -> None:
    """Enqueue the refresh of a plan's card, and of the homes of its technician."""
    await tx.enqueue(ShowPlan(plan.actor.platform, plan.id), key=f"plan:{plan.id}:{plan.version}")
    for actor in await tx.homes.of_technician(plan.technician):
        await enqueue_refresh_of_home(actor, tx)


async def enqueue_news(plan: Plan, news: PlanNews, tx: Transaction, *, by: str = "") -> None:
    """Enqueue the technician's private message about a plan, once for each change."""
    await tx.enqueue(TellOfPlan(plan.id, news, by), key=f"plan:{plan.id}:{plan.sequence}:tell:{news}")


async def enqueue_first_card_and_mail(plan: Plan, tx: Transaction) -> None:
    """Enqueue the card of a new plan, and the requester's first mail about it."""
    job = ShowPlan(plan.actor.platform, plan.id, posts=True)
    await tx.enqueue(job, key=f"plan:{plan.id}:card")
    await _enqueue_mail(plan, PlanNews.PLANNED, tx)


async def enqueue_mails_to_new_requester(
    plan: Plan, news: PlanNews, former: str | None, tx: Transaction
) -> None:
    """Enqueue the mails after a request got another requester. ``news``: what the mail was to be about."""
    if former:
        job = MailPlan(plan.id, plan.sequence, PlanNews.CANCELLED, to=former)
        await tx.enqueue(job, key=f"plan:{plan.id}:{plan.sequence}:mail:former")
    await _enqueue_mail(plan, PlanNews.PLANNED, tx)
    if news is PlanNews.REMINDER:
        await _enqueue_mail(plan, news, tx)


def planned_session(plan: Plan) -> Session:
    """Return the session as it will be created, for the rules: they may have hours, so it counts at its planned time."""
    return Session(
        id=SessionId(plan.id),
        org_id=plan.org_id,
        number=plan.number,
        kind=plan.kind,
        technician=plan.technician,
        technician_name=plan.technician_name,
        join_token=new_join_token(),
        created_at=plan.starts_at,
    )


async def planned_origin(plan: Plan, tx: Transaction, installation: Installation) -> Origin:
    """Return what rules ask about who planned a session, and where."""
    address = await tx.commands.return_address(plan.command)
    room = "" if address is None or address.is_private else Place(address.channel).room
    return Origin(room, is_admin=await _is_admin(plan, tx, installation))


async def audit_plan(plan: Plan, now: datetime, tx: Transaction) -> None:
    """Record that a session was planned."""
    await _audit(Action.SESSION_PLANNED, plan, plan.technician, now, tx)


def _new_plan(
    number: RequestNumber, command: PlanSession, moment: PlannedMoment, zone: str, context: CommandContext
) -> Plan:
    request = context.command_request
    return Plan(
        id=derive_plan_id(request.key, number),
        org_id=context.installation.org_id,
        number=number,
        kind=command.kind,
        technician=context.by.email,
        technician_name=context.by.name,
        command=request.key,
        actor=request.actor,
        starts_at=moment.at,
        timezone=zone,
        changed_at=context.now,
        remind_at=reminder_for(moment.at, context.now),
        note=command.note,
        another=command.another,
        in_chat=command.in_chat,
    )


def _create_command(plan: Plan) -> Create:
    return Create(plan.number, plan.kind, plan.note, another=plan.another, in_chat=plan.in_chat)


def _seed_of(plan: Plan) -> str:
    """Return what the id of the session is derived from: a plan that is carried out twice makes one session."""
    return f"plan:{plan.id}"


def resolve_time(at: str, zone: str, context: CommandContext) -> PlannedMoment:
    """Return the moment that somebody in a time zone means. Raises Misunderstood for one that cannot be planned."""
    # A plan is deleted with what is over, so it must not lie further ahead than that.
    latest = min(LATEST, context.installation.retention)
    return read_time(at).resolve(context.now, find_zone(zone), latest)


async def find_own_zone(context: CommandContext) -> str:
    """Return the time zone of the sender: the one of their chat profile, else the organization's."""
    stored = await context.tx.people.profile(context.command_request.actor)
    own = stored[0].timezone if stored else ""
    return own if own and own != "UTC" else context.installation.timezone


async def _find_own(plan_id: PlanId, context: CommandContext) -> Plan:
    """Return a planned session of the sender, or any one for an SDAdmin. Raises NotFound, NotAllowed."""
    plan = await context.tx.plans.lock(plan_id)
    if plan is None:
        raise NotFound(_("The bot no longer knows this planned session."))
    if plan.technician != context.by.email and not context.by.is_admin:
        raise belongs_to(plan)
    if not plan.is_planned:
        raise NotFound(
            _(
                "The session for request #{number} is no longer planned: it was started or cancelled.",
                number=plan.number,
            )
        )
    return plan


def _require_in_time(plan: Plan, now: datetime) -> None:
    """Raise NotAllowed if the planned time is long over: nobody waits any more."""
    if now - plan.starts_at > LATEST_START:
        raise NotAllowed(too_late_text())


def belongs_to(plan: Plan) -> NotAllowed:
    return NotAllowed(
        _(
            "This planned session belongs to {technician}, who alone can do that.",
            technician=plan.technician_name,
        )
    )


async def _tell_technician(plan: Plan, news: PlanNews, context: CommandContext) -> None:
    if plan.technician != context.by.email:
        await enqueue_news(plan, news, context.tx, by=context.by.name)


async def _enqueue_mail(plan: Plan, news: PlanNews, tx: Transaction) -> None:
    await tx.enqueue(
        MailPlan(plan.id, plan.sequence, news), key=f"plan:{plan.id}:{plan.sequence}:mail:{news}"
    )


async def _audit(action: Action, plan: Plan, by: str, now: datetime, tx: Transaction) -> None:
    subject = f"#{plan.number} {plan.starts_at.isoformat(timespec='minutes')}"
    await tx.audit.append(AuditEntry(now, by, action, subject))


async def _is_admin(plan: Plan, tx: Transaction, installation: Installation) -> bool:
    return plan.technician in installation.admins or plan.technician in await tx.people.granted_admins()


async def _request_of(plan: Plan, tx: Transaction) -> CommandRequest:
    """Return the command that planned a session as one that asks for it now: its answers and its card go to the same place."""
    address = await tx.commands.return_address(plan.command)
    place = Place(address.channel, address.is_private) if address else Place("", is_private=True)
    return CommandRequest(plan.command, plan.actor, place, _create_command(plan))


async def _context_of(
    plan: Plan, tx: Transaction, installation: Installation, now: datetime
) -> CommandContext:
    is_admin = await _is_admin(plan, tx, installation)
    by = Technician(plan.technician, plan.technician_name, is_admin=is_admin)
    return CommandContext(by, await _request_of(plan, tx), await tx.switches.read(), tx, installation, now)
