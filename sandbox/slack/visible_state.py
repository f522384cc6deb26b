"""What the tests and the demo read from the simulated Slack: recorded calls, and what each user sees."""

from typing import Any

from sandbox.slack.base import SandboxBase
from sandbox.slack.model import Channel, Ephemeral, Json, Message, Unfurl, View
from sandbox.slack.state import RecordedCall


class VisibleState(SandboxBase):
    """The part of ``SlackSandbox`` that returns its state."""

    @property
    def channels(self) -> dict[str, Channel]:
        """Every channel and direct message channel by id, with its ``messages``."""
        return self.state.channels

    @property
    def views(self) -> list[View]:
        """Every open modal, including those below others."""
        return [view for stack in self.state.modal_stacks.values() for view in stack]

    @property
    def unfurls(self) -> list[Unfurl]:
        """Every preview of a link."""
        return self.state.unfurls

    @property
    def calls(self) -> list[RecordedCall]:
        """Every call that got a response, without those that a fault answered."""
        return self.state.calls

    @property
    def warnings(self) -> list[str]:
        """Bad practices that Slack allows, and responses of the bot that Slack could not show."""
        return self.state.warnings

    @property
    def changes(self) -> int:
        """The number of changes so far."""
        return self.state.changes.count

    def count_calls(self, method: str) -> int:
        """Count the calls of a method."""
        return sum(1 for call in self.state.calls if call.method == method)

    def ephemerals(self, user: str, channel: str | None = None) -> list[Ephemeral]:
        """List the ephemeral messages of a user, oldest first."""
        joined = [one for one in self.state.ephemerals if one.user == user and not one.is_deleted]
        return [one for one in joined if channel in {None, one.channel}]

    def dm_messages(self, user: str) -> list[Message]:
        """List the messages between a user and the bot."""
        # Group messages with the bot are not the user's own conversation.
        members = {user, self.state.bot_of(user)}
        found = [one for one in self.state.channels.values() if one.is_dm and one.members == members]
        return found[0].messages if found else []

    def home_tab(self, user: str) -> View | None:
        """Return the user's home tab, if one was published."""
        return self.state.home_tabs.get(user)

    def visible_to(self, user: str, *, include_history: bool = False) -> Json:
        """Return everything that a user can see, as JSON. ``include_history`` adds what they could see before."""
        joined = [one for one in self.state.channels.values() if user in one.members]
        home = self.home_tab(user)
        own_ephemerals = [
            one
            for one in self.state.ephemerals
            if one.user == user and (include_history or not one.is_deleted)
        ]
        channel_ids = {one.id for one in joined}
        return {
            "channels": {
                one.id: _format_messages(one, include_history=include_history)
                for one in joined
                if not one.is_dm
            },
            "dm": [
                shown
                for one in joined
                if one.is_dm
                for shown in _format_messages(one, include_history=include_history)
            ],
            "ephemerals": [
                _format_with_history(one, include_history=include_history) for one in own_ephemerals
            ],
            "home": _format_with_history(home, include_history=include_history) if home else None,
            "modals": [
                _format_with_history(one, include_history=include_history)
                for one in self.state.modal_stacks.get(user, [])
            ],
            "unfurls": [one.as_json() for one in self.state.unfurls if one.channel in channel_ids],
        }

    def snapshot(self, user: str) -> Json:
        """Return a user's whole screen as JSON, with a message's author and unfurls resolved."""
        person = self.state.users[user]
        team = self.state.teams[person.team]
        team_members = [one for one in self.state.users.values() if one.team == team.id]
        home, stack = self.home_tab(user), self.state.modal_stacks.get(user)
        return {
            "changes": self.changes,
            "user": user,
            "team": {"id": team.id, "name": team.name, "domain": team.domain},
            "users": [
                {"id": one.id, "name": one.name, "email": one.email, "is_bot": one.is_bot}
                for one in team_members
            ],
            "names": {one.id: one.name for one in team_members},
            "channels": [
                self._describe_channel(user, one)
                for one in self.state.channels.values()
                if user in one.members
            ],
            "home": home.as_json() if home else None,
            "modal": {**stack[-1].as_json(), "errors": stack[-1].errors} if stack else None,
        }

    def _describe_channel(self, user: str, channel: Channel) -> Json:
        shown: list[Message | Ephemeral] = [*channel.messages, *self.ephemerals(user, channel.id)]
        messages = [self._describe_message(one) for one in shown]
        return {
            "id": channel.id,
            "name": self.state.users[self.state.bot_of(user)].name if channel.is_dm else channel.name,
            "is_dm": channel.is_dm,
            "is_private": channel.is_private,
            "messages": sorted(messages, key=lambda line: str(line["ts"])),
        }

    def _describe_message(self, message: Message | Ephemeral) -> Json:
        is_private = isinstance(message, Ephemeral)
        author = self.state.bot_of(message.user) if is_private else message.user
        unfurls = [
            one.as_json()
            for one in self.state.unfurls
            if (one.channel, one.ts) == (message.channel, message.ts)
        ]
        return {
            "ts": message.ts,
            "user": author,
            "name": self.state.users[author].name,
            "is_bot": self.state.users[author].is_bot,
            "is_private": is_private,
            "is_edited": bool(message.history),
            "text": message.text,
            "blocks": message.blocks,
            "thread_ts": message.thread_ts,
            "unfurls": unfurls,
        }


def _format_messages(channel: Channel, *, include_history: bool) -> list[Json]:
    return [
        _format_with_history(one, include_history=include_history)
        for one in [*channel.messages, *(channel.deleted if include_history else [])]
    ]


def _format_with_history(item: Message | Ephemeral | View, *, include_history: bool) -> Json:
    shown: dict[str, Any] = item.as_json()
    return shown | ({"before": item.history} if include_history and item.history else {})
