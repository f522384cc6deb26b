"""What people see: the state of the workspace from where one of them sits."""

from typing import Any

from sandbox.slack.base import SandboxBase
from sandbox.slack.model import Channel, Ephemeral, Json, Message, Unfurl, View
from sandbox.slack.state import RecordedCall


class VisibleState(SandboxBase):
    """The screens."""

    @property
    def channels(self) -> dict[str, Channel]:
        """Every channel and conversation by id, with its ``messages``."""
        return self.world.channels

    @property
    def views(self) -> list[View]:
        """Every open modal, those under others included."""
        return [view for stack in self.world.stacks.values() for view in stack]

    @property
    def unfurls(self) -> list[Unfurl]:
        """Every preview of a link."""
        return self.world.unfurls

    @property
    def calls(self) -> list[RecordedCall]:
        """Every call that was answered, faults aside."""
        return self.world.calls

    @property
    def warnings(self) -> list[str]:
        """What Slack would allow and a reviewer would not, and answers that Slack could not show."""
        return self.world.warnings

    @property
    def changes(self) -> int:
        """A number that grows with every change."""
        return self.world.changes.count

    def count(self, method: str) -> int:
        """Count the calls of a method."""
        return sum(1 for call in self.world.calls if call.method == method)

    def ephemerals(self, user: str, channel: str | None = None) -> list[Ephemeral]:
        """List the messages that only one person sees, oldest first."""
        mine = [one for one in self.world.ephemerals if one.user == user and not one.is_deleted]
        return [one for one in mine if channel in {None, one.channel}]

    def dm(self, user: str) -> list[Message]:
        """List the messages in a person's conversation with the bot."""
        members = {user, self.world.bot_of(user)}
        found = [one for one in self.world.channels.values() if one.is_dm and one.members == members]
        return found[0].messages if found else []

    def home(self, user: str) -> View | None:
        """Return a person's home tab, where one was published."""
        return self.world.homes.get(user)

    def visible_to(self, user: str, *, ever: bool = False) -> Json:
        """Return everything that a person can see, as JSON; with ``ever`` also what they could see before."""
        mine = [one for one in self.world.channels.values() if user in one.members]
        home = self.home(user)
        whispers = [one for one in self.world.ephemerals if one.user == user and (ever or not one.is_deleted)]
        places = {one.id for one in mine}
        return {
            "channels": {one.id: _messages(one, ever=ever) for one in mine if not one.is_dm},
            "dm": [shown for one in mine if one.is_dm for shown in _messages(one, ever=ever)],
            "ephemerals": [_shown(one, ever=ever) for one in whispers],
            "home": _shown(home, ever=ever) if home else None,
            "modals": [_shown(one, ever=ever) for one in self.world.stacks.get(user, [])],
            "unfurls": [one.as_json() for one in self.world.unfurls if one.channel in places],
        }

    def snapshot(self, user: str) -> Json:
        """Return a person's screen for a page to draw."""
        person = self.world.users[user]
        team = self.world.teams[person.team]
        here = [one for one in self.world.users.values() if one.team == team.id]
        home, stack = self.home(user), self.world.stacks.get(user)
        return {
            "changes": self.changes,
            "user": user,
            "team": {"id": team.id, "name": team.name, "domain": team.domain},
            "users": [
                {"id": one.id, "name": one.name, "email": one.email, "is_bot": one.is_bot} for one in here
            ],
            "names": {one.id: one.name for one in here},
            "channels": [
                self._screen(user, one) for one in self.world.channels.values() if user in one.members
            ],
            "home": home.as_json() if home else None,
            "modal": {**stack[-1].as_json(), "errors": stack[-1].errors} if stack else None,
        }

    def _screen(self, user: str, channel: Channel) -> Json:
        shown: list[Message | Ephemeral] = [*channel.messages, *self.ephemerals(user, channel.id)]
        lines = [self._line(one) for one in shown]
        return {
            "id": channel.id,
            "name": self.world.users[self.world.bot_of(user)].name if channel.is_dm else channel.name,
            "is_dm": channel.is_dm,
            "is_private": channel.is_private,
            "messages": sorted(lines, key=lambda line: str(line["ts"])),
        }

    def _line(self, message: Message | Ephemeral) -> Json:
        is_private = isinstance(message, Ephemeral)
        author = self.world.bot_of(message.user) if is_private else message.user
        unfurls = [
            one.as_json()
            for one in self.world.unfurls
            if (one.channel, one.ts) == (message.channel, message.ts)
        ]
        return {
            "ts": message.ts,
            "user": author,
            "name": self.world.users[author].name,
            "is_bot": self.world.users[author].is_bot,
            "is_private": is_private,
            "is_edited": bool(message.history),
            "text": message.text,
            "blocks": message.blocks,
            "thread_ts": message.thread_ts,
            "unfurls": unfurls,
        }


def _messages(channel: Channel, *, ever: bool) -> list[Json]:
    return [_shown(one, ever=ever) for one in [*channel.messages, *(channel.deleted if ever else [])]]


def _shown(thing: Message | Ephemeral | View, *, ever: bool) -> Json:
    shown: dict[str, Any] = thing.as_json()
    return shown | ({"before": thing.history} if ever and thing.history else {})
