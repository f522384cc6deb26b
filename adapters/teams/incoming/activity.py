"""One activity of Teams: read from JSON once, with every field checked, and passed on as one typed value."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import quote, unquote
from uuid import uuid4

import msgspec
from botbuilder.core import TurnContext
from botbuilder.schema import Activity, ChannelAccount, ConversationAccount, Entity

from adapters.json_body import InvalidJson, Json, read_json_object
from adapters.teams.incoming.message_text import read_message
from bot.model.ids import CommandKey
from bot.model.technician import Actor, Platform
from bot.values import value_class

_INCOMING = "tvbot.incoming"
_BOT_IS_MEMBER = {"message", "installationUpdate", "conversationUpdate"}
"""Types that reach the bot only where it is a member. A message extension can be used in any conversation."""
_COPIED = ("type", "id", "timestamp", "locale", "text", "name", "action", "reply_to_id", "value")
"""Fields that the Bot Framework's model has under the same name and with the same type."""

_TEAM_DELETED = {"teamDeleted", "teamHardDeleted"}
SHARED_CHANNEL = "shared"
"""The ``type`` of a shared channel in ``channelData.channel`` (Bot Framework, ChannelInfo)."""
_SHARED_MARK, _BOT_MARK, _CHOSEN_MARK = ";shared", ";bot=", ";chosen="
"""What a stored place says besides the conversation: the channel is a shared one; the bot's name there; that the channel was
chosen in a form, with the names of its team and itself.

Each begins with the character behind which ``Place.room`` expects a thread.
"""
_NAMELESS = "bot"
"""What people read as the bot's name where an activity does not say it."""

LOCAL_TENANT = "local"
"""Stands for the tenant where local tools send none."""


class InvalidActivity(ValueError):
    """The body is not an activity, or a field has the wrong type. The text quotes nothing of the body."""


@value_class
class Origin:
    """What an activity claims about its sender. ``auth`` compares it with the token. Missing fields are empty."""

    channel_id: str
    service_url: str
    tenant: str


@dataclass(frozen=True, slots=True)  # no value: its model is not compared
class TeamsActivity:
    """An activity whose sender is verified.

    ``conversation`` includes the thread where the activity comes from a thread of a channel. ``mri`` is Teams' id of
    the sender (``29:…``, different for each bot); ``actor`` has their directory id, which is the same everywhere.
    Local tools send no directory id, so the ``mri`` stands in for it. ``bot_is_member``: the bot is surely in the
    conversation. ``channel_type`` is ``standard``, ``private`` or ``shared``, and empty where Teams does not name it. People of another
    organization may be in a shared channel. ``locale`` and ``timezone`` are empty where the client does not send them. ``model`` is the same
    activity as the Bot Framework's handler and turn context need it. ``is_posted_card``: a message consists of a card that a
    message extension made, such as a search result, and no word. ``team`` and ``team_name`` are the team of a channel; Teams does not
    always send its name. ``event`` is Teams' name for a change of a team or a channel. ``removes_bot``: the bot was removed.
    """

    id: str
    name: str
    actor: Actor
    mri: str
    conversation: str
    is_personal: bool
    service_url: str
    bot_is_member: bool
    locale: str
    timezone: str
    reply_to: str
    value: Json
    text: str
    channel_type: str
    model: Activity = field(repr=False, compare=False)
    mentioned: Mapping[str, str] = field(default_factory=dict)
    bot_name: str = ""
    is_posted_card: bool = False
    team: str = ""
    team_name: str = ""
    event: str = ""
    removes_bot: bool = False
    sent_at: datetime | None = None

    @property
    def tenant(self) -> str:
        return self.actor.tenant

    @property
    def is_message(self) -> bool:
        """Whether somebody wrote it, or an old client sent a form as one."""
        return bool(self.model.type == "message")

    @property
    def place(self) -> str:
        """The id of the conversation for later answers. Its marks say what is known with the activity alone.

        They are whether the channel is a shared one and, outside of the bot's own chat, the name that commands mention.
        """
        place = (
            self.conversation
            if self.is_personal
            else with_bot_name(self.conversation, self.bot_name or _NAMELESS)
        )
        return with_shared_mark(place) if self.channel_type == SHARED_CHANNEL else place

    @property
    def key(self) -> CommandKey:
        """The idempotency key: the same when Teams delivers the activity again."""
        return CommandKey(f"teams:{self.tenant}:{self.conversation}:{self.id}"[:400])

    @property
    def has_directory_id(self) -> bool:
        """Whether the sender's directory id is known."""
        return self.actor.user != self.mri


