"""``chat.*`` of the Web API: messages, and messages for one person."""

from typing import Any

from sandbox.slack.api_call import ApiCall, ApiMethod
from sandbox.slack.block_validation import check_attachments, check_blocks, check_metadata
from sandbox.slack.model import Channel, Json, Message
from sandbox.slack.tokens import ApiError
from sandbox.slack.validation_rules import MOST


def _post_message(call: ApiCall) -> Json:
    channel = _postable(call, call.needed("channel"))
    content = _content(call)
    thread = call.text("thread_ts") or None
    message = call.world.post(channel, call.bot, content.pop("text"), thread_ts=thread, **content)
    return {"channel": channel.id, "ts": message.ts, "message": message.as_json()}


def _post_ephemeral(call: ApiCall) -> Json:
    channel = _postable(call, call.needed("channel"))
    user = call.needed("user")
    if user not in channel.members:
        raise ApiError("user_not_in_channel")
    content = _content(call)
    shown = call.world.whisper(
        channel.id, user, content["text"], content["blocks"], call.text("thread_ts") or None
    )
    return {"message_ts": shown.ts}


def _update(call: ApiCall) -> Json:
    """Without new blocks the old ones stay only where there is no new text (Slack's reference of ``chat.update``)."""
    message = _own_message(call, "cant_update_message")
    if len(call.text("text")) > MOST["update.text"]:
        raise ApiError("msg_too_long")
    content = _content(call)
    has_blocks = call.args.get("blocks") is not None
    if not has_blocks and "text" not in call.args:
        content["blocks"] = message.blocks
    call.world.rewrite(message, content["text"], content["blocks"])
    for name in ("attachments", "metadata"):
        if call.args.get(name) is not None:
            setattr(message, name, content[name])
    return {"channel": message.channel, "ts": message.ts, "text": message.text, "message": message.as_json()}


def _delete(call: ApiCall) -> Json:
    message = _own_message(call, "cant_delete_message")
    call.world.delete(message)
    return {"channel": message.channel, "ts": message.ts}


def _postable(call: ApiCall, reference: str) -> Channel:
    """Find where a message may go: a channel that the bot is in, or a person, which is the conversation with them."""
    user = call.world.users.get(reference)
    if user is not None and user.team == call.token.team:
        channel = call.world.open_dm(user.id)
    else:
        channel = call.visible_channel(reference)
    if channel.is_archived:
        raise ApiError("is_archived")
    if channel.is_dm and not call.world.messages_tab_enabled:
        raise ApiError("messages_tab_disabled")
    may_post = call.bot in channel.members or "chat:write.public" in call.token.scopes
    if not may_post:
        raise ApiError("not_in_channel")
    return channel


def _own_message(call: ApiCall, refusal: str) -> Message:
    channel = call.visible_channel(call.needed("channel"))
    message = channel.message(call.needed("ts"))
    if message is None:
        raise ApiError("message_not_found")
    if message.user != call.bot:
        raise ApiError(refusal)
    if channel.is_archived:
        raise ApiError("is_archived")
    return message


def _content(call: ApiCall) -> dict[str, Any]:
    """Check what a message says, and return it. Raises ApiError."""
    text = call.text("text")
    blocks = call.parsed("blocks", "invalid_blocks_format")
    attachments = call.parsed("attachments", "invalid_attachments")
    refuse_bad_blocks(blocks)
    if attachments is not None and (problems := check_attachments(attachments)):
        raise ApiError("invalid_blocks", response_metadata={"messages": problems})
    if len(text) > MOST["message.text"]:
        raise ApiError("msg_too_long")
    if not text.strip() and not blocks and not attachments:
        raise ApiError("no_text")
    if not text.strip():
        call.warn("blocks without text: notifications and screen readers have nothing to say")
    return {
        "text": text,
        "blocks": blocks or [],
        "attachments": attachments or [],
        "metadata": _metadata(call),
    }


def refuse_bad_blocks(blocks: Any) -> None:
    """Check a message's blocks. Raises ApiError."""
    if blocks is None:
        return
    if not isinstance(blocks, list):
        raise ApiError("invalid_blocks_format")
    if problems := check_blocks(blocks):
        raise ApiError("invalid_blocks", response_metadata={"messages": problems})


def _metadata(call: ApiCall) -> Json | None:
    metadata = call.parsed("metadata", "invalid_metadata_format")
    if not metadata:
        return None
    if check_metadata(metadata):
        raise ApiError("invalid_metadata_format")
    kept: Json = metadata
    return kept


CHAT = {
    "chat.postMessage": ApiMethod(_post_message, ("chat:write",)),
    "chat.postEphemeral": ApiMethod(_post_ephemeral, ("chat:write",)),
    "chat.update": ApiMethod(_update, ("chat:write",)),
    "chat.delete": ApiMethod(_delete, ("chat:write",)),
}
