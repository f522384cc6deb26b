"""Start, move or cancel a planned session by a typed word, which names it by its request."""

from collections.abc import Sequence

from bot.commands import CancelPlan, MovePlan, OnPlan, OpenPlanForm, PlanVerb, StartPlan
from bot.errors import NotFound
from bot.model.plan import Plan
from bot.use_cases.context import CommandContext
from bot.use_cases.plan import belongs_to, cancel_plan, move_plan, open_plan_form, start_plan_now
from bot.views.pages import View
from bot.views.plan_words import none_planned_text, open_not_planned_text, which_plan_message


async def apply_plan_verb(command: OnPlan, context: CommandContext) -> View:
    """Do to the planned session that is meant what its buttons do; ask which one if several are. Raises NotFound, NotAllowed."""
    meant = await _find_meant(command, context)
    if len(meant) > 1:
        return which_plan_message(meant, command)
    (plan,) = meant
    match command.verb:
        case PlanVerb.START:
            return await start_plan_now(StartPlan(plan.id), context)
        case PlanVerb.MOVE if command.at:
            return await move_plan(MovePlan(plan.id, command.at), context)
        case PlanVerb.MOVE:
            return await open_plan_form(OpenPlanForm(plan.id), context)
        case PlanVerb.CANCEL:
            return await cancel_plan(CancelPlan(plan.id), context)


async def _find_meant(command: OnPlan, context: CommandContext) -> Sequence[Plan]:
    """Return the planned sessions that are meant: the sender's own or, for an SDAdmin, those of others."""
    planned = await context.tx.plans.planned_for(command.number)
    own = [one for one in planned if one.technician == context.by.email]
    if own:
        return own
    if not planned:
        is_open = any(
            one.technician == context.by.email
            for one in await context.tx.sessions.open_of_request(command.number)
        )
        raise NotFound(
            open_not_planned_text(command.number) if is_open else none_planned_text(command.number)
        )
    # Nobody but its technician starts a session.
    if command.verb is PlanVerb.START or not context.by.is_admin:
        raise belongs_to(planned[0])
    return planned
