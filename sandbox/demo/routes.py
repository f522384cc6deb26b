"""The routes of the demo page, and the user actions in Slack."""

import asyncio
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from aiohttp import web

from sandbox.demo.page_state import page_state
from sandbox.demo.scenario import DemoScenario
from sandbox.demo.teams_routes import TeamsRoutes
from sandbox.environment import Environment

_STATIC = Path(__file__).parent / "static"
_LOOK_SECONDS = 0.2
_LINK = re.compile(r"https?://\S+")
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
        "connect-src 'self'; frame-src 'self'; form-action 'self'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
}
"""Mails have inline styles, and a frame inherits the policy of its page."""


class DemoRoutes:
    """The routes of the demo page."""

    def __init__(self, town: Environment, story: DemoScenario) -> None:
        self._town = town
        self._story = story
        self._followers: set[asyncio.Task[Any]] = set()

    def add_to(self, app: web.Application) -> None:
        """Add the page at ``/`` and its routes under ``/demo``."""
        app.on_shutdown.append(self._let_go)
        app.router.add_get("/", self._page)
        app.router.add_static("/demo/static", _STATIC)
        app.router.add_get("/demo/state", self._state)
        app.router.add_get("/demo/changes", self._changes)
        app.router.add_post("/demo/say", self._say)
        app.router.add_post("/demo/press", self._press)
        app.router.add_post("/demo/home", self._home)
        app.router.add_post("/demo/shortcut", self._shortcut)
        app.router.add_post("/demo/options", self._options)
        app.router.add_post("/demo/submit", self._submit)
        app.router.add_post("/demo/close", self._close)
        TeamsRoutes(self._town, self._story).add_to(app)

    async def _page(self, _request: web.Request) -> web.FileResponse:
        return web.FileResponse(_STATIC / "index.html", headers=_HEADERS)

    async def _state(self, request: web.Request) -> web.Response:
        state = page_state(self._town, self._story, dict(request.query))
        return web.json_response(state, headers={"Cache-Control": "no-store"})

    async def _changes(self, request: web.Request) -> web.StreamResponse:
        """Notify the page by server-sent events when a simulated system has changed."""
        response = web.StreamResponse(
            headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"}
        )
        await response.prepare(request)
        follower = asyncio.create_task(self._follow(response))
        self._followers.add(follower)
        with suppress(ConnectionError, asyncio.CancelledError):
            await follower
        self._followers.discard(follower)
        return response

    async def _follow(self, response: web.StreamResponse) -> None:
        seen: tuple[Any, ...] = ()
        while True:
            now = tuple(self._counts())
            if now != seen:
                seen = now
                await response.write(b"data: changed\n\n")
            await asyncio.sleep(_LOOK_SECONDS)

    async def _let_go(self, _app: web.Application) -> None:
        """Cancel the event streams of open pages, so that the demo stops at once."""
        for follower in self._followers:
            follower.cancel()

    def _counts(self) -> Iterator[Any]:
        town = self._town
        yield town.slack.changes
        yield town.teams.changes
        yield len(town.mailbox.messages)
        yield len(town.sms.messages)
        for number in self._story.requests:
            yield len(town.servicedesk.conversation(number))

    async def _say(self, request: web.Request) -> web.Response:
        asked = await request.json()
        person, channel, text = asked["person"], asked["channel"], str(asked["text"])
        if text.startswith("/"):
            command, _space, words = text.partition(" ")
            await self._town.slack.send_command(person, channel, words, command=command)
        elif links := _LINK.findall(text):
            await self._town.slack.send_event("link_shared", user=person, channel=channel, urls=links)
        else:
            self._town.slack.post_message(person, channel, text)
        return web.json_response({})

    async def _press(self, request: web.Request) -> web.Response:
        asked = await request.json()
        target: tuple[str, str] | str = (asked["channel"], asked["message"])
        if asked.get("view"):
            target = str(asked["view"])
        try:
            await self._town.slack.press_element(
                asked["person"], target, asked["action_id"], value=asked.get("value")
            )
        except LookupError:
            return web.json_response({"error": "this message is gone"}, status=404)
        return web.json_response({})

    async def _home(self, request: web.Request) -> web.Response:
        asked = await request.json()
        await self._town.slack.send_event("app_home_opened", user=asked["person"], tab="home")
        return web.json_response({})

    async def _shortcut(self, request: web.Request) -> web.Response:
        asked = await request.json()
        person = asked["person"]
        if asked.get("message"):
            message = (asked["channel"], asked["message"])
            await self._town.slack.use_message_shortcut(person, message, "tv_create_from_message")
        else:
            await self._town.slack.use_global_shortcut(person, "tv_create")
        return web.json_response({})

    async def _options(self, request: web.Request) -> web.Response:
        asked = await request.json()
        outcome = await self._town.slack.search_options(
            asked["person"], asked["action_id"], asked["block_id"], str(asked["value"])
        )
        return web.json_response((outcome.json or {}).get("options", []))

    async def _submit(self, request: web.Request) -> web.Response:
        asked = await request.json()
        try:
            await self._town.slack.submit_modal(asked["person"], asked["view"], asked["values"])
        except (LookupError, ValueError) as error:
            return web.json_response({"error": str(error)}, status=400)
        return web.json_response({})

    async def _close(self, request: web.Request) -> web.Response:
        asked = await request.json()
        await self._town.slack.close_modal(asked["person"], asked["view"])
        return web.json_response({})
