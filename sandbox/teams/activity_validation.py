"""Validate what the bot sends: activities, attachments and their size."""

import json
from typing import Any

from sandbox.teams.card_validation import MAX_CARD_BYTES, card_size, check_card
from sandbox.teams.json_format import ApiError, bad_syntax
from sandbox.teams.model import ADAPTIVE_CARD, Conversation, Json, extract_cards

MAX_MESSAGE_BYTES = 100 * 1024
"""Bytes of the whole activity in UTF-16 (Teams' documentation of message sizes)."""
SIMPLE_CARDS = {
    "application/vnd.microsoft.card.hero",
    "application/vnd.microsoft.card.thumbnail",
}
_SENDABLE_TYPES = ("message", "typing")
_ALLOWED_VALUES = {"textFormat": ("plain", "markdown", "xml"), "attachmentLayout": ("list", "carousel")}
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
    """Validate an activity that the bot sends. Raises ApiError."""
    if activity.get("type") not in _SENDABLE_TYPES:
        raise bad_syntax(f"Activities of the type {activity.get('type')!r} cannot be sent.")
    for name, kind in _TYPES.items():
        if activity.get(name) is not None and not isinstance(activity[name], kind):
            raise bad_syntax(f"{name} is malformed.")
    for name, allowed in _ALLOWED_VALUES.items():
        if activity.get(name) is not None and activity[name] not in allowed:
            raise bad_syntax(f"{name} must be one of {', '.join(allowed)}.")
    attachments = activity.get("attachments") or []
    for attachment in attachments:
        check_attachment(attachment)
    if activity["type"] == "message" and not attachments and not str(activity.get("text") or "").strip():
        raise bad_syntax("A message needs text or an attachment.")
    _check_mentions(activity)
    if len(json.dumps(activity, ensure_ascii=False).encode("utf-16-le", "replace")) > MAX_MESSAGE_BYTES:
        # Teams measures UTF-16, which doubles most texts.
        raise _build_too_big_error("Message size too large.")


def check_attachment(attachment: Any, *, max_version: str = "1.5") -> None:
    """Validate a card and its content type. Raises ApiError."""
    if not isinstance(attachment, dict):
        raise bad_syntax("An attachment must be an object.")
    kind, content = attachment.get("contentType"), attachment.get("content")
    if kind in SIMPLE_CARDS:
        if not isinstance(content, dict):
            raise bad_syntax("The content of a card must be an object.")
        return
    if kind != ADAPTIVE_CARD:
        raise bad_syntax(f"Unknown attachment type {kind!r}.")
    if card_size(content) > MAX_CARD_BYTES:
        raise _build_too_big_error(f"The card has {card_size(content)} bytes; {MAX_CARD_BYTES} are possible.")
    if problems := check_card(content, max_version=max_version):
        raise bad_syntax(f"The card cannot be shown: {'; '.join(problems[:5])}")


def _check_mentions(activity: Json) -> None:
    """Check that the text of each mention is part of the message. Otherwise Teams mentions nobody. Raises ApiError."""
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


def check_card_mentions(activity: Json, conversation: Conversation) -> None:
    """Check the mentions in the cards of an activity. Raises ApiError.

    Each needs its text in a card, and a member of the conversation (how Teams refuses another person is assumed).
    """
    for card in extract_cards(activity):
        written = json.dumps(card.get("body"), ensure_ascii=False)
        for entity in (card.get("msteams") or {}).get("entities") or []:
            if json.dumps(entity["text"], ensure_ascii=False)[1:-1] not in written:
                raise bad_syntax("The text of a mention must stand in the card.")
            if conversation.find_member(entity["mentioned"]["id"]) is None:
                raise ApiError(400, "BadArgument", "The mentioned person is not in the conversation.")


def _build_too_big_error(message: str) -> ApiError:
    return ApiError(413, "MessageSizeTooBig", message)
