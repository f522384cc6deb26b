"""The form in which another time is chosen for a planned session, and the inputs for a day and a time."""

from datetime import datetime

from adapters.teams.render.actions import execute
from adapters.teams.render.card import CardContent, Element, aside, heading
from adapters.teams.render.markdown import plain
from bot.i18n import Language, _
from bot.time_zones import find_zone
from bot.views.parts import Style
from bot.views.plan_form import PlanForm, plan_form_hint, plan_form_title

PLAN_FORM = "tv_plan"
"""The field of the form that holds the id of the planned session."""
DAY, TIME = "day", "time"
"""The inputs for a time. Teams sends them as ``2026-12-01`` and ``14:30``, or empty."""


def plan_form(view: PlanForm, say: Language) -> CardContent:
    """Render the form. It opens with the planned time, in the time zone of who moves it."""
    title = plan_form_title(view.plan)
    inputs = [
        one
        | {
            "isRequired": True,
            "errorMessage": plain(say).say(_("Choose a time.")),
        }
        for one in time_inputs(say, view.plan.starts_at, view.plan.timezone)
    ]
    body: list[Element] = [
        heading(say.say(title)),
        *inputs,
        aside(say.say(plan_form_hint(view.plan))),
        {
            "type": "ActionSet",
            "actions": [execute(_("Move"), {PLAN_FORM: view.plan.id}, say, Style.PRIMARY)],
        },
    ]
    return CardContent(plain(say).say(title), body, is_private=True)


def time_inputs(say: Language, first: datetime | None, timezone: str) -> list[Element]:
    """Return the inputs for a day and a time. They open with ``first``, in the reader's time zone."""
    local = first.astimezone(find_zone(timezone)) if first is not None else None
    day: Element = {"value": local.strftime("%Y-%m-%d")} if local is not None else {}
    time: Element = {"value": local.strftime("%H:%M")} if local is not None else {}
    return [
        {"type": "Input.Date", "id": DAY, "label": plain(say).say(_("Day")), **day},
        {"type": "Input.Time", "id": TIME, "label": plain(say).say(_("Time")), **time},
    ]
