"""Holds what the bot sends against what Teams takes: activities, their attachments, their size."""

import json
from typing import Any

from sandbox.teams.card_validation import LARGEST_CARD, check_card, size_of
from sandbox.teams.json_format import ApiError, bad_syntax
from sandbox.teams.model import ADAPTIVE, Json

LARGEST_MESSAGE = 100 * 1024
"""Bytes in UTF-16, everything included (Teams' documentation of message sizes)."""
SIMPLE_CARDS = {
    "application/vnd.microsoft.card.hero",
    "application/vnd.microsoft.card.thumbnail",
}
_KINDS = ("message", "typing")
_WORDS = {"textFormat": ("plain", "markdown", "xml"), "attachmentLayout": ("list", "carousel")}
_TYPES: dict[str, type] = {
    "text": str,
    "summary": str,
    "locale": str,
    "replyToId": str,
    "attachments": list,
    "entities": list,
    "channelData": dict,
    "from": dict,
    "recipient": dict,
    "conversation": dict,
}


def check_activity(activity: Json) -> None:
    """Check an activity that is to be sent. Raises ApiError."""
    if activity.get("type") not in _KINDS:
        raise bad_syntax(f"Activities of the type {activity.get('type')!r} cannot be sent.")
    for name, kind in _TYPES.items():
        if activity.get(name) is not None and not isinstance(activity[name], kind):
            raise bad_syntax(f"{name} is malformed.")
    for name, words in _WORDS.items():
        if activity.get(name) is not None and activity[name] not in words:
            raise bad_syntax(f"{name} must be one of {', '.join(words)}.")
    attachments = activity.get("attachments") or []
    for attachment in attachments:
        check_attachment(attachment)
    if activity["type"] == "message" and not attachments and not str(activity.get("text") or "").strip():
        raise bad_syntax("A message needs text or an attachment.")
    _check_mentions(activity)
    if len(json.dumps(activity, ensure_ascii=False).encode("utf-16-le", "replace")) > LARGEST_MESSAGE:
        raise _too_big("Message size too large.")


def check_attachment(attachment: Any, *, newest: str = "1.5") -> None:
    """Check a card with its content type. Raises ApiError."""
    if not isinstance(attachment, dict):
        raise bad_syntax("An attachment must be an object.")
    kind, content = attachment.get("contentType"), attachment.get("content")
    if kind in SIMPLE_CARDS:
        if not isinstance(content, dict):
            raise bad_syntax("The content of a card must be an object.")
        return
    if kind != ADAPTIVE:
        raise bad_syntax(f"Unknown attachment type {kind!r}.")
    if size_of(content) > LARGEST_CARD:
        raise _too_big(f"The card has {size_of(content)} bytes; {LARGEST_CARD} are possible.")
    if problems := check_card(content, newest=newest):
        raise bad_syntax(f"The card cannot be shown: {'; '.join(problems[:5])}")


def _check_mentions(activity: Json) -> None:
    """A mention needs its words in the text, or it mentions nobody."""
    for entity in activity.get("entities") or []:
        if not isinstance(entity, dict) or not isinstance(entity.get("type"), str):
            raise bad_syntax("An entity must be an object with a type.")
        if entity["type"] != "mention":
            continue
        mentioned = entity.get("mentioned")
        if not isinstance(mentioned, dict) or not mentioned.get("id"):
            raise bad_syntax("A mention must say who is mentioned.")
        if not entity.get("text") or entity["text"] not in str(activity.get("text") or ""):
            raise bad_syntax("The text of a mention must stand in the text of the message.")


def _too_big(message: str) -> ApiError:
    return ApiError(413, "MessageSizeTooBig", message)
