"""What a Slack workspace consists of: its people, channels and messages, and the views they look at."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

APP_ID = "A0SANDBOX"
BOT_ID = "B0SANDBOX"
BOT_NAME = "tvbot"
ELSEWHERE = "T0ELSEWHERE"
"""The workspace that a stranger belongs to."""
Json = dict[str, Any]


@dataclass(slots=True, eq=False, kw_only=True)
class Team:
    """A workspace, perhaps one of an Enterprise organisation."""

    id: str
    name: str
    domain: str
    bot_user: str
    enterprise: str | None = None

    @property
    def enterprise_json(self) -> Json | None:
        """The organisation, as payloads name it."""
        return {"id": self.enterprise, "name": f"{self.name} Group"} if self.enterprise else None


@dataclass(slots=True, eq=False, kw_only=True)
class User:
    """An account. A stranger comes from another workspace, by a shared channel."""

    id: str
    team: str
    name: str
    email: str
    locale: str = "en-US"
    tz: str = "Europe/Paris"
    is_admin: bool = False
    is_restricted: bool = False
    is_ultra_restricted: bool = False
    deleted: bool = False
    is_bot: bool = False
    is_stranger: bool = False

    @property
    def handle(self) -> str:
        """The short name that a mention is typed with."""
        return self.name.lower().replace(" ", ".")

    @property
    def home_team(self) -> str:
        """The workspace that the account belongs to."""
        return ELSEWHERE if self.is_stranger else self.team

    def in_payload(self) -> Json:
        """Return the account as interactions name it."""
        return {"id": self.id, "username": self.handle, "name": self.handle, "team_id": self.home_team}

    def as_json(self, *, now: float, with_email: bool, with_locale: bool) -> Json:
        """Return the account as ``users.info`` does. Bots and strangers have no e-mail, strangers no locale."""
        profile: Json = {
            "real_name": self.name,
            "display_name": self.handle,
            "team": self.home_team,
            "image_72": "https://avatars.example.test/72.png",
        }
        if with_email and self.email and not self.is_bot and not self.is_stranger:
            profile["email"] = self.email
        user: Json = {
            "id": self.id,
            "team_id": self.home_team,
            "name": self.handle,
            "real_name": self.name,
            "deleted": self.deleted,
            "profile": profile,
            "is_bot": self.is_bot,
            "is_app_user": False,
            "updated": int(now),
        }
        if not self.deleted:
            user |= self._roles() | self._timezone(now)
        if with_locale and not self.is_stranger:
            user["locale"] = self.locale
        return user

    def _roles(self) -> Json:
        return {
            "is_admin": self.is_admin,
            "is_owner": False,
            "is_primary_owner": False,
            "is_restricted": self.is_restricted or self.is_ultra_restricted,
            "is_ultra_restricted": self.is_ultra_restricted,
            "is_stranger": self.is_stranger,
            "is_email_confirmed": True,
        }

    def _timezone(self, now: float) -> Json:
        offset = datetime.fromtimestamp(now, UTC).astimezone(ZoneInfo(self.tz)).utcoffset()
        return {"tz": self.tz, "tz_label": self.tz, "tz_offset": int(offset.total_seconds()) if offset else 0}


@dataclass(slots=True, eq=False, kw_only=True)
class Message:
    """A message that everyone in its channel sees. ``history`` holds what it said before each update."""

    channel: str
    ts: str
    user: str
    text: str
    blocks: list[Json] = field(default_factory=list)
    attachments: list[Json] = field(default_factory=list)
    metadata: Json | None = None
    thread_ts: str | None = None
    is_bot: bool = False
    is_edited: bool = False
    history: list[Json] = field(default_factory=list)

    def remember(self) -> None:
        """Keep what the message says now, before it says something else."""
        self.history.append({"text": self.text, "blocks": self.blocks, "attachments": self.attachments})

    def as_json(self) -> Json:
        """Return the message as Slack shows it in answers and payloads."""
        message: Json = {"type": "message", "user": self.user, "ts": self.ts, "text": self.text}
        if self.is_bot:
            message |= {"bot_id": BOT_ID, "app_id": APP_ID}
        for name in ("blocks", "attachments", "metadata", "thread_ts"):
            if getattr(self, name):
                message[name] = getattr(self, name)
        if self.is_edited:
            message["edited"] = {"user": self.user, "ts": self.ts}
        return message


@dataclass(slots=True, eq=False, kw_only=True)
class Ephemeral:
    """A message that one person sees, until they reload."""

    channel: str
    ts: str
    user: str
    text: str
    blocks: list[Json] = field(default_factory=list)
    thread_ts: str | None = None
    history: list[Json] = field(default_factory=list)
    is_deleted: bool = False

    def as_json(self) -> Json:
        """Return the message as the person sees it."""
        message = {"channel": self.channel, "ts": self.ts, "text": self.text, "blocks": self.blocks}
        return message | ({"thread_ts": self.thread_ts} if self.thread_ts else {})


@dataclass(slots=True, eq=False, kw_only=True)
class Channel:
    """A channel, or one person's conversation with the bot (``is_dm``)."""

    id: str
    team: str
    name: str
    members: set[str]
    is_private: bool = False
    is_dm: bool = False
    is_archived: bool = False
    messages: list[Message] = field(default_factory=list)
    deleted: list[Message] = field(default_factory=list)

    @property
    def payload_name(self) -> str:
        """The name that payloads give: those of private places are not told."""
        if self.is_dm:
            return "directmessage"
        return "privategroup" if self.is_private else self.name

    def answers_to(self, reference: str) -> bool:
        """Whether an id, or a name with or without ``#``, means this channel. Conversations have no name."""
        return reference == self.id or (not self.is_dm and reference.removeprefix("#") == self.name)

    def message(self, ts: str) -> Message | None:
        """Find a message."""
        return next((one for one in self.messages if one.ts == ts), None)


