"""The model of Slack workspaces: teams, users, channels, messages and views."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal, TypedDict

from sandbox.zones import find_zone

APP_ID = "A0SANDBOX"
BOT_ID = "B0SANDBOX"
BOT_NAME = "tvbot"
EXTERNAL_TEAM = "T0ELSEWHERE"
"""The workspace of every user with ``is_stranger``."""
Json = dict[str, Any]


class AccountOptions(TypedDict, total=False):
    """The optional arguments of ``SlackSandbox.add_user``."""

    tz: str
    team: str
    is_admin: bool
    is_restricted: bool
    is_ultra_restricted: bool
    deleted: bool
    is_bot: bool
    is_stranger: bool
    is_email_confirmed: bool
    primary_team: str


GridField = Literal["enterprise_user", "enterprise_id", "teams"]
"""A field of ``users.info`` that names the Enterprise Grid of an account."""


@dataclass(slots=True, eq=False, kw_only=True)
class Team:
    """A workspace. ``enterprise`` is the id of its Enterprise organisation, if it belongs to one."""

    id: str
    name: str
    domain: str
    bot_user: str
    enterprise: str | None = None

    @property
    def enterprise_json(self) -> Json | None:
        """The organisation, as payloads write it."""
        return {"id": self.enterprise, "name": f"{self.name} Group"} if self.enterprise else None


@dataclass(slots=True, eq=False, kw_only=True)
class User:
    """An account. ``is_stranger`` is Slack's flag for a user of another organisation in a shared channel.

    A member of an Enterprise Grid may belong to several workspaces. ``team`` is the one in which they act here, and
    ``primary_team`` the one that Slack names in ``team_id``. ``client_team`` is the workspace in which their client is:
    interactions name it, even if the app is not installed there.
    """

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
    is_email_confirmed: bool = True
    primary_team: str | None = None
    client_team: str | None = None

    @property
    def handle(self) -> str:
        """The user name in typed mentions."""
        return self.name.lower().replace(" ", ".")

    @property
    def home_team(self) -> str:
        """The workspace that Slack names in ``team_id``."""
        return EXTERNAL_TEAM if self.is_stranger else self.primary_team or self.team

    def as_payload_user(self) -> Json:
        """Return the account as interaction payloads write it."""
        return {"id": self.id, "username": self.handle, "name": self.handle, "team_id": self.home_team}

    def format_grid(self, enterprise: str, fields: Collection[GridField]) -> Json:
        """Return the fields that name the Enterprise Grid of the account. Which ones Slack returns is not documented."""
        teams = sorted({self.team, self.home_team})
        every_field: dict[GridField, Json] = {
            "enterprise_user": {
                "enterprise_user": {"id": self.id, "enterprise_id": enterprise, "teams": teams}
            },
            "enterprise_id": {"enterprise_id": enterprise},
            "teams": {"teams": teams},
        }
        return {name: value for one in fields for name, value in every_field[one].items()}

    def as_json(self, *, now: float, with_email: bool, with_locale: bool) -> Json:
        """Return the account as ``users.info`` does. Bots and strangers have no e-mail, strangers no locale."""
        profile: Json = {
            "real_name": self.name,
            "display_name": self.handle,
            "team": self.home_team,
            "image_72": "https://avatars.example.test/72.png",
        }
        # The e-mail address needs a scope of its own.
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
        # Slack returns neither roles nor time zone of a deactivated account.
        if not self.deleted:
            user |= self._format_roles() | self._format_timezone(now)
        if with_locale and not self.is_stranger:
            user["locale"] = self.locale
        return user

    def _format_roles(self) -> Json:
        return {
            "is_admin": self.is_admin,
            "is_owner": False,
            "is_primary_owner": False,
            "is_restricted": self.is_restricted or self.is_ultra_restricted,
            "is_ultra_restricted": self.is_ultra_restricted,
            "is_stranger": self.is_stranger,
            "is_email_confirmed": self.is_email_confirmed,
        }

    def _format_timezone(self, now: float) -> Json:
        offset = datetime.fromtimestamp(now, UTC).astimezone(find_zone(self.tz)).utcoffset()
        return {"tz": self.tz, "tz_label": self.tz, "tz_offset": int(offset.total_seconds()) if offset else 0}


@dataclass(slots=True, eq=False, kw_only=True)
class Message:
    """A message that every member of the channel sees. ``history`` holds its content before each update."""

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

    def save_history(self) -> None:
        """Add the current content to the history, before an update."""
        self.history.append({"text": self.text, "blocks": self.blocks, "attachments": self.attachments})

    def as_json(self) -> Json:
        """Return the message as the Web API and payloads write it."""
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
    """A message that one user sees until they reload."""

    channel: str
    ts: str
    user: str
    text: str
    blocks: list[Json] = field(default_factory=list)
    thread_ts: str | None = None
    history: list[Json] = field(default_factory=list)
    is_deleted: bool = False

    def as_json(self) -> Json:
        """Return the message as the user sees it."""
        message = {"channel": self.channel, "ts": self.ts, "text": self.text, "blocks": self.blocks}
        return message | ({"thread_ts": self.thread_ts} if self.thread_ts else {})


@dataclass(slots=True, eq=False, kw_only=True)
class Channel:
    """A channel, or a user's direct messages with the bot (``is_dm``).

    ``is_shared``: another organization shares it. ``is_pending_share``: another one is invited (Slack Connect).
    """

    id: str
    team: str
    name: str
    members: set[str]
    is_private: bool = False
    is_dm: bool = False
    is_archived: bool = False
    is_shared: bool = False
    is_pending_share: bool = False
    messages: list[Message] = field(default_factory=list)
    deleted: list[Message] = field(default_factory=list)

    @property
    def payload_name(self) -> str:
        """The channel name in payloads. Slack hides the names of private channels and direct messages there."""
        if self.is_dm:
            return "directmessage"
        return "privategroup" if self.is_private else self.name

    def matches_reference(self, reference: str) -> bool:
        """Return whether an id, or a name with or without ``#``, means this channel. Direct messages have no name."""
        return reference == self.id or (not self.is_dm and reference.removeprefix("#") == self.name)

    def find_message(self, ts: str) -> Message | None:
        """Find a message by its ts."""
        return next((one for one in self.messages if one.ts == ts), None)


@dataclass(slots=True, eq=False, kw_only=True)
class View:
    """A modal or a home tab of one user. ``errors`` are those of the last refused submission."""

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
        """The blocks of the view."""
        blocks: list[Json] = self.content["blocks"]
        return blocks

    @property
    def type(self) -> str:
        """``modal`` or ``home``."""
        return str(self.content["type"])

    def as_json(self, values: Json | None = None) -> Json:
        """Return the view as the Web API and payloads write it."""
        # Slack returns every field of a view, null or empty if the app did not set it.
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
    """The preview of a link below a message."""

    channel: str
    ts: str
    url: str
    content: Json

    @property
    def blocks(self) -> list[Json]:
        """The blocks of the preview."""
        blocks: list[Json] = self.content.get("blocks", [])
        return blocks

    def as_json(self) -> Json:
        """Return the preview as users see it."""
        return {"channel": self.channel, "ts": self.ts, "url": self.url, **self.content}
