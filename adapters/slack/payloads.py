"""Slack's payloads as commands: the one place that reads what Slack sends."""

import json
from collections.abc import Mapping
from typing import Any

from adapters.slack.render.form import KIND, NOTE, REQUEST, REQUEST_ACTION
from bot import commands, grammar
from bot.commands import Create, Incoming, OpenForm, Place
from bot.model.ids import RequestNumber
from bot.model.secret import Secret
from bot.model.session import Kind
from bot.model.technician import Actor, Platform


def from_slash_command(body: Mapping[str, Any]) -> Incoming:
    """Read a slash command. Raises Misunderstood where its words are no command.

    The trigger id is the same when Slack delivers the command again, so it makes the key.
    """
    text = str(body.get("text") or "")
    actor = _actor(body, str(body["user_id"]))
    channel = str(body.get("channel_id") or "")
    command = grammar.parse(text)
    return Incoming(
        key=f"slack:{actor.tenant}:{body['trigger_id']}",
        actor=actor,
        place=Place(channel, is_private=_is_private(channel)),
        command=command,
        words=text,
        return_address=_address(body),
    )


def from_button(body: Mapping[str, Any]) -> Incoming | None:
    """Read the press of a button. None where it only opens an address, or is none of ours any more."""
    action = body["actions"][0]
    try:
        command = commands.read(str(action.get("value") or ""))
    except ValueError:
        return None
    user = body["user"]
    container = body.get("container") or {}
    channel = str((body.get("channel") or {}).get("id") or container.get("channel_id") or "")
    actor = _actor(body, str(user["id"]))
    return Incoming(
        key=f"slack:{actor.tenant}:{body['trigger_id']}",
        actor=actor,
        place=Place(channel, is_private=not channel or _is_private(channel)),
        command=command,
        words=commands.name_of(command),
        return_address=_address(body),
    )


def from_form(body: Mapping[str, Any]) -> Incoming:
    """Read a form that was sent. A form is sent again with the same id and hash, which make the key."""
    view = body["view"]
    values = view["state"]["values"]
    chosen = values[REQUEST][REQUEST_ACTION]["selected_option"]["value"]
    kind = Kind(values[KIND][KIND]["selected_option"]["value"])
    note = str(values[NOTE][NOTE].get("value") or "")
    channel = str(json.loads(view.get("private_metadata") or "{}").get("channel") or "")
    actor = _actor(body, str(body["user"]["id"]))
    return Incoming(
        key=f"slack:{actor.tenant}:{view['id']}:{view.get('hash', '')}",
        actor=actor,
        place=Place(channel, is_private=not channel),
        command=Create(RequestNumber(chosen), kind, " ".join(note.split())),
        words="form",
    )


def from_shortcut(body: Mapping[str, Any], command: OpenForm) -> Incoming:
    """Read a shortcut: it opens the form."""
    actor = _actor(body, str(body["user"]["id"]))
    channel = str((body.get("channel") or {}).get("id") or "")
    return Incoming(
        key=f"slack:{actor.tenant}:{body['trigger_id']}",
        actor=actor,
        place=Place(channel, is_private=not channel or _is_private(channel)),
        command=command,
        words="shortcut",
        return_address=_address(body),
    )


def _actor(body: Mapping[str, Any], user: str) -> Actor:
    team = body.get("team") or {}
    enterprise = body.get("enterprise") or {}
    tenant = body.get("team_id") or team.get("id") or body.get("enterprise_id") or enterprise.get("id") or ""
    return Actor(Platform.SLACK, str(tenant), user)


def _is_private(channel: str) -> bool:
    return channel.startswith("D")


def _address(body: Mapping[str, Any]) -> Secret | None:
    url = body.get("response_url")
    return Secret(str(url)) if url else None
