"""The form in which another time is chosen for a planned session, as a modal, and the picker for a time."""

import json
from datetime import datetime

from adapters.slack.render.blocks import Block, plain_text
from bot.i18n import Language, Text, _
from bot.views.plan_form import PlanForm, plan_form_title

PLAN_CALLBACK = "tv:plan"
TIME = "time"
"""The id of the picker, and of its block."""


def plan_form(view: PlanForm, language: Language) -> Block:
    """Render the form. Its metadata holds the id of the planned session, and no secret."""
    picker = time_picker(plan_form_title(view.plan), language, view.plan.starts_at)
    return {
        "type": "modal",
        "callback_id": PLAN_CALLBACK,
        "title": plain_text(_("Move"), 24, language),
        "submit": plain_text(_("Move"), 24, language),
        "close": plain_text(_("Cancel"), 24, language),
        "private_metadata": json.dumps({"plan": view.plan.id}),
        "blocks": [picker],
    }


def time_picker(label: Text, language: Language, first: datetime | None) -> Block:
    """Return the field for a day and a time. Slack shows it in the person's own time zone. It opens with ``first``."""
    chosen = {"initial_date_time": int(first.timestamp())} if first is not None else {}
    return {
        "type": "input",
        "block_id": TIME,
        "label": plain_text(label, 2000, language),
        "element": {"type": "datetimepicker", "action_id": TIME, **chosen},
    }
