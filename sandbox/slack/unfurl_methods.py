"""``chat.unfurl`` of the Web API: the preview of a link that somebody posted or is still writing."""

from typing import Any

from sandbox.slack.api_call import ApiCall, ApiMethod, invalid_arguments
from sandbox.slack.block_validation import check_blocks
from sandbox.slack.model import Json, Unfurl
from sandbox.slack.tokens import ApiError

_KNOWN = {
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
_PROMPTS = ("user_auth_required", "user_auth_url", "user_auth_message", "user_auth_blocks")


def _unfurl(call: ApiCall) -> Json:
    channel, ts, text = _shared(call)
    unfurls = call.parsed("unfurls", "invalid_unfurls_format") or {}
    prompt = {name: call.args[name] for name in _PROMPTS if name in call.args}
    if not isinstance(unfurls, dict) or (not unfurls and not prompt):
        raise ApiError("missing_unfurls")
    for url, content in unfurls.items():
        _check(url, content, text)
    gone = [
        one for one in call.world.unfurls if (one.channel, one.ts) == (channel, ts) and one.url in unfurls
    ]
    call.world.unfurls = [one for one in call.world.unfurls if one not in gone]
    for url, content in unfurls.items():
        kept = {**content, "blocks": call.world.named(content.get("blocks") or [])}
        call.world.unfurls.append(Unfurl(channel=channel, ts=ts, url=url, content=kept))
    if prompt:
        call.world.prompts.append({"channel": channel, "ts": ts, **prompt})
    return {}


def _shared(call: ApiCall) -> tuple[str, str, str]:
    """Find what the link stands in: (channel, time stamp, text). Raises ApiError."""
    if call.text("unfurl_id"):
        return _shared_by_id(call, call.text("unfurl_id"), call.text("source"))
    channel, ts = call.needed("channel"), call.needed("ts")
    place = call.world.channels.get(channel)
    message = place.message(ts) if place and place.team == call.token.team else None
    if message is None:
        raise ApiError("cannot_unfurl_message")
    return channel, ts, message.text


def _shared_by_id(call: ApiCall, unfurl_id: str, source: str) -> tuple[str, str, str]:
    if source not in {"composer", "conversations_history"}:
        raise invalid_arguments("[ERROR] `source` must be composer or conversations_history")
    if unfurl_id not in call.world.composing:
        raise ApiError("cannot_unfurl_message")
    channel, text = call.world.composing[unfurl_id]
    return channel, unfurl_id, text


def _check(url: str, content: Any, text: str) -> None:
    if url not in text:
        raise ApiError("cannot_unfurl_url")
    if not isinstance(content, dict) or content.keys() - _KNOWN:
        raise ApiError("invalid_unfurls_format")
    if problems := check_blocks(content.get("blocks", []), "unfurl"):
        raise ApiError("invalid_blocks", response_metadata={"messages": problems})


UNFURLS = {"chat.unfurl": ApiMethod(_unfurl, ("links:write",))}
