"""Answers to words that are typed about a planned session."""

from collections.abc import Sequence
from typing import assert_never

from bot.commands import CancelPlan, Command, MovePlan, OnPlan, OpenPlanForm, PlanVerb, StartPlan
from bot.i18n import Text, _
from bot.model.ids import RequestNumber
from bot.model.plan import Plan
from bot.views.pages import Message
from bot.views.parts import Button
from bot.views.plan import plan_line, where_buttons_are
from bot.words_to_type import words_about

_MOST_OFFERED = 5
"""How many planned sessions a question has buttons for."""


def planned_only_text(plan: Plan, *, is_own: bool) -> Text:
    """Return the answer to who means an open session, where one is only planned."""
    if not is_own:
        return _(
            "No session is open for request #{number} yet. {technician} has planned one for {time}.",
            number=plan.number,
            technician=plan.technician_name,
            time=plan.starts_at,
        )
    return _(
        "No session is open for request #{number} yet. Yours is planned for {time}: type {start} to create it now, or {cancel}.",
        number=plan.number,
        time=plan.starts_at,
        start=words_about("start", plan.number),
        cancel=words_about("cancel", plan.number),
    )


def none_planned_text(number: RequestNumber) -> Text:
    """Return the answer to who means a planned session, where none is."""
    return _(
        "No session is planned for request #{number}. To create one now, type {words}.",
        number=number,
        words=words_about("create", number),
    )


def open_not_planned_text(number: RequestNumber) -> Text:
    """Return the answer to who means a planned session, where theirs is open."""
    return _(
        "Your session for request #{number} is open, not planned. To end it, type {words}.",
        number=number,
        words=words_about("end", number),
    )


def which_plan_message(plans: Sequence[Plan], command: OnPlan) -> Message:
    """Return the question which of several planned sessions is meant, with a button for each."""
    text = _(
        "Several sessions are planned for request #{number}. Which one?",
        number=command.number,
    )
    offered = plans[:_MOST_OFFERED]
    return Message(
        text,
        details=[
            *(plan_line(one) for one in offered),
            *([where_buttons_are()] if len(plans) > _MOST_OFFERED else []),
        ],
        buttons=[Button(_which_label(command.verb, one), _on(one, command)) for one in offered],
        is_personal=True,
    )


def _which_label(verb: PlanVerb, plan: Plan) -> Text:
    match verb:
        case PlanVerb.START:
            return _("Start {time}", time=plan.starts_at)
        case PlanVerb.MOVE:
            return _("Move {time}", time=plan.starts_at)
        case PlanVerb.CANCEL:
            return _("Cancel {time}", time=plan.starts_at)
        case _:
            assert_never(verb)


def _on(plan: Plan, command: OnPlan) -> Command:
    match command.verb:
        case PlanVerb.START:
            return StartPlan(plan.id)
        case PlanVerb.MOVE:
            return MovePlan(plan.id, command.at) if command.at else OpenPlanForm(plan.id)
        case PlanVerb.CANCEL:
            return CancelPlan(plan.id)
        case _:
            assert_never(command.verb)
