"""``chat.*`` of the Web API: messages and ephemeral messages."""

from typing import Any

from sandbox.slack.api_call import ApiCall, ApiMethod
from sandbox.slack.block_validation import check_attachments, check_blocks, check_metadata
from sandbox.slack.model import Channel, Json, Message
from sandbox.slack.tokens import ApiError, RateLimited
from sandbox.slack.validation_rules import LIMITS


def _post_message(call: ApiCall) -> Json:
    channel = _find_postable_channel(call, call.read_required_text("channel"))
    content = _read_content(call)
    thread = _find_thread(channel, call.read_text("thread_ts"))
    _count_post(call, channel)
    message = call.state.add_message(
        channel, call.bot_in(channel), content.pop("text"), thread_ts=thread, **content
    )
    return {"channel": channel.id, "ts": message.ts, "message": message.as_json()}


def _count_post(call: ApiCall, channel: Channel) -> None:
    """Raise RateLimited if a message comes too soon after the one before.

    Slack takes about one message a second in each channel, threads included. It allows short bursts, which are left out here.
    """
    state = call.state
    if not state.seconds_between_posts:
        return
    elapsed = state.now() - state.posted_at.get(channel.id, float("-inf"))
    if elapsed < state.seconds_between_posts:
        raise RateLimited(state.seconds_between_posts - elapsed)
    state.posted_at[channel.id] = state.now()


def _post_ephemeral(call: ApiCall) -> Json:
    channel = _find_postable_channel(call, call.read_required_text("channel"))
    user = call.read_required_text("user")
    if user not in channel.members:
        raise ApiError("user_not_in_channel")
    content = _read_content(call)
    shown = call.state.add_ephemeral(
        channel.id, user, content["text"], content["blocks"], call.read_text("thread_ts") or None
    )
    return {"message_ts": shown.ts}


def _update_message(call: ApiCall) -> Json:
    """Update a message. Blocks stay only if the call has neither text nor blocks (reference of ``chat.update``)."""
    message = _find_own_message(call, "cant_update_message")
    if len(call.read_text("text")) > LIMITS["update.text"]:
        raise ApiError("msg_too_long")
    content = _read_content(call)
    has_blocks = call.args.get("blocks") is not None
    if not has_blocks and "text" not in call.args:
        content["blocks"] = message.blocks
    call.state.update_message(message, content["text"], content["blocks"])
    for name in ("attachments", "metadata"):
        if call.args.get(name) is not None:
            setattr(message, name, content[name])
    return {"channel": message.channel, "ts": message.ts, "text": message.text, "message": message.as_json()}


def _delete_message(call: ApiCall) -> Json:
    message = _find_own_message(call, "cant_delete_message")
    call.state.delete_message(message)
    return {"channel": message.channel, "ts": message.ts}


def _get_permalink(call: ApiCall) -> Json:
    """Return the address of a message. The method needs no scope."""
    channel = call.find_visible_channel(call.read_required_text("channel"))
    message = channel.find_message(call.read_required_text("message_ts"))
    if message is None:
        raise ApiError("message_not_found")
    domain = call.state.teams[channel.team].domain
    permalink = f"https://{domain}.slack.com/archives/{channel.id}/p{message.ts.replace('.', '')}"
    return {"channel": channel.id, "permalink": permalink}


def _find_postable_channel(call: ApiCall, reference: str) -> Channel:
    """Find the channel for a message. A user id means the direct message channel with that user."""
    user = call.state.users.get(reference)
    if user is not None and call.serves(user.team):
        channel = call.state.open_dm(user.id)
    else:
        channel = call.find_visible_channel(reference)
    if channel.is_archived:
        raise ApiError("is_archived")
    if channel.is_dm and not call.state.messages_tab_enabled:
        raise ApiError("messages_tab_disabled")
    may_post = call.bot_in(channel) in channel.members or "chat:write.public" in call.token.scopes
    if not may_post:
        raise ApiError("not_in_channel")
    return channel


def _find_thread(channel: Channel, ts: str) -> str | None:
    """Return the first message of the thread that a reply belongs to, and mark it as such. Raises ApiError."""
    if not ts:
        return None
    root = channel.find_message(ts)
    if root is None:
        # The code is undocumented for this method, assumed.
        raise ApiError("thread_not_found")
    # A reply to a reply belongs to the same thread. The first message of a thread names itself.
    root.thread_ts = root.thread_ts or root.ts
    return root.thread_ts


def _find_own_message(call: ApiCall, refusal: str) -> Message:
    channel = call.find_visible_channel(call.read_required_text("channel"))
    message = channel.find_message(call.read_required_text("ts"))
    if message is None:
        raise ApiError("message_not_found")
    if message.user != call.bot_in(channel):
        raise ApiError(refusal)
    if channel.is_archived:
        raise ApiError("is_archived")
    return message


def _read_content(call: ApiCall) -> dict[str, Any]:
    """Validate and return the content of a message. Raises ApiError."""
    text = call.read_text("text")
    blocks = call.parse_json("blocks", "invalid_blocks_format")
    attachments = call.parse_json("attachments", "invalid_attachments")
    require_valid_blocks(blocks)
    if attachments is not None and (problems := check_attachments(attachments)):
        raise ApiError("invalid_blocks", response_metadata={"messages": problems})
    if len(text) > LIMITS["message.text"]:
        raise ApiError("msg_too_long")
    if not text.strip() and not blocks and not attachments:
        raise ApiError("no_text")
    if not text.strip():
        # Slack accepts it, but screen readers and notifications then have no text.
        call.add_warning("blocks without text: notifications and screen readers have no text")
    return {
        "text": text,
        "blocks": blocks or [],
        "attachments": attachments or [],
        "metadata": _read_metadata(call),
    }


def require_valid_blocks(blocks: Any) -> None:
    """Validate the blocks of a message. Raises ApiError."""
    if blocks is None:
        return
    if not isinstance(blocks, list):
        raise ApiError("invalid_blocks_format")
    if problems := check_blocks(blocks):
        raise ApiError("invalid_blocks", response_metadata={"messages": problems})


def _read_metadata(call: ApiCall) -> Json | None:
    metadata = call.parse_json("metadata", "invalid_metadata_format")
    if not metadata:
        return None
    if check_metadata(metadata):
        raise ApiError("invalid_metadata_format")
    checked: Json = metadata
    return checked


CHAT = {
    "chat.postMessage": ApiMethod(_post_message, ("chat:write",)),
    "chat.postEphemeral": ApiMethod(_post_ephemeral, ("chat:write",)),
    "chat.update": ApiMethod(_update_message, ("chat:write",)),
    "chat.delete": ApiMethod(_delete_message, ("chat:write",)),
    "chat.getPermalink": ApiMethod(_get_permalink),
}
