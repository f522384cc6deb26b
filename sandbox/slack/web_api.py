"""Serves the Web API at ``/api/{method}``, and the addresses for later answers at ``/response/{id}``."""

import base64
import json
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from sandbox.slack.api_call import ApiCall, ApiMethod, arguments, bearer, without_secrets
from sandbox.slack.chat_methods import CHAT, refuse_bad_blocks
from sandbox.slack.directory_methods import DIRECTORY
from sandbox.slack.model import Json
from sandbox.slack.oauth_methods import OAUTH
from sandbox.slack.state import RecordedCall, SlackState
from sandbox.slack.tokens import ApiError, Token
from sandbox.slack.triggers_and_response_urls import ResponseUrl
from sandbox.slack.unfurl_methods import UNFURLS
from sandbox.slack.view_methods import VIEWS

METHODS: dict[str, ApiMethod] = {**CHAT, **DIRECTORY, **OAUTH, **UNFURLS, **VIEWS}
_FOR_APP_TOKENS = {"auth.test", "auth.revoke", "apps.connections.open"}
_NOBODY = Token("", "", set())


class _ResponseUrlError(ApiError):
    """The address takes no answer, whatever it says."""


class WebApi:
    """Everything that the bot calls."""

    def __init__(self, world: SlackState) -> None:
        self._world = world

    def add_to(self, app: web.Application) -> None:
        """Add the routes; each is named for its method, which is also its name for faults."""
        for name, method in METHODS.items():
            app.router.add_resource(f"/api/{name}", name=name).add_route("*", self._route(name, method))
        app.router.add_route("*", "/api/{method}", self._unknown)
        app.router.add_post("/response/{id}", self._respond, name="response_url")

    def _route(self, name: str, method: ApiMethod) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def answer(request: web.Request) -> web.Response:
            args: Json = {}
            token = _NOBODY
            try:
                args = await arguments(request)
                token = self._token(request, args, name) if method.needs_token else _NOBODY
                told = self._call(ApiCall(self._world, name, _with_client(request, args), token), method)
            except ApiError as refusal:
                told = {"ok": False, "error": refusal.error, **refusal.more}
            self._record(name, args, told)
            return web.json_response(told, headers=_scope_headers(token, method))

        return answer

    def _token(self, request: web.Request, args: Json, name: str) -> Token:
        value = bearer(request, args)
        if value and value == self._world.app_token.value:
            if name not in _FOR_APP_TOKENS:
                raise ApiError("not_allowed_token_type")
            return self._world.app_token
        return self._world.tokens.find(value)

    def _call(self, call: ApiCall, method: ApiMethod) -> Json:
        if call.token is not self._world.app_token or "connections:write" in method.scopes:
            for scope in method.scopes:
                call.require(scope)
        return {"ok": True, **method.answer(call)}

    def _record(self, name: str, args: Json, told: Json) -> None:
        called = RecordedCall(name, without_secrets(args), bool(told["ok"]), str(told.get("error", "")))
        self._world.calls.append(called)
        self._world.changes.touch()

    async def _unknown(self, request: web.Request) -> web.Response:
        told = {"ok": False, "error": "unknown_method", "req_method": request.match_info["method"]}
        self._record(request.match_info["method"], {}, told)
        return web.json_response(told)

    async def _respond(self, request: web.Request) -> web.Response:
        """Take a later answer. What a refusal looks like is undocumented, assumed."""
        payload: Json = {}
        try:
            handed = self._handed(request.match_info["id"])
            payload = await _posted(request)
            self._answer_later(handed, payload)
        except ApiError as refusal:
            told = {"ok": False, "error": refusal.error, **refusal.more}
            self._record("response_url", payload, told)
            return web.json_response(told, status=404 if isinstance(refusal, _ResponseUrlError) else 400)
        self._record("response_url", payload, {"ok": True})
        return web.Response(text="ok")

    def _handed(self, address: str) -> ResponseUrl:
        handed = self._world.response_urls.get(address)
        if handed is None:
            raise _ResponseUrlError("invalid_url")
        if trouble := handed.trouble(self._world.now()):
            raise _ResponseUrlError(trouble)
        return handed

    def _answer_later(self, handed: ResponseUrl, payload: Json) -> None:
        original = None
        if handed.original is not None:
            original = self._world.find_message(handed.channel, handed.original, handed.user)
        if payload.get("delete_original"):
            if original is not None:
                self._world.delete(original)
        else:
            text, blocks = said(payload)
            if payload.get("replace_original") and original is not None:
                self._world.rewrite(original, text, blocks)
            else:
                say_back(self._world, handed.user, handed.channel, payload)
        handed.uses += 1


def said(payload: Json) -> tuple[str, list[Json]]:
    """Check what an answer says, and return its text and blocks. Raises ApiError."""
    text, blocks = str(payload.get("text") or ""), payload.get("blocks")
    refuse_bad_blocks(blocks)
    if not text.strip() and not blocks and not payload.get("attachments"):
        raise ApiError("no_text")
    return text, blocks or []


def say_back(world: SlackState, user: str, channel: str, payload: Json) -> None:
    """Show an answer: to the person alone, or to the channel where it says so. Raises ApiError."""
    text, blocks = said(payload)
    kind = payload.get("response_type", "ephemeral")
    if kind not in {"ephemeral", "in_channel"}:
        raise ApiError("invalid_response_type")
    thread = payload.get("thread_ts")
    if kind == "in_channel":
        world.post(world.channels[channel], world.bot_of(user), text, blocks=blocks, thread_ts=thread)
    else:
        world.whisper(channel, user, text, blocks, thread)


async def _posted(request: web.Request) -> Json:
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


def _with_client(request: web.Request, args: Json) -> Json:
    """Add the client's id and secret where they came as HTTP Basic authentication."""
    kind, _, value = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "basic":
        return args
    try:
        name, _, secret = base64.b64decode(value).decode(errors="replace").partition(":")
    except ValueError:
        return args
    return {**args, "client_id": name, "client_secret": secret}


def _scope_headers(token: Token, method: ApiMethod) -> dict[str, str]:
    if not token.scopes:
        return {}
    return {
        "X-OAuth-Scopes": ",".join(sorted(token.scopes)),
        "X-Accepted-OAuth-Scopes": ",".join(method.scopes),
    }
