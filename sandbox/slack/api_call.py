"""One call of the Web API: its arguments, in whichever of the three ways they came, and its token."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from aiohttp import web

from sandbox.slack.model import Channel, Json
from sandbox.slack.state import SlackState
from sandbox.slack.tokens import ApiError, Token

_SECRET = {"token", "client_secret", "code", "refresh_token"}


@dataclass(slots=True)
class ApiCall:
    """A call whose token is valid."""

    world: SlackState
    method: str
    args: Json
    token: Token

    def text(self, name: str) -> str:
        """Return an argument as text; empty where it is missing."""
        value = self.args.get(name)
        return "" if value is None else str(value)

    def needed(self, name: str) -> str:
        """Return an argument that must be there. Raises ApiError."""
        value = self.text(name)
        if not value:
            raise invalid_arguments(f"[ERROR] missing required field: {name} [json-pointer:/]")
        return value

    def flag(self, name: str) -> bool:
        """Return an argument as a switch."""
        return self.args.get(name) in (True, 1, "1", "true", "True")

    def parsed(self, name: str, refusal: str) -> Any:
        """Return an argument that is JSON, or JSON in a string. Raises ApiError with the given word."""
        value = self.args.get(name)
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value) if value else None
        except ValueError:
            raise ApiError(refusal) from None

    def require(self, scope: str) -> None:
        """Demand a scope of the token. Raises ApiError."""
        if scope not in self.token.scopes:
            raise ApiError("missing_scope", needed=scope, provided=",".join(sorted(self.token.scopes)))

    def warn(self, warning: str) -> None:
        """Note what Slack would allow and a reviewer would not."""
        self.world.warnings.append(f"{self.method}: {warning}")

    @property
    def bot(self) -> str:
        """The account that the bot has in the token's workspace."""
        return self.world.teams[self.token.team].bot_user

    def visible_channel(self, reference: str) -> Channel:
        """Find a channel, by id or name, that the bot may know of. Raises ApiError."""
        for channel in self.world.channels.values():
            is_hidden = channel.is_private or channel.is_dm
            is_known = channel.team == self.token.team and (not is_hidden or self.bot in channel.members)
            if is_known and channel.answers_to(reference):
                return channel
        raise ApiError("channel_not_found")


class ApiMethod(NamedTuple):
    """What answers a call, and the scopes it needs."""

    answer: Callable[[ApiCall], Json]
    scopes: tuple[str, ...] = ()
    needs_token: bool = True


def invalid_arguments(*messages: str) -> ApiError:
    """Return the refusal of arguments that are missing or wrong."""
    return ApiError("invalid_arguments", response_metadata={"messages": list(messages)})


async def arguments(request: web.Request) -> Json:
    """Read the arguments of a query, a form or JSON. Raises ApiError."""
    args: Json = dict(request.query)
    if request.method != "POST" or not request.can_read_body:
        return args
    if request.content_type == "application/json":
        return args | await _json_arguments(request)
    if request.content_type in {"application/x-www-form-urlencoded", "multipart/form-data"}:
        return args | dict(await request.post())
    raise ApiError("invalid_post_type")


async def _json_arguments(request: web.Request) -> Json:
    try:
        given = json.loads(await request.text())
    except ValueError:
        raise ApiError("invalid_json") from None
    if not isinstance(given, dict):
        raise ApiError("json_not_object")
    return given


def bearer(request: web.Request, args: Json) -> str | None:
    """Return the token of a call: from the header, or from a form. Never from JSON, nor from an address."""
    kind, _, value = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() == "bearer":
        return value.strip()
    is_form = request.content_type in {"application/x-www-form-urlencoded", "multipart/form-data"}
    return str(args.get("token") or "") or None if is_form else None


def without_secrets(args: Json) -> Json:
    """Return arguments as they may be kept."""
    return {name: value for name, value in args.items() if name not in _SECRET}
