"""A submitted form for a new rule, as a command."""

import json
from collections.abc import Mapping
from typing import Any

from adapters.slack.origin import SlackOrigin, as_object
from adapters.slack.render.policy import CHANNEL, DEMAND
from bot.commands import CommandRequest, TryRule
from bot.model.sanitize import sanitize
from bot.policy_syntax import FormFields, form_words, read_demand
from bot.values import replace
from bot.views.policy import DAYS_FIELD, GROUP_FIELD, HOURS_FIELD, MOST_FIELD, SITE_FIELD

Payload = Mapping[str, Any]


def with_channel_of_form(body: Payload, origin: SlackOrigin) -> SlackOrigin:
    """Return the origin of a submitted form with the channel that the form was opened in."""
    metadata = json.loads(as_object(body.get("view")).get("private_metadata") or "{}")
    channel, _thread_mark, thread = str(as_object(metadata).get("channel") or "").partition(";")
    del thread  # an answer about rules belongs into the channel itself
    return replace(origin, channel=channel)


def read_policy_form(body: Payload, origin: SlackOrigin) -> CommandRequest:
    """Read a submitted form. Raises Misunderstood for a limit without a number, NotAllowed for strangers."""
    values = as_object(as_object(as_object(body.get("view")).get("state")).get("values"))

    def typed(name: str) -> str:
        return sanitize(str(as_object(as_object(values.get(name)).get(name)).get("value") or ""))

    chosen = as_object(as_object(as_object(values.get(DEMAND)).get(DEMAND)).get("selected_option"))
    channel = as_object(as_object(values.get(CHANNEL)).get(CHANNEL)).get("selected_conversation")
    sent = FormFields(
        read_demand(str(chosen.get("value"))),
        most=typed(MOST_FIELD),
        site=typed(SITE_FIELD),
        group=typed(GROUP_FIELD),
        channel=str(channel or ""),
        hours=typed(HOURS_FIELD),
        days=typed(DAYS_FIELD),
    )
    return origin.to_request(TryRule(form_words(sent)))
