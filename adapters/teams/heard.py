"""One activity of Teams', read once: who speaks, where, and what is needed to answer."""

import html
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.model.ids import CommandKey
from bot.model.mention import mention_token, remove_mention_delimiters
from bot.model.sanitize import sanitize
from bot.model.technician import Actor, Platform

_SAYS_IT_IS_THERE = {"message", "installationUpdate", "conversationUpdate"}
"""The message extension, too, speaks from conversations: of any, whether the bot is in them or not."""


@dataclass(frozen=True, slots=True)
class Heard:
    """An activity. ``conversation`` names the thread, too, where it was in one of a channel.

    ``mri`` is Teams' own id of whoever speaks (``29:…``, another one for each bot); their ``actor`` is known by the
    id in the directory, which is the same everywhere. Tools that know no directory leave that id out. ``is_there``:
    the bot is in the conversation. ``locale`` and ``timezone`` are empty where they are not told.
    """

    id: str
    actor: Actor
    mri: str
    conversation: str
    is_personal: bool
    service_url: str
    is_there: bool
    locale: str
    timezone: str
    reply_to: str
    value: Mapping[str, Any]
    text: str
    mentioned: Mapping[str, str] = field(default_factory=dict)

    @property
    def tenant(self) -> str:
        return self.actor.tenant

    @property
    def key(self) -> CommandKey:
        """The same when Teams delivers the activity again."""
        return CommandKey(f"teams:{self.tenant}:{self.conversation}:{self.id}"[:400])


def hear(raw: Mapping[str, Any]) -> Heard:
    """Read an activity as it came. What is missing is empty."""
    sender, conversation = _object(raw.get("from")), _object(raw.get("conversation"))
    tenant = _word(_object(_object(raw.get("channelData")).get("tenant")).get("id"))
    tenant = tenant or _word(conversation.get("tenantId")) or "local"
    mri = _word(sender.get("id"))
    kind = _word(conversation.get("conversationType"))
    is_personal = kind == "personal" or (not kind and not conversation.get("isGroup"))
    text, mentioned = _without_mentions(raw)
    return Heard(
        id=_word(raw.get("id")),
        actor=Actor(Platform.TEAMS, tenant, _word(sender.get("aadObjectId")) or mri),
        mri=mri,
        conversation=_word(conversation.get("id")),
        is_personal=is_personal,
        service_url=_word(raw.get("serviceUrl")),
        is_there=str(raw.get("type")) in _SAYS_IT_IS_THERE,
        locale=_word(raw.get("locale")) or _told_by_client(raw, "locale"),
        timezone=_word(raw.get("localTimezone")) or _told_by_client(raw, "timezone"),
        reply_to=_word(raw.get("replyToId")),
        value=_object(raw.get("value")),
        text=text,
        mentioned=mentioned,
    )


def _without_mentions(raw: Mapping[str, Any]) -> tuple[str, dict[str, str]]:
    """Take the mention of the bot out, once for each time it was mentioned; others stay, as who they are.

    Only what the activity lists as a mention is one: the bot's name in the middle of a sentence stays.
    """
    text = remove_mention_delimiters(_word(raw.get("text")))
    me = _word(_object(raw.get("recipient")).get("id"))
    mentioned = {}
    for entity in raw.get("entities") or []:
        one = _object(entity)
        who = _word(_object(one.get("mentioned")).get("id"))
        written = _word(one.get("text"))
        if one.get("type") != "mention" or not written or not who:
            continue
        if who == me:
            text = text.replace(written, " ", 1)
        else:
            mentioned[who] = _word(_object(one.get("mentioned")).get("name"))
            text = text.replace(written, mention_token(who, mentioned[who]), 1)
    return " ".join(sanitize(html.unescape(text)).replace("\xa0", " ").split()), mentioned


def _told_by_client(raw: Mapping[str, Any], name: str) -> str:
    """Read what the client says of itself, in an entity of its own (Teams, activities: ``clientInfo``)."""
    for entity in raw.get("entities") or []:
        if _object(entity).get("type") == "clientInfo":
            return _word(_object(entity).get(name))
    return ""


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _word(value: Any) -> str:
    return value if isinstance(value, str) else ""
