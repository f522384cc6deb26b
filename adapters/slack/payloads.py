"""Slack's payloads as commands: the one place that reads what Slack sends."""

import html
import json
import re
from collections.abc import Mapping
from typing import Any

from adapters.slack.render.form import KIND, NOTE, REQUEST, REQUEST_ACTION
from bot.access import STRANGER
from bot.command_syntax import parse_command
from bot.commands import Command, CommandRequest, Create, OpenForm, Place, decode_command
from bot.errors import Misunderstood, NotAllowed
from bot.i18n import Words, _
from bot.model.ids import CommandKey, RequestNumber
from bot.model.mention import mention_token, remove_mention_delimiters
from bot.model.sanitize import sanitize
from bot.model.secret import Secret
from bot.model.session import Kind
from bot.model.technician import Actor, Platform
from bot.ports import ReturnAddress

_MENTION = re.compile(r"<@(?P<user>[A-Z0-9]+)(?:\|(?P<name>[^<>]*))?>")
_ESCAPED = re.compile(r"<(?P<kind>[#!]|mailto:|https?://|tel:)(?P<target>[^<>|]*)(?:\|(?P<label>[^<>]*))?>")


def from_slash_command(body: Mapping[str, Any]) -> CommandRequest:
    """Read a slash command. Raises Misunderstood where its words are no command.

    The trigger id is the same when Slack delivers the command again, so it makes the key.
    """
    text = as_typed(str(body.get("text") or ""))
    actor = sender(body)
    channel = str(body.get("channel_id") or "")
    command = parse_command(text)
    return CommandRequest(
        key=CommandKey(f"slack:{actor.tenant}:{body['trigger_id']}"),
        actor=actor,
        place=Place(channel, is_private=_is_private(channel)),
        command=command,
        return_address=_address(body),
    )


def says_something(body: Mapping[str, Any]) -> bool:
    """Whether a button that was pressed sends a command; one that opens an address carries none."""
    return bool(body["actions"][0].get("value"))


def from_button(body: Mapping[str, Any]) -> CommandRequest:
    """Read the press of a button. Raises Misunderstood where it is one of an older bot's, NotAllowed to strangers."""
    try:
        command = decode_command(str(body["actions"][0].get("value") or ""))
    except ValueError:
        raise Misunderstood(
            _(
                "This button is too old: the bot no longer knows what it does. Type {words} to see what you can do instead.",
                words=Words("help"),
            )
        ) from None
    return _pressed(body, command)


def from_form(body: Mapping[str, Any]) -> CommandRequest:
    """Read a form that was sent. A form is sent again with the same id and hash, which make the key."""
    view = body["view"]
    values = view["state"]["values"]
    chosen = values[REQUEST][REQUEST_ACTION]["selected_option"]["value"]
    kind = Kind(values[KIND][KIND]["selected_option"]["value"])
    note = sanitize(str(values[NOTE][NOTE].get("value") or ""))
    channel = str(json.loads(view.get("private_metadata") or "{}").get("channel") or "")
    actor = _member(body)
    return CommandRequest(
        key=CommandKey(f"slack:{actor.tenant}:{view['id']}:{view.get('hash', '')}"),
        actor=actor,
        place=Place(channel, is_private=not channel),
        command=Create(RequestNumber(chosen), kind, " ".join(note.split())),
    )


def from_shortcut(body: Mapping[str, Any], command: OpenForm) -> CommandRequest:
    """Read a shortcut: it opens the form. Raises NotAllowed to strangers."""
    return _pressed(body, command)


def sender(body: Mapping[str, Any]) -> Actor:
    """Read who sent something."""
    team = body.get("team") or {}
    enterprise = body.get("enterprise") or {}
    user = body.get("user_id") or (body.get("user") or {}).get("id") or ""
    tenant = body.get("team_id") or team.get("id") or body.get("enterprise_id") or enterprise.get("id") or ""
    return Actor(Platform.SLACK, str(tenant), str(user))


def is_stranger(body: Mapping[str, Any]) -> bool:
    """Whether an interaction names another workspace as its sender's own than the one that it reached the bot by.

    In an Enterprise organisation that alone says nothing: there the profile tells which workspaces are theirs.
    """
    home = (body.get("user") or {}).get("team_id")
    return bool(home) and not body.get("enterprise") and home != sender(body).tenant


def return_address(body: Mapping[str, Any]) -> ReturnAddress:
    """Read where an answer goes."""
    channel = _channel(body)
    return ReturnAddress(sender(body), channel, not channel or _is_private(channel), _address(body))


def as_typed(text: str) -> str:
    """Undo what ``should_escape`` does to the words of a command, so that a note reads as it was typed.

    Links, channels, addresses and ``&<>`` become text again. A mention becomes the token that the core reads.
    """
    with_tokens = _MENTION.sub(_mention, remove_mention_delimiters(text))
    return sanitize(html.unescape(_ESCAPED.sub(_plain, with_tokens)))


def _mention(found: re.Match[str]) -> str:
    return mention_token(found["user"], found["name"] or "")


def _plain(found: re.Match[str]) -> str:
    kind, label = found["kind"], found["label"]
    if kind in {"#", "!"}:
        name = label or found["target"]
        return name if name.startswith(("#", "@")) else f"{'#' if kind == '#' else '@'}{name}"
    address = found["target"] if kind == "mailto:" else f"{kind}{found['target']}"
    return label or address


def _pressed(body: Mapping[str, Any], command: Command) -> CommandRequest:
    actor = _member(body)
    channel = _channel(body)
    return CommandRequest(
        key=CommandKey(f"slack:{actor.tenant}:{body['trigger_id']}"),
        actor=actor,
        place=Place(channel, is_private=not channel or _is_private(channel)),
        command=command,
        return_address=_address(body),
    )


def _member(body: Mapping[str, Any]) -> Actor:
    if is_stranger(body):
        raise NotAllowed(STRANGER)
    return sender(body)


def _channel(body: Mapping[str, Any]) -> str:
    container = body.get("container") or {}
    return str(
        body.get("channel_id") or (body.get("channel") or {}).get("id") or container.get("channel_id") or ""
    )


def _is_private(channel: str) -> bool:
    return channel.startswith("D")


def _address(body: Mapping[str, Any]) -> Secret | None:
    url = body.get("response_url")
    return Secret(str(url)) if url else None
