"""One call of the Web API: read its arguments (query, form or JSON) and its token."""

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
    """One call with a valid token."""

    state: SlackState
    method: str
    args: Json
    token: Token

    def read_text(self, name: str) -> str:
        """Return an argument as text. Return an empty string if it is missing."""
        value = self.args.get(name)
        return "" if value is None else str(value)

    def read_required_text(self, name: str) -> str:
        """Return a required argument. Raises ApiError."""
        value = self.read_text(name)
        if not value:
            raise invalid_arguments(f"[ERROR] missing required field: {name} [json-pointer:/]")
        return value

    def read_flag(self, name: str) -> bool:
        """Return an argument as a boolean."""
        return self.args.get(name) in (True, 1, "1", "true", "True")

    def parse_json(self, name: str, refusal: str) -> Any:
        """Return an argument that is JSON, or JSON in a string. Raises ApiError with the code ``refusal``."""
        value = self.args.get(name)
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value) if value else None
        except ValueError:
            raise ApiError(refusal) from None

    def require_scope(self, scope: str) -> None:
        """Require that the token has a scope. Raises ApiError."""
        if scope not in self.token.scopes:
            raise ApiError("missing_scope", needed=scope, provided=",".join(sorted(self.token.scopes)))

    def add_warning(self, warning: str) -> None:
        """Record a bad practice that Slack allows and a reviewer does not."""
        self.state.warnings.append(f"{self.method}: {warning}")

    def serves(self, team: str) -> bool:
        """Return whether the token is valid for a workspace."""
        if team == self.token.team:
            return True
        return self.token.is_org_wide and self.state.are_in_one_organization(self.token.team, team)

    def bot_in(self, channel: Channel) -> str:
        """Return the bot's user id in the workspace of a channel."""
        return self.state.teams[channel.team].bot_user

    def find_visible_channel(self, reference: str) -> Channel:
        """Find a channel by id or name, among those that the bot may see. Raises ApiError."""
        for channel in self.state.channels.values():
            # For a bot outside, a private channel does not exist: Slack does not reveal that it does.
            is_hidden = channel.is_private or channel.is_dm
            is_known = self.serves(channel.team) and (
                not is_hidden or self.bot_in(channel) in channel.members
            )
            if is_known and channel.matches_reference(reference):
                return channel
        raise ApiError("channel_not_found")


class ApiMethod(NamedTuple):
    """A method of the Web API: the function that handles it, and the scopes it needs."""

    handler: Callable[[ApiCall], Json]
    scopes: tuple[str, ...] = ()
    needs_token: bool = True


def invalid_arguments(*messages: str) -> ApiError:
    """Return the error for missing or invalid arguments."""
    return ApiError("invalid_arguments", response_metadata={"messages": list(messages)})


async def read_arguments(request: web.Request) -> Json:
    """Read the arguments from the query, the form or the JSON body. Raises ApiError."""
    args: Json = dict(request.query)
    # The Web API also accepts GET with arguments in the query.
    if request.method != "POST" or not request.can_read_body:
        return args
    if request.content_type == "application/json":
        return args | await _read_json_arguments(request)
    if request.content_type in {"application/x-www-form-urlencoded", "multipart/form-data"}:
        return args | dict(await request.post())
    raise ApiError("invalid_post_type")


async def _read_json_arguments(request: web.Request) -> Json:
    try:
        given = json.loads(await request.text())
    except ValueError:
        raise ApiError("invalid_json") from None
    if not isinstance(given, dict):
        raise ApiError("json_not_object")
    return given


def read_token(request: web.Request, args: Json) -> str | None:
    """Return the token from the header or from a form field. Slack accepts it neither in JSON nor in the query."""
    kind, _, value = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() == "bearer":
        return value.strip()
    is_form = request.content_type in {"application/x-www-form-urlencoded", "multipart/form-data"}
    return str(args.get("token") or "") or None if is_form else None


def remove_secrets(args: Json) -> Json:
    """Return the arguments without secrets, so that they can be recorded."""
    return {name: value for name, value in args.items() if name not in _SECRET}
