"""Who sent a payload, from where, and how it can be answered. Every kind of payload says this, in different fields."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from adapters.slack.threads import with_thread
from bot.access import STRANGER
from bot.commands import Command, CommandRequest, Place
from bot.errors import NotAllowed
from bot.model.ids import CommandKey
from bot.model.secret import Secret
from bot.model.technician import Actor, Platform
from bot.ports import ReturnAddress
from bot.values import value_class


@value_class
class SlackOrigin:
    """The origin of a slash command or an interaction.

    Attributes:
        sender: The account, in the workspace that the payload reached the bot by.
        channel: The channel, or empty for a view, which belongs to none.
        thread: The first message of the thread in which a button was pressed. Empty outside of threads.
        trigger_id: Opens a modal within three seconds. It is the same when Slack delivers the payload again.
        response_url: Where answers can be posted for a while.
        is_stranger: Whether the sender belongs to another workspace than the one that the payload reached the bot by.
    """

    sender: Actor
    channel: str
    trigger_id: str
    response_url: Secret | None
    is_stranger: bool
    thread: str = ""

    @property
    def place(self) -> Place:
        """Where the payload was sent."""
        is_private = not self.channel or self.channel.startswith("D")
        return Place(with_thread(self.channel, self.thread), is_private=is_private)

    @property
    def return_address(self) -> ReturnAddress:
        """Where an answer goes."""
        return ReturnAddress(self.sender, self.place.channel, self.place.is_private, self.response_url)

    def require_member(self) -> Actor:
        """Return the sender. Raises NotAllowed for strangers."""
        if self.is_stranger:
            raise NotAllowed(STRANGER)
        return self.sender

    def to_request(self, command: Command) -> CommandRequest:
        """Make a request of a command that was typed or pressed. Raises NotAllowed for strangers."""
        sender = self.require_member()
        if not self.trigger_id:
            raise ValueError(
                "a payload without a trigger id"
            )  # commands without a key would all be the same command
        key = CommandKey(f"slack:{sender.tenant}:{self.trigger_id}")
        return CommandRequest(key, sender, self.place, command, self.response_url)


@value_class
class NamedTenants:
    """Every workspace and Enterprise organization that a payload names, the one that most likely has the app first.

    In an Enterprise Grid, the workspace of the sender may be another one than the workspace with the app.
    """

    workspaces: Sequence[str]
    enterprises: Sequence[str]

    @property
    def first(self) -> str:
        """The first workspace, or else the first organization. Empty without both."""
        return _first(*self.workspaces, *self.enterprises)


def read_origin(body: Mapping[str, Any], tenant: str) -> SlackOrigin:
    """Read the origin of a payload. ``tenant`` is the workspace or organization by whose installation it is handled.

    What is missing is empty.
    """
    user = as_object(body.get("user"))
    container = as_object(body.get("container"))
    url = _first(body.get("response_url"))
    return SlackOrigin(
        sender=Actor(Platform.SLACK, tenant, _first(body.get("user_id"), user.get("id"))),
        channel=_first(
            body.get("channel_id"),
            as_object(body.get("channel")).get("id"),
            container.get("channel_id"),
        ),
        trigger_id=_first(body.get("trigger_id")),
        response_url=Secret(url) if url else None,
        is_stranger=_is_stranger(user, tenant, in_enterprise=bool(_first(*_enterprises(body)))),
        thread=_read_thread(container),
    )


def read_tenants(body: Mapping[str, Any]) -> NamedTenants:
    """Read every workspace and organization that a payload, or the envelope of an event, names.

    ``app_installed_team_id`` and ``authorizations`` name where the app is installed; ``team`` names the workspace of the
    sender's client (Slack: payloads of interactions, Events API); ``message.team`` the workspace of a message's author.
    """
    view, team, event = (as_object(body.get(name)) for name in ("view", "team", "event"))
    authorizations = body.get("authorizations")
    authorized = [as_object(one) for one in authorizations] if isinstance(authorizations, list) else []
    workspaces = [
        view.get("app_installed_team_id"),
        *(one.get("team_id") for one in authorized),
        as_object(event.get("view")).get("app_installed_team_id"),
        body.get("team_id"),
        team.get("id"),
        body.get("context_team_id"),
        as_object(body.get("message")).get("team"),
        view.get("team_id"),
    ]
    enterprises = [
        *(one.get("enterprise_id") for one in authorized),
        *_enterprises(body),
        body.get("context_enterprise_id"),
    ]
    return NamedTenants(_distinct(workspaces), _distinct(enterprises))


def _enterprises(body: Mapping[str, Any]) -> list[Any]:
    """Return the Enterprise organization that a payload names as the sender's, in the fields that its kind may have."""
    return [
        body.get("enterprise_id"),
        as_object(body.get("enterprise")).get("id"),
        as_object(body.get("team")).get("enterprise_id"),
    ]


def _distinct(values: Iterable[Any]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for value in values if isinstance(value, str) and value))


def as_object(value: Any) -> Mapping[str, Any]:
    """Return a JSON object as it is, and anything else as an empty one."""
    return value if isinstance(value, dict) else {}


def _read_thread(container: Mapping[str, Any]) -> str:
    """Return the thread of a pressed button (``thread_ts`` is undocumented there, but seen in production traffic).

    The first message of a thread names itself. It stands in the channel.
    """
    thread = _first(container.get("thread_ts"))
    return "" if thread == container.get("message_ts") else thread


def _is_stranger(user: Mapping[str, Any], tenant: str, *, in_enterprise: bool) -> bool:
    """Whether an interaction names another workspace as its sender's own.

    In an Enterprise organization that alone says nothing: there the profile tells which workspaces are theirs.
    """
    home = user.get("team_id")
    return bool(home) and not in_enterprise and home != tenant


def _first(*values: Any) -> str:
    """Return the first value that is not empty."""
    return next((str(value) for value in values if value), "")
