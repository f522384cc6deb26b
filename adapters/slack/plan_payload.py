"""Read a time that was chosen in a form, and the submitted form that moves a planned session."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from adapters.slack.origin import SlackOrigin, as_object
from adapters.slack.render.plan_form import TIME
from bot.commands import CommandRequest, MovePlan, Place
from bot.model.ids import CommandKey, PlanId


def read_chosen_time(values: Mapping[str, Any]) -> str:
    """Return the chosen time as a person would type it, in UTC. Empty if none was chosen."""
    chosen = as_object(as_object(values.get(TIME)).get(TIME)).get("selected_date_time")
    if not isinstance(chosen, int) or not chosen:
        return ""
    return datetime.fromtimestamp(chosen, UTC).strftime("%Y-%m-%d %H:%MZ")


def read_plan_form(body: Mapping[str, Any], origin: SlackOrigin) -> CommandRequest:
    """Read the form. Slack submits it again with the same id and hash. Raises NotAllowed for strangers."""
    sender = origin.require_member()
    view = body["view"]
    plan = str(json.loads(view.get("private_metadata") or "{}").get("plan") or "")
    return CommandRequest(
        key=CommandKey(f"slack:{sender.tenant}:{view['id']}:{view.get('hash', '')}"),
        actor=sender,
        # The card in the channel shows the new time. The answer is for who moved it.
        place=Place("", is_private=True),
        command=MovePlan(PlanId(plan), read_chosen_time(view["state"]["values"])),
    )
