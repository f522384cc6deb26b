"""Serve the Web API at ``/api/{method}`` and the response URLs at ``/response/{id}``."""

import base64
import json
import math
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from sandbox.slack.api_call import ApiCall, ApiMethod, read_arguments, read_token, remove_secrets
from sandbox.slack.chat_methods import CHAT, require_valid_blocks
from sandbox.slack.directory_methods import DIRECTORY
from sandbox.slack.history_method import HISTORY
from sandbox.slack.model import Json
from sandbox.slack.oauth_methods import OAUTH
from sandbox.slack.state import RecordedCall, SlackState
from sandbox.slack.tokens import ApiError, RateLimited, Token
from sandbox.slack.triggers_and_response_urls import ResponseUrl
from sandbox.slack.unfurl_methods import UNFURLS
from sandbox.slack.view_methods import VIEWS

METHODS: dict[str, ApiMethod] = {**CHAT, **DIRECTORY, **HISTORY, **OAUTH, **UNFURLS, **VIEWS}
_APP_TOKEN_METHODS = {"auth.test", "auth.revoke", "apps.connections.open"}
_NO_TOKEN = Token("", "", set())


class _ResponseUrlError(ApiError):
    """The response URL accepts no response."""


class WebApi:
    """The HTTP routes that the bot calls."""

    def __init__(self, state: SlackState) -> None:
        self._state = state

    def add_routes(self, app: web.Application) -> None:
        """Add the routes. The name of a route is its API method, which also names its faults."""
        for name, method in METHODS.items():
            # One resource per method, so that the route's name is the operation for faults and counts.
            app.router.add_resource(f"/api/{name}", name=name).add_route(
                "*", self._build_handler(name, method)
            )
        app.router.add_route("*", "/api/{method}", self._reject_unknown_method)
        app.router.add_post("/response/{id}", self._receive_response, name="response_url")

    def _build_handler(
        self, name: str, method: ApiMethod
    ) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def handle_call(request: web.Request) -> web.Response:
            args: Json = {}
            token = _NO_TOKEN
            status, more_headers = 200, {}
            try:
                args = await read_arguments(request)
                token = self._authenticate(request, args, name) if method.needs_token else _NO_TOKEN
                body = self._execute(
                    ApiCall(self._state, name, _add_basic_credentials(request, args), token), method
                )
            except ApiError as refusal:
                body = {"ok": False, "error": refusal.error, **refusal.details}
                if isinstance(refusal, RateLimited):
                    status, more_headers = 429, {"Retry-After": str(math.ceil(refusal.seconds))}
            self._record_call(name, args, body)
            headers = _build_scope_headers(token, method) | more_headers
            return web.json_response(body, status=status, headers=headers)

        return handle_call

    def _authenticate(self, request: web.Request, args: Json, name: str) -> Token:
        value = read_token(request, args)
        # An app-level token belongs to no workspace, so most methods refuse it.
        if value and value == self._state.app_token.value:
            if name not in _APP_TOKEN_METHODS:
                raise ApiError("not_allowed_token_type")
            return self._state.app_token
        return self._state.tokens.find_valid_token(value)

    def _execute(self, call: ApiCall, method: ApiMethod) -> Json:
        if call.token is not self._state.app_token or "connections:write" in method.scopes:
            for scope in method.scopes:
                call.require_scope(scope)
        return {"ok": True, **method.handler(call)}

    def _record_call(self, name: str, args: Json, body: Json) -> None:
        call = RecordedCall(name, remove_secrets(args), bool(body["ok"]), str(body.get("error", "")))
        self._state.calls.append(call)
        self._state.changes.notify()

    async def _reject_unknown_method(self, request: web.Request) -> web.Response:
        body = {"ok": False, "error": "unknown_method", "req_method": request.match_info["method"]}
        self._record_call(request.match_info["method"], {}, body)
        return web.json_response(body)

    async def _receive_response(self, request: web.Request) -> web.Response:
        """Handle a post to a response URL. The format of refusals is undocumented, assumed."""
        payload: Json = {}
        try:
            response_url = self._find_response_url(request.match_info["id"])
            payload = await _read_payload(request)
            self._apply_later_response(response_url, payload)
        except ApiError as refusal:
            body = {"ok": False, "error": refusal.error, **refusal.details}
            self._record_call("response_url", payload, body)
            return web.json_response(body, status=404 if isinstance(refusal, _ResponseUrlError) else 400)
        self._record_call("response_url", payload, {"ok": True})
        return web.Response(text="ok")

    def _find_response_url(self, address: str) -> ResponseUrl:
        response_url = self._state.response_urls.get(address)
        if response_url is None:
            raise _ResponseUrlError("invalid_url")
        if error := response_url.find_rejection(self._state.now()):
            raise _ResponseUrlError(error)
        return response_url

    def _apply_later_response(self, response_url: ResponseUrl, payload: Json) -> None:
        original = None
        if response_url.original is not None:
            original = self._state.find_message(
                response_url.channel, response_url.original, response_url.user
            )
        if payload.get("delete_original"):
            if original is not None:
                self._state.delete_message(original)
        else:
            text, blocks = read_response_content(payload)
            if payload.get("replace_original") and original is not None:
                self._state.update_message(original, text, blocks)
            else:
                show_response(self._state, response_url.user, response_url.channel, payload)
        # Refused responses do not count.
        response_url.uses += 1


def read_response_content(payload: Json) -> tuple[str, list[Json]]:
    """Validate a response and return its text and blocks. Raises ApiError."""
    text, blocks = str(payload.get("text") or ""), payload.get("blocks")
    require_valid_blocks(blocks)
    if not text.strip() and not blocks and not payload.get("attachments"):
        raise ApiError("no_text")
    return text, blocks or []


def show_response(state: SlackState, user: str, channel: str, payload: Json) -> None:
    """Show a response to the user alone, or to the channel for ``in_channel``. Raises ApiError."""
    text, blocks = read_response_content(payload)
    kind = payload.get("response_type", "ephemeral")
    if kind not in {"ephemeral", "in_channel"}:
        raise ApiError("invalid_response_type")
    thread = payload.get("thread_ts")
    if kind == "in_channel":
        state.add_message(state.channels[channel], state.bot_of(user), text, blocks=blocks, thread_ts=thread)
    else:
        state.add_ephemeral(channel, user, text, blocks, thread)


async def _read_payload(request: web.Request) -> Json:
    try:
        if request.content_type == "application/json":
            payload: Any = await request.json()
        else:
            payload = json.loads(str((await request.post()).get("payload", "")))
    except ValueError:
        raise ApiError("invalid_payload") from None
    if not isinstance(payload, dict):
        raise ApiError("invalid_payload")
    return payload


def _add_basic_credentials(request: web.Request, args: Json) -> Json:
    """Add the client id and secret of HTTP Basic authentication to the arguments."""
    kind, _, value = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "basic":
        return args
    try:
        name, _, secret = base64.b64decode(value).decode(errors="replace").partition(":")
    except ValueError:
        return args
    return {**args, "client_id": name, "client_secret": secret}


def _build_scope_headers(token: Token, method: ApiMethod) -> dict[str, str]:
    if not token.scopes:
        return {}
    return {
        "X-OAuth-Scopes": ",".join(sorted(token.scopes)),
        "X-Accepted-OAuth-Scopes": ",".join(method.scopes),
    }
