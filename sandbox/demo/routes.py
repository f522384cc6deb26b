"""The routes of the demo page: the page itself, its state, and the stream of changes."""

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from aiohttp import web

from sandbox.demo.page_state import build_page_state
from sandbox.demo.scenario import DemoScenario
from sandbox.demo.slack_routes import SlackRoutes
from sandbox.demo.story import Mails, list_steps
from sandbox.demo.teams_routes import TeamsRoutes
from sandbox.environment import Environment

_STATIC = Path(__file__).parent / "static"
_CHECK_SECONDS = 0.2
"""How often the simulated systems are checked for changes."""
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

    def __init__(self, environment: Environment, scenario: DemoScenario) -> None:
        self._environment = environment
        self._scenario = scenario
        self._mails = Mails(environment.mailbox)
        self._change_streams: set[asyncio.Task[None]] = set()

    def add_routes(self, app: web.Application) -> None:
        """Add the page at ``/`` and its routes under ``/demo``."""
        app.on_shutdown.append(self._close_change_streams)
        app.router.add_get("/", self._get_page)
        app.router.add_static("/demo/static", _STATIC)
        app.router.add_get("/demo/state", self._get_state)
        app.router.add_get("/demo/changes", self._stream_changes)
        app.router.add_post("/demo/open-mail", self._open_mail)
        SlackRoutes(self._environment.slack).add_routes(app)
        TeamsRoutes(self._environment.teams, self._scenario).add_routes(app)

    async def _get_page(self, _request: web.Request) -> web.Response:
        """Return the page. Its scripts read from it in which language to show their texts."""
        page = await asyncio.to_thread((_STATIC / "index.html").read_text, encoding="utf-8")
        page = page.replace('<html lang="en">', f'<html lang="{self._scenario.language}">', 1)
        return web.Response(text=page, content_type="text/html", headers=_HEADERS)

    async def _get_state(self, request: web.Request) -> web.Response:
        state = build_page_state(self._environment, self._scenario, self._mails, dict(request.query))
        return web.json_response(state, headers={"Cache-Control": "no-store"})

    async def _open_mail(self, request: web.Request) -> web.Response:
        try:
            self._mails.open_mail(int((await request.json())["number"]))
        except LookupError as error:
            return web.json_response({"error": str(error)}, status=409)
        return web.json_response({})

    async def _stream_changes(self, request: web.Request) -> web.StreamResponse:
        """Notify the page by server-sent events when a simulated system has changed."""
        response = web.StreamResponse(
            headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"}
        )
        await response.prepare(request)
        stream = asyncio.create_task(self._send_changes(response))
        self._change_streams.add(stream)
        # The browser closes the stream when the user leaves the page.
        with suppress(ConnectionError, asyncio.CancelledError):
            await stream
        self._change_streams.discard(stream)
        return response

    async def _send_changes(self, response: web.StreamResponse) -> None:
        # Polling is enough here: one cheap tuple covers all systems, some of which have no change counter.
        last_counts: tuple[int, ...] = ()
        while True:
            counts = tuple(self._read_change_counts())
            if counts != last_counts:
                last_counts = counts
                await response.write(b"data: changed\n\n")
            await asyncio.sleep(_CHECK_SECONDS)

    async def _close_change_streams(self, _app: web.Application) -> None:
        """Cancel the streams of open pages, so that the demo stops at once."""
        for stream in self._change_streams:
            stream.cancel()

    def _read_change_counts(self) -> Iterator[int]:
        environment = self._environment
        yield environment.slack.changes
        yield environment.teams.changes
        yield len(environment.mailbox.messages)
        yield len(environment.sms.messages)
        for person, _role in self._scenario.people:
            yield sum(one["is_done"] for one in list_steps(environment, self._mails, person.email))
        for number in self._scenario.requests:
            yield len(environment.servicedesk.conversation(number))
