"""The payloads that Slack sends to an app, field by field (Slack's references of commands, interactions and events)."""

import re

from sandbox.slack.model import APP_ID, Channel, Ephemeral, Json, Message, Team, Unfurl, View
from sandbox.slack.state import SlackState

# Slack still sends the deprecated verification token. An app must not rely on it.
_TOKEN = "deprecated-token"
_MENTION = re.compile(r"(?<![\w<@])@([\w.\-]+)")
Target = Message | Ephemeral | Unfurl | View


def build_slash_command(
    state: SlackState, user: str, channel: Channel, text: str, *, command: str, trigger_id: str
) -> dict[str, str]:
    """Return the fields of a slash command. Mentions are escaped, as the app's manifest asks."""
    team = state.team_of(user)
    fields = {
        "token": _TOKEN,
        "team_id": (state.names_only_organization and team.enterprise) or team.id,
        "team_domain": team.domain,
        "channel_id": channel.id,
        "channel_name": channel.payload_name,
        "user_id": user,
        "user_name": state.users[user].handle,
        "command": command,
        "text": _escape_mentions(state, team.id, text),
        "api_app_id": APP_ID,
        "is_enterprise_install": str(state.is_installed_org_wide(team)).lower(),
        "response_url": state.new_response_url(user, channel.id),
        "trigger_id": trigger_id,
    }
    if team.enterprise_json:
        fields |= {
            "enterprise_id": team.enterprise_json["id"],
            "enterprise_name": team.enterprise_json["name"],
        }
    return fields


def build_interaction(state: SlackState, kind: str, user: str) -> Json:
    """Return the fields that every interaction has."""
    account = state.users[user]
    team = state.teams[account.client_team or account.team]
    return {
        "type": kind,
        "token": _TOKEN,
        "team": _format_team(state, team),
        "user": state.users[user].as_payload_user(),
        "api_app_id": APP_ID,
        "enterprise": team.enterprise_json,
        "is_enterprise_install": state.is_installed_org_wide(team),
    }


def _format_team(state: SlackState, team: Team) -> Json | None:
    if state.names_only_organization and team.enterprise:
        return None
    described: Json = {"id": team.id, "domain": team.domain}
    if team.enterprise_json:
        described |= {
            "enterprise_id": team.enterprise,
            "enterprise_name": team.enterprise_json["name"],
        }
    return described


def build_interaction_context(state: SlackState, target: Target, values: Json) -> Json:
    """Return the fields that locate an element. Slack sends neither ephemeral messages nor the message of an unfurl."""
    if isinstance(target, View):
        return {"container": {"type": "view", "view_id": target.id}, "view": target.as_json(values)}
    channel = state.channels[target.channel]
    context: Json = {
        "channel": {"id": channel.id, "name": channel.payload_name},
        "state": {"values": values},
        "container": _build_container(target),
    }
    if isinstance(target, Message):
        context["message"] = target.as_json() | {"team": state.users[target.user].team}
    # A preview is an attachment of somebody else's message.
    if isinstance(target, Unfurl):
        context["app_unfurl"] = {
            "id": 1,
            "app_unfurl_url": target.url,
            "is_app_unfurl": True,
            **target.content,
        }
    return context


def _build_container(target: Message | Ephemeral | Unfurl) -> Json:
    container: Json = {"message_ts": target.ts, "channel_id": target.channel}
    # Undocumented, seen in production traffic.
    if not isinstance(target, Unfurl) and target.thread_ts:
        container["thread_ts"] = target.thread_ts
    if isinstance(target, Unfurl):
        unfurl_fields: Json = {"is_app_unfurl": True, "app_unfurl_url": target.url, "attachment_id": 1}
        return {"type": "message_attachment", **container, "is_ephemeral": False, **unfurl_fields}
    return {"type": "message", **container, "is_ephemeral": isinstance(target, Ephemeral)}


def build_event_callback(state: SlackState, team_id: str, event: Json, event_id: str) -> Json:
    """Return the envelope of an event."""
    team = state.teams[team_id]
    is_org_wide = state.is_installed_org_wide(team)
    authorization = {
        "enterprise_id": team.enterprise,
        "team_id": None if is_org_wide else team.id,
        "user_id": team.bot_user,
        "is_bot": True,
        "is_enterprise_install": is_org_wide,
    }
    return {
        "token": _TOKEN,
        "team_id": team.id,
        **({"enterprise_id": team.enterprise} if team.enterprise else {}),
        "api_app_id": APP_ID,
        "event": event,
        "type": "event_callback",
        "event_id": event_id,
        "event_time": int(state.now()),
        "authorizations": [authorization],
        "is_ext_shared_channel": _is_shared(state, str(event.get("channel", ""))),
        "event_context": f"4-{event_id}",
    }


def _is_shared(state: SlackState, channel_id: str) -> bool:
    channel = state.channels.get(channel_id)
    return channel is not None and state.is_shared_outside(channel)


def escape_message(state: SlackState, team: str, text: str) -> str:
    """Return the text of a message as Slack stores it: a mention has the id alone."""
    return re.sub(r"<@(\w+)\|[^<>]*>", r"<@\1>", _escape_mentions(state, team, text))


def _escape_mentions(state: SlackState, team: str, text: str) -> str:
    """Replace typed mentions with escaped ones: ``@tom.ray`` with ``<@U…|tom.ray>``."""
    handles = {user.handle: user.id for user in state.users.values() if user.team == team}

    def escape_mention(match: re.Match[str]) -> str:
        handle = match[1].lower()
        return f"<@{handles[handle]}|{handle}>" if handle in handles else match[0]

    return _MENTION.sub(escape_mention, text)