@dataclass(slots=True, eq=False, kw_only=True)
class View:
    """A modal or a home tab on one person's screen. ``errors`` is what the last submission was refused for."""

    id: str
    team: str
    user: str
    content: Json
    hash: str
    bot_user: str
    root_id: str = ""
    previous_id: str | None = None
    errors: dict[str, str] = field(default_factory=dict)
    history: list[Json] = field(default_factory=list)

    @property
    def blocks(self) -> list[Json]:
        """Its blocks."""
        blocks: list[Json] = self.content["blocks"]
        return blocks

    @property
    def type(self) -> str:
        """``modal`` or ``home``."""
        return str(self.content["type"])

    def as_json(self, values: Json | None = None) -> Json:
        """Return the view as answers and payloads show it."""
        absent: Json = dict.fromkeys(("title", "close", "submit"))
        empty: Json = {"private_metadata": "", "callback_id": "", "external_id": ""}
        switches: Json = {"clear_on_close": False, "notify_on_close": False}
        return {
            **absent,
            **empty,
            **switches,
            **self.content,
            "id": self.id,
            "team_id": self.team,
            "app_id": APP_ID,
            "app_installed_team_id": self.team,
            "bot_id": BOT_ID,
            "state": {"values": values or {}},
            "hash": self.hash,
            "root_view_id": self.root_id or self.id,
            "previous_view_id": self.previous_id,
        }


@dataclass(slots=True, eq=False, kw_only=True)
class Unfurl:
    """The preview of a link, under the message that holds it."""

    channel: str
    ts: str
    url: str
    content: Json

    @property
    def blocks(self) -> list[Json]:
        """Its blocks."""
        blocks: list[Json] = self.content.get("blocks", [])
        return blocks

    def as_json(self) -> Json:
        """Return the preview as people see it."""
        return {"channel": self.channel, "ts": self.ts, "url": self.url, **self.content}
