"""The state of the simulated Slack, and the operations that change it."""

import itertools
import secrets
from collections.abc import Callable
from typing import Any, NamedTuple

from sandbox.change_notifier import ChangeNotifier
from sandbox.slack.block_validation import fill_missing_ids
from sandbox.slack.model import (
    BOT_NAME,
    Channel,
    Ephemeral,
    GridField,
    Json,
    Message,
    Team,
    Unfurl,
    User,
    View,
)
from sandbox.slack.tokens import Token, Tokens
from sandbox.slack.triggers_and_response_urls import ResponseUrl, Trigger

GRID_FIELDS: tuple[GridField, ...] = ("enterprise_user", "enterprise_id", "teams")
"""Every field of ``users.info`` that may name the Enterprise Grid of an account."""


class RecordedCall(NamedTuple):
    """One recorded call of the Web API or of a response URL, without secrets in ``args``."""

    method: str
    args: Json
    ok: bool
    error: str = ""


class SlackState:
    """The state of every simulated workspace.

    For members of an Enterprise Grid: ``grid_fields`` are the fields of ``users.info`` that name it.
    ``names_only_organization``: payloads name the organisation in place of the workspace. ``installs_org_wide``: the app
    is installed for the whole organisation of the workspace that is chosen.

    ``replaces_command_answers``: a later response to a slash command can replace the first one. Slack documents neither that
    nor its opposite. ``messages_tab_is_read_only``: people cannot write in their own chat with the bot. ``subscribed_events``: the events that
    messages may cause, or None for all; both are what the app's manifest says (``SlackSandbox.apply_manifest``).

    ``seconds_between_posts``: after a message, a channel takes the next one only after this pause. 0: there is no limit.

    For ``conversations.history``: ``returns_metadata`` is False where Slack keeps the metadata of messages to itself.
    ``is_distributed``: the app is distributed commercially outside of the Marketplace, so that it may read little.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        self.now = now
        self.changes = ChangeNotifier("Slack")
        self.tokens = Tokens(now)
        self.app_token = Token("", "", set())
        self.teams: dict[str, Team] = {}
        self.users: dict[str, User] = {}
        self.channels: dict[str, Channel] = {}
        self.ephemerals: list[Ephemeral] = []
        self.modal_stacks: dict[str, list[View]] = {}
        self.home_tabs: dict[str, View] = {}
        self.unfurls: list[Unfurl] = []
        self.auth_prompts: list[Json] = []
        self.draft_links: dict[str, tuple[str, str]] = {}
        self.triggers: dict[str, Trigger] = {}
        self.response_urls: dict[str, ResponseUrl] = {}
        self.calls: list[RecordedCall] = []
        self.warnings: list[str] = []
        self.messages_tab_enabled = True
        self.messages_tab_is_read_only = False
        self.replaces_command_answers = True
        self.subscribed_events: set[str] | None = None
        self.home_tab_enabled = True
        self.grid_fields: tuple[GridField, ...] = GRID_FIELDS
        self.names_only_organization = False
        self.installs_org_wide = False
        self.seconds_between_posts = 0.0
        self.posted_at: dict[str, float] = {}
        self.returns_metadata = True
        self.is_distributed = False
        self.history_read_at = float("-inf")
        self.client_id = ""
        self.client_secret = ""
        self.origin = ""
        self.create_socket_url: Callable[[], str] = str
        self._numbers = itertools.count(1)
        self._last_ts = 0

    def new_id(self, prefix: str) -> str:
        """Return a unique id with Slack's prefix for its kind."""
        return f"{prefix}0{next(self._numbers):08X}"

    def new_ts(self) -> str:
        """Return a ts later than every other. A ts identifies a message in its channel."""
        # Two messages within a microsecond still need different ids.
        self._last_ts = max(self._last_ts + 1, int(self.now() * 1_000_000))
        return f"{self._last_ts // 1_000_000}.{self._last_ts % 1_000_000:06d}"

    def add_block_ids(self, blocks: list[Json]) -> list[Json]:
        """Return blocks with an id for each block and element."""
        return fill_missing_ids(blocks, lambda: secrets.token_urlsafe(4))

    def add_team(self, team_id: str, name: str, domain: str, enterprise: str | None = None) -> Team:
        """Add a workspace with an account for the bot."""
        bot = User(id=self.new_id("UB"), team=team_id, name=BOT_NAME, email="", is_bot=True)
        self.users[bot.id] = bot
        self.teams[team_id] = Team(
            id=team_id, name=name, domain=domain, bot_user=bot.id, enterprise=enterprise
        )
        self.changes.notify()
        return self.teams[team_id]

    def are_in_one_organization(self, team: str, other: str) -> bool:
        """Return whether two workspaces belong to the same Enterprise organisation."""
        enterprise = self.teams[team].enterprise
        return enterprise is not None and self.teams[other].enterprise == enterprise

    def is_installed_org_wide(self, team: Team) -> bool:
        """Return whether the app was installed for the whole organisation of a workspace."""
        organization = [one for one in self.teams if self.are_in_one_organization(team.id, one)]
        return self.tokens.has_org_wide_token(organization)

    def format_grid(self, user: User) -> Json:
        """Return the fields of ``users.info`` about the Enterprise Grid of a user. Empty outside of one."""
        enterprise = self.teams[user.team].enterprise
        return (
            {} if enterprise is None or user.is_stranger else user.format_grid(enterprise, self.grid_fields)
        )

    def team_of(self, user: str) -> Team:
        """Return the workspace of a user."""
        return self.teams[self.users[user].team]

    def bot_of(self, user: str) -> str:
        """Return the bot's user id in the workspace of a user."""
        return self.team_of(user).bot_user

    def is_shared_outside(self, channel: Channel) -> bool:
        """Return whether another organization shares a channel."""
        return channel.is_shared or any(self.users[one].is_stranger for one in channel.members)

    def open_dm(self, *people: str) -> Channel:
        """Return the direct message channel of the bot and these users. Create it if needed."""
        members = {*people, self.bot_of(people[0])}
        for channel in self.channels.values():
            if channel.is_dm and channel.members == members:
                return channel
        channel = Channel(
            id=self.new_id("D" if len(people) == 1 else "G"),
            team=self.users[people[0]].team,
            name="directmessage",
            members=members,
            is_dm=True,
        )
        self.channels[channel.id] = channel
        self.changes.notify()
        return channel

    def add_message(self, channel: Channel, user: str, text: str, **attributes: Any) -> Message:
        """Add a message to a channel."""
        blocks = self.add_block_ids(attributes.pop("blocks", None) or [])
        message = Message(
            channel=channel.id, ts=self.new_ts(), user=user, text=text, blocks=blocks, **attributes
        )
        message.is_bot = self.users[user].is_bot
        channel.messages.append(message)
        self.changes.notify()
        return message

    def add_ephemeral(
        self,
        channel: str,
        user: str,
        text: str,
        blocks: list[Json] | None = None,
        thread_ts: str | None = None,
    ) -> Ephemeral:
        """Add a message that one user sees."""
        ephemeral = Ephemeral(
            channel=channel,
            ts=self.new_ts(),
            user=user,
            text=text,
            blocks=self.add_block_ids(blocks or []),
            thread_ts=thread_ts,
        )
        self.ephemerals.append(ephemeral)
        self.changes.notify()
        return ephemeral

    def update_message(self, message: Message | Ephemeral, text: str, blocks: list[Json]) -> None:
        """Replace the content of a message and keep the old content in its history."""
        if isinstance(message, Message):
            message.save_history()
            # A message with blocks does not show "(edited)" (undocumented, assumed).
            message.is_edited = not blocks
        else:
            message.history.append({"text": message.text, "blocks": message.blocks})
        message.text = text
        message.blocks = self.add_block_ids(blocks)
        self.changes.notify()

    def delete_message(self, message: Message | Ephemeral) -> None:
        """Delete a message."""
        if isinstance(message, Message):
            channel = self.channels[message.channel]
            channel.messages.remove(message)
            channel.deleted.append(message)
        else:
            message.is_deleted = True
        self.changes.notify()

    def find_message(self, channel: str, ts: str, user: str = "") -> Message | Ephemeral | None:
        """Find a message of a channel, or an ephemeral message of the user there."""
        found_channel = self.channels.get(channel)
        found = found_channel.find_message(ts) if found_channel else None
        if found is not None:
            return found
        return next(
            (one for one in self.ephemerals if (one.ts, one.user) == (ts, user) and not one.is_deleted), None
        )

    def new_trigger(self, user: str, view: str | None = None, trigger_id: str | None = None) -> str:
        """Issue a trigger id. A given one, as in a redelivery, keeps its first expiry."""
        trigger_id = (
            trigger_id or f"{next(self._numbers)}.{secrets.randbelow(10**10)}.{secrets.token_hex(16)}"
        )
        team = self.users[user].team
        # A redelivered request carries the trigger id of the first one, and its three seconds go on.
        self.triggers.setdefault(trigger_id, Trigger(trigger_id, user, team, self.now(), view))
        return trigger_id

    def new_response_url(self, user: str, channel: str, original: str | None = None) -> str:
        """Issue a response URL."""
        response_url = ResponseUrl(secrets.token_urlsafe(18), user, channel, self.now(), original)
        self.response_urls[response_url.id] = response_url
        return f"{self.origin}/response/{response_url.id}"

    def find_view(self, view_id: str) -> View | None:
        """Find an open modal or a home tab by id."""
        opened = itertools.chain(self.home_tabs.values(), *self.modal_stacks.values())
        return next((view for view in opened if view.id == view_id), None)

    def new_view(self, user: str, content: Json, *, above: View | None = None) -> View:
        """Create a view with ids for its blocks. ``above`` is the view that it is pushed onto."""
        view = View(
            id=self.new_id("V"),
            team=self.users[user].team,
            user=user,
            content={**content, "blocks": self.add_block_ids(content["blocks"])},
            hash=self.new_hash(),
            bot_user=self.bot_of(user),
        )
        if above is not None:
            view.root_id, view.previous_id = above.root_id or above.id, above.id
        return view

    def update_view(self, view: View, content: Json) -> None:
        """Replace the content of a view."""
        view.history.append(view.content)
        view.content = {**content, "blocks": self.add_block_ids(content["blocks"])}
        view.hash = self.new_hash()
        view.errors = {}
        self.changes.notify()

    def new_hash(self) -> str:
        """Return a hash for a new version of a view."""
        return f"{int(self.now())}.{secrets.token_hex(4)}"