class _Account(msgspec.Struct, rename="camel"):
    id: str | None = None
    name: str | None = None
    aad_object_id: str | None = None
    role: str | None = None

    def model(self) -> ChannelAccount:
        return ChannelAccount(**msgspec.structs.asdict(self))


class _Conversation(msgspec.Struct, rename="camel"):
    id: str | None = None
    name: str | None = None
    conversation_type: str | None = None
    is_group: bool | None = None
    aad_object_id: str | None = None
    role: str | None = None
    tenant_id: str | None = None

    @property
    def is_personal(self) -> bool:
        return self.conversation_type == "personal" or not (self.conversation_type or self.is_group)

    def model(self) -> ConversationAccount:
        return ConversationAccount(**msgspec.structs.asdict(self))


class _Reaction(msgspec.Struct):
    type: str | None = None


class _Attachment(msgspec.Struct, rename="camel"):
    content_type: str | None = None
    content_url: str | None = None
    name: str | None = None
    thumbnail_url: str | None = None


class _Activity(msgspec.Struct, rename="camel"):
    """The fields of an activity with their types (Bot Framework, Activity). Unknown fields are ignored.

    ``deliveryMode`` is left out on purpose: with ``expectReplies`` the framework would hold answers back, and nobody
    would collect them.
    """

    type: str
    id: str | None = None
    timestamp: datetime | None = None
    local_timestamp: datetime | None = None
    local_timezone: str | None = None
    sender: _Account | None = msgspec.field(name="from", default=None)
    recipient: _Account | None = None
    conversation: _Conversation | None = None
    text_format: str | None = None
    locale: str | None = None
    text: str | None = None
    name: str | None = None
    action: str | None = None
    reply_to_id: str | None = None
    value_type: str | None = None
    value: Any = None
    channel_data: dict[str, Any] | None = None
    members_added: list[_Account] | None = None
    members_removed: list[_Account] | None = None
    reactions_added: list[_Reaction] | None = None
    reactions_removed: list[_Reaction] | None = None
    entities: list[dict[str, Any]] = msgspec.field(default_factory=list)
    attachments: list[_Attachment] | None = None


def read_json(body: bytes) -> Json:
    """Return the JSON object of a request's body. Raises InvalidActivity."""
    try:
        raw = read_json_object(body)
    except InvalidJson as error:
        raise InvalidActivity(str(error)) from None
    if not isinstance(raw.get("type"), str) or not raw["type"]:
        raise InvalidActivity("not an activity")
    return raw


def read_origin(raw: Json) -> Origin:
    """Read what the sender is verified by.

    Teams gives the tenant in one of two places, or in both. Where they name two tenants, none counts: the conversation
    belongs to another organization than its sender.
    """
    channel_data, conversation = _object(raw.get("channelData")), _object(raw.get("conversation"))
    of_sender = _string(_object(channel_data.get("tenant")).get("id"))
    of_conversation = _string(conversation.get("tenantId"))
    are_different = of_sender and of_conversation and of_sender.lower() != of_conversation.lower()
    tenant = "" if are_different else of_sender or of_conversation
    return Origin(_string(raw.get("channelId")), _string(raw.get("serviceUrl")), tenant)


def parse_activity(raw: Json, origin: Origin) -> TeamsActivity:
    """Return the activity, whose ``origin`` is verified. Raises InvalidActivity."""
    try:
        wire = msgspec.convert(raw, _Activity)
    except msgspec.ValidationError as error:
        raise InvalidActivity(str(error)) from None
    sender = wire.sender or _Account()
    conversation = wire.conversation or _Conversation()
    bot = wire.recipient or _Account()
    message = read_message(wire.text or "", wire.entities, bot.id or "", bot.name or "")
    client = next((one for one in wire.entities if one.get("type") == "clientInfo"), {})
    channel_data = wire.channel_data or {}
    team, event = _object(channel_data.get("team")), _string(channel_data.get("eventType"))
    removes_bot = _removes_bot(wire, event)
    return TeamsActivity(
        # Two activities without an id are two activities, so each gets one of its own.
        id=wire.id or f"none-{uuid4()}",
        name=wire.name or "",
        actor=Actor(Platform.TEAMS, origin.tenant or LOCAL_TENANT, sender.aad_object_id or sender.id or ""),
        mri=sender.id or "",
        conversation=conversation.id or "",
        is_personal=conversation.is_personal,
        service_url=origin.service_url,
        bot_is_member=wire.type in _BOT_IS_MEMBER and not removes_bot,
        locale=wire.locale or _string(client.get("locale")),
        timezone=wire.local_timezone or _string(client.get("timezone")),
        reply_to=wire.reply_to_id or "",
        value=_object(wire.value),
        text=message.text,
        channel_type=_string(_object(channel_data.get("channel")).get("type")).lower(),
        model=_framework_model(wire, origin),
        mentioned=message.mentioned,
        bot_name=bot.name or "",
        is_posted_card=message.is_posted_card,
        team=_string(team.get("id")),
        team_name=_string(team.get("name")),
        event=event,
        removes_bot=removes_bot,
        sent_at=wire.timestamp,
    )


