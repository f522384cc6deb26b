"""Build activities in the format that Teams sends to a bot."""

import html
import json
import uuid
from collections.abc import Sequence
from datetime import UTC
from typing import Any

from sandbox.teams.model import Conversation, Json, TeamsMessage, TeamsPerson
from sandbox.teams.state import TeamsState
from sandbox.zones import find_zone


def build_activity(
    state: TeamsState,
    person: TeamsPerson,
    conversation: Conversation,
    kind: str = "message",
    *,
    thread: str | None = None,
    **overrides: Any,
) -> Json:
    """Return an activity of a user. ``overrides`` replace default fields. ``thread`` is the id of the thread's first post."""
    # Teams writes milliseconds, which strftime cannot.
    now = state.now().astimezone(UTC)
    activity = {
        "type": kind,
        "id": f"f:{uuid.uuid4()}",
        "timestamp": f"{now:%Y-%m-%dT%H:%M:%S}.{now.microsecond // 1000:03d}Z",
        "localTimestamp": now.astimezone(find_zone(person.timezone)).isoformat(timespec="milliseconds"),
        "localTimezone": person.timezone,
        "serviceUrl": state.service_url,
        "channelId": "msteams",
        "from": build_account(person),
        "conversation": _build_conversation(conversation, thread),
        "recipient": state.bot,
        "entities": [_build_client_info(person)],
        "channelData": build_channel_data(conversation, with_type=state.names_channel_types),
        "locale": person.locale,
        **overrides,
    }
    return _apply_client_differences(state, activity)


def _apply_client_differences(state: TeamsState, activity: Json) -> Json:
    if state.omits_directory_ids:
        sender = {name: value for name, value in activity["from"].items() if name != "aadObjectId"}
        activity = {**activity, "from": sender}
    if state.omits_activity_ids:
        activity = {name: value for name, value in activity.items() if name != "id"}
    if state.respells_service_url:
        activity = {**activity, "serviceUrl": activity["serviceUrl"].rstrip("/").replace("http:", "HTTP:")}
    return activity


def build_account(person: TeamsPerson) -> Json:
    """Return an account in the format of activities. Anonymous users have no directory id."""
    result = {"id": person.mri, "name": person.name}
    return result if person.role == "anonymous" else {**result, "aadObjectId": person.aad_id}


def _build_conversation(conversation: Conversation, thread: str | None) -> Json:
    result: Json = {"conversationType": conversation.kind, "tenantId": conversation.tenant}
    result["id"] = f"{conversation.id};messageid={thread}" if thread else conversation.id
    if conversation.kind != "personal":
        result["isGroup"] = True
    if conversation.kind == "groupChat" and conversation.name:
        result["name"] = conversation.name
    return result


def _build_client_info(person: TeamsPerson) -> Json:
    return {
        "type": "clientInfo",
        "locale": person.locale,
        "country": person.locale.rpartition("-")[2],
        "platform": "Web",
        "timezone": person.timezone,
    }


def build_channel_data(conversation: Conversation, *, with_type: bool) -> Json:
    """Return Teams' ``channelData``: the tenant, and for a channel the team and the channel.

    ``with_type``: with the type of the channel: ``standard``, ``private`` or ``shared``.
    """
    result: Json = {"tenant": {"id": conversation.tenant}}
    if conversation.kind == "channel":
        result |= {"teamsChannelId": conversation.id, "teamsTeamId": conversation.team}
        kind = {"type": conversation.channel_type} if with_type else {}
        result |= {"channel": {"id": conversation.id, **kind}, "team": {"id": conversation.team}}
    return result


def build_message_content(
    state: TeamsState, text: str, mentions: Sequence[TeamsPerson], *, mentions_bot: bool
) -> Json:
    """Return the text, mentions and HTML of a message.

    ``@Name`` in the text becomes a mention of that user; users who are not named in the text are mentioned at its end.
    """
    markup, entities = html.escape(text, quote=False), []
    for person in mentions:
        tag = f"<at>{html.escape(person.name)}</at>"
        name = f"@{html.escape(person.name, quote=False)}"
        markup = markup.replace(name, tag, 1) if name in markup else f"{markup} {tag}"
        entities.append(_build_mention({"id": person.mri, "name": person.name}, tag))
    if mentions_bot:
        # Teams puts a non-breaking space after the bot's mention. The bot must cope with it.
        tag = f"<at>{state.bot['name']}</at>"
        markup = f"{tag}&nbsp;{markup}\n"
        entities.insert(0, _build_mention(state.bot, tag))
    html_attachment = {"contentType": "text/html", "content": f"<p>{markup.strip()}</p>"}
    return {"text": markup, "textFormat": "plain", "attachments": [html_attachment], "mentions": entities}


def _build_mention(mentioned: Json, text: str) -> Json:
    return {"type": "mention", "mentioned": mentioned, "text": text}


def build_message_payload(message: TeamsMessage) -> Json:
    """Return a message in the format of ``messagePayload`` (Teams' documentation of action commands)."""
    sender = (
        None if message.sender == "bot" else {"id": message.sender.aad_id, "displayName": message.sender.name}
    )
    return {
        "id": message.id,
        "replyToId": message.thread,
        "messageType": "message",
        "importance": "normal",
        "subject": None,
        "body": {"contentType": "text", "content": message.text},
        "from": {"user": sender, "application": {"displayName": "TVBot"} if sender is None else None},
        "attachments": [
            {"contentType": "application/vnd.microsoft.card.adaptive", "content": json.dumps(one)}
            for one in message.cards
        ],
        "mentions": [],
        "reactions": [],
    }
