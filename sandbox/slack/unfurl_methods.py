"""``chat.unfurl`` of the Web API: the preview of a link in a message or in the composer."""

from typing import Any

from sandbox.slack.api_call import ApiCall, ApiMethod, invalid_arguments
from sandbox.slack.block_validation import check_blocks
from sandbox.slack.model import Json, Unfurl
from sandbox.slack.tokens import ApiError

_UNFURL_FIELDS = {
    "blocks",
    "preview",
    "hide_color",
    "color",
    "text",
    "title",
    "title_link",
    "fallback",
    "footer",
    "fields",
}
_AUTH_PROMPT_FIELDS = ("user_auth_required", "user_auth_url", "user_auth_message", "user_auth_blocks")


def _post_unfurls(call: ApiCall) -> Json:
    channel, ts, text = _find_link_source(call)
    unfurls = call.parse_json("unfurls", "invalid_unfurls_format") or {}
    prompt = {name: call.args[name] for name in _AUTH_PROMPT_FIELDS if name in call.args}
    if not isinstance(unfurls, dict) or (not unfurls and not prompt):
        raise ApiError("missing_unfurls")
    for url, content in unfurls.items():
        _check_unfurl(url, content, text)
    replaced = [
        one for one in call.state.unfurls if (one.channel, one.ts) == (channel, ts) and one.url in unfurls
    ]
    call.state.unfurls = [one for one in call.state.unfurls if one not in replaced]
    for url, content in unfurls.items():
        content_with_ids = {**content, "blocks": call.state.add_block_ids(content.get("blocks") or [])}
        call.state.unfurls.append(Unfurl(channel=channel, ts=ts, url=url, content=content_with_ids))
    if prompt:
        call.state.auth_prompts.append({"channel": channel, "ts": ts, **prompt})
    return {}


def _find_link_source(call: ApiCall) -> tuple[str, str, str]:
    """Find the message or draft that holds the link, as (channel, ts, text). Raises ApiError."""
    if call.read_text("unfurl_id"):
        return _find_link_source_by_id(call, call.read_text("unfurl_id"), call.read_text("source"))
    channel, ts = call.read_required_text("channel"), call.read_required_text("ts")
    found_channel = call.state.channels.get(channel)
    message = found_channel.find_message(ts) if found_channel and call.serves(found_channel.team) else None
    if message is None:
        raise ApiError("cannot_unfurl_message")
    return channel, ts, message.text


def _find_link_source_by_id(call: ApiCall, unfurl_id: str, source: str) -> tuple[str, str, str]:
    if source not in {"composer", "conversations_history"}:
        raise invalid_arguments("[ERROR] `source` must be composer or conversations_history")
    if unfurl_id not in call.state.draft_links:
        raise ApiError("cannot_unfurl_message")
    channel, text = call.state.draft_links[unfurl_id]
    return channel, unfurl_id, text


def _check_unfurl(url: str, content: Any, text: str) -> None:
    # Slack unfurls only links that the message really contains.
    if url not in text:
        raise ApiError("cannot_unfurl_url")
    if not isinstance(content, dict) or content.keys() - _UNFURL_FIELDS:
        raise ApiError("invalid_unfurls_format")
    if problems := check_blocks(content.get("blocks", []), "unfurl"):
        raise ApiError("invalid_blocks", response_metadata={"messages": problems})


UNFURLS = {"chat.unfurl": ApiMethod(_post_unfurls, ("links:write",))}