def _removes_bot(wire: _Activity, event: str) -> bool:
    """Whether an activity says that the bot was removed: from a conversation, or with its team."""
    if wire.type == "installationUpdate":
        return wire.action == "remove"
    bot = wire.recipient.id if wire.recipient else None
    is_bot_removed = bot is not None and any(one.id == bot for one in wire.members_removed or ())
    return wire.type == "conversationUpdate" and (is_bot_removed or event in _TEAM_DELETED)


def set_incoming(context: TurnContext, activity: TeamsActivity) -> None:
    """Attach the typed activity to its turn."""
    context.set(_INCOMING, activity)


def incoming(context: TurnContext) -> TeamsActivity:
    """Return the typed activity of a turn."""
    activity = context.get(_INCOMING)
    assert isinstance(activity, TeamsActivity)  # noqa: S101 - the adapter attaches it to every turn
    return activity


def without_thread(conversation: str) -> str:
    """Return the id of the conversation that a thread is part of."""
    return conversation.partition(";")[0]


def with_shared_mark(conversation: str) -> str:
    """Return the id of a conversation with the mark that its channel is a shared one."""
    return f"{conversation}{_SHARED_MARK}"


def is_marked_shared(place: str) -> bool:
    """Whether the id of a place has the mark of a shared channel."""
    return place.endswith(_SHARED_MARK)


def with_bot_name(conversation: str, name: str) -> str:
    """Return the id of a conversation with the name that commands in it mention."""
    return f"{conversation}{_BOT_MARK}{quote(name, safe='')}"


def read_bot_name(place: str) -> str:
    """Return the name that commands in a place mention. Empty where they mention nobody, or it is not stored."""
    return unquote(place.removesuffix(_SHARED_MARK).partition(_BOT_MARK)[2])


def without_marks(place: str) -> str:
    """Return the id of a place as Teams knows it."""
    return place.removesuffix(_SHARED_MARK).partition(_BOT_MARK)[0].partition(_CHOSEN_MARK)[0]


def as_chosen(channel: str, team_name: str, channel_name: str) -> str:
    """Return the id of a channel that was chosen in a form, for the card alone, with the names that people know it by."""
    return f"{channel}{_CHOSEN_MARK}{quote(team_name, safe='')}/{quote(channel_name, safe='')}"


def read_chosen(place: str) -> tuple[str, str] | None:
    """Return the names of the team and the channel of a place that was chosen in a form. None for any other place."""
    _conversation, is_chosen, names = place.partition(_CHOSEN_MARK)
    if not is_chosen:
        return None
    team, _slash, channel = names.partition("/")
    return unquote(team), unquote(channel)


def with_thread(channel: str, message: str) -> str:
    """Return the id of the thread in a channel that begins with a message."""
    return f"{channel};messageid={message}"


def _framework_model(wire: _Activity, origin: Origin) -> Activity:
    """Make the Bot Framework's model without msrest's deserializer.

    That one takes 0.2 ms or more, and loses ``conversation.tenantId``, which its model calls ``tenantID``.
    """
    copied: dict[str, Any] = {name: getattr(wire, name) for name in _COPIED}
    return Activity(
        **copied,
        service_url=origin.service_url,
        channel_id=origin.channel_id,
        from_property=wire.sender and wire.sender.model(),
        recipient=wire.recipient and wire.recipient.model(),
        conversation=wire.conversation and wire.conversation.model(),
        # The handler reads fields of the channel data of some activities without asking whether there is any.
        channel_data=wire.channel_data or {},
        members_added=_models(wire.members_added),
        members_removed=_models(wire.members_removed),
        entities=[_entity(one) for one in wire.entities],
    )


def _models(accounts: Sequence[_Account] | None) -> list[ChannelAccount] | None:
    return None if accounts is None else [account.model() for account in accounts]


def _entity(raw: Json) -> Entity:
    entity = Entity(type=_string(raw.get("type")))
    entity.additional_properties = {name: value for name, value in raw.items() if name != "type"}
    return entity


def _object(value: Any) -> Json:
    return value if isinstance(value, dict) else {}


def _string(value: Any) -> str:
    return value if isinstance(value, str) else ""
