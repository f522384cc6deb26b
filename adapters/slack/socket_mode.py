"""Socket Mode: the bot opens a websocket to Slack, which delivers every payload over it."""

import asyncio
import json
import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import structlog
from aiohttp import ClientError, ClientSession, ClientWebSocketResponse, ClientWSTimeout, WSMsgType
from slack_bolt.adapter.socket_mode.async_internals import run_async_bolt_app
from slack_bolt.async_app import AsyncApp
from slack_bolt.response import BoltResponse
from slack_sdk.socket_mode.request import SocketModeRequest

from adapters.loopback import is_loopback
from adapters.proxies import address_to_open
from adapters.slack.webapi import SlackWebApi
from bot.errors import BotError, Unavailable
from bot.model.secret import Secret

SILENCE_SECONDS = 30.0
"""A socket without any frame for so long, not even an answer to a ping, is dead."""
CLOSE_SECONDS = 5.0
"""Time limit for closing a socket: the closing handshake of a dead one may hang."""
FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 60.0
_PINGS_PER_SILENCE = 3
_PLANNED = {"refresh_requested", "warning"}
"""Reasons for which Slack announces that it closes a socket. The next one is opened at once."""
_GONE = {WSMsgType.CLOSE, WSMsgType.CLOSING, WSMsgType.CLOSED, WSMsgType.ERROR}
_OK = 200
log = structlog.get_logger("slack")


class _Lost(Exception):
    """The socket cannot be used any more. The message is the reason, for the log."""


@dataclass(slots=True)
class _Link:
    """One websocket, and the tasks that answer its envelopes."""

    socket: ClientWebSocketResponse
    answering: set[asyncio.Task[None]] = field(default_factory=set)


class SocketMode:
    """Keeps one websocket to Slack open. Payloads go to the Bolt app and are never logged.

    ``on_payload`` is called for each payload.
    """

    def __init__(
        self,
        app_token: Secret,
        bolt_app: AsyncApp,
        api_url: str,
        session: ClientSession,
        *,
        silence_seconds: float = SILENCE_SECONDS,
        close_seconds: float = CLOSE_SECONDS,
        first_pause_seconds: float = FIRST_PAUSE_SECONDS,
        on_payload: Callable[[], None] = lambda: None,
    ) -> None:
        async def token(_tenant: str) -> Secret:
            return app_token

        self._api = SlackWebApi(session, api_url, token)
        self._bolt = bolt_app
        self._session = session
        self._silence_seconds = silence_seconds
        self._close_seconds = close_seconds
        self._first_pause_seconds = first_pause_seconds
        self._on_payload = on_payload
        self._running: asyncio.Task[None] | None = None
        self._failures = 0
        self._is_confirmed = False

    @property
    def is_connected(self) -> bool:
        """Whether Slack has confirmed the open socket."""
        return self._is_confirmed

    def wrong(self) -> str | None:
        """Return what is wrong, for the health page, or None."""
        return None if self._is_confirmed else "Slack's socket is not open: check TVBOT_SLACK_APP_TOKEN"

    async def start(self) -> None:
        """Start to connect, and stay connected until ``stop``. Do not wait for Slack."""
        self._running = asyncio.create_task(self._stay_connected())

    async def stop(self) -> None:
        """Close the socket after its envelopes are answered. Both have time limits."""
        if self._running is not None:
            self._running.cancel()
            await asyncio.wait({self._running}, timeout=3 * self._close_seconds)

    async def _stay_connected(self) -> None:
        while True:
            pause = await self._one_connection()
            await asyncio.sleep(pause)

    async def _one_connection(self) -> float:
        """Connect and listen until the socket is lost. Return the pause before the next connection, in seconds."""
        try:
            reason = await self._listen()
        except (_Lost, BotError, ClientError, OSError) as error:
            reason = str(error) if isinstance(error, _Lost) else type(error).__name__
            asked = error.retry_after if isinstance(error, Unavailable) else None
        except Exception as error:  # noqa: BLE001 - after any error the bot must reconnect
            reason, asked = f"broken by {type(error).__name__}", None
        else:
            asked = 0.0 if reason in _PLANNED else None
        log.info("socket closed", reason=reason)
        return self._growing_pause() if asked is None else asked

    def _growing_pause(self) -> float:
        longest = min(LONGEST_PAUSE_SECONDS, self._first_pause_seconds * 2.0**self._failures)
        self._failures = min(self._failures + 1, 10)
        return longest * random.uniform(0.5, 1)  # noqa: S311 - spreads the reconnects of many bots

    async def _listen(self) -> str:
        """Listen on a new socket. Return why Slack closes it. Raises whatever else ended it."""
        link = _Link(await self._open())
        try:
            return await self._receive_frames(link)
        finally:
            self._is_confirmed = False
            await self._close(link)

    async def _open(self) -> ClientWebSocketResponse:
        url = str((await self._api.call("", "apps.connections.open")).get("url", ""))
        parts = urlsplit(url)
        if parts.scheme != "wss" and not is_loopback(parts.hostname or ""):
            raise _Lost("insecure")
        return await self._session.ws_connect(
            address_to_open(url), autoping=False, timeout=ClientWSTimeout(ws_close=self._close_seconds)
        )

    async def _receive_frames(self, link: _Link) -> str:
        """Receive frames. If none comes, send a ping; if nothing answers, give the socket up.

        The waits are counted, not the time: after this process stood still, an answer may wait to be read.
        """
        silent_waits = 0
        while True:
            try:
                frame = await link.socket.receive(timeout=self._silence_seconds / _PINGS_PER_SILENCE)
            except TimeoutError:
                silent_waits += 1
                if silent_waits >= _PINGS_PER_SILENCE:
                    raise _Lost("silent") from None
                async with asyncio.timeout(self._close_seconds):
                    await link.socket.ping()
                continue
            silent_waits = 0
            if frame.type in _GONE:
                raise _Lost("closed by Slack")
            if frame.type is WSMsgType.PING:
                await link.socket.pong(frame.data)
            elif frame.type is WSMsgType.TEXT and (reason := self._handle_message(link, frame.data)):
                return reason

    def _handle_message(self, link: _Link, text: str) -> str | None:
        """Handle one message. Return the reason if Slack announces that it closes the socket."""
        try:
            message = json.loads(text)
        except ValueError:
            return None
        match message.get("type"):
            case "hello":
                self._is_confirmed, self._failures = True, 0
                log.info("socket open")
            case "disconnect":
                return str(message.get("reason") or "disconnect")
            case _:
                self._start_answer(link, message)
        return None

    def _start_answer(self, link: _Link, message: dict[str, Any]) -> None:
        request = SocketModeRequest.from_dict(message)
        if request is not None:
            self._on_payload()
            task = asyncio.create_task(self._answer(link.socket, request))
            link.answering.add(task)
            task.add_done_callback(link.answering.discard)

    async def _answer(self, socket: ClientWebSocketResponse, request: SocketModeRequest) -> None:
        """Answer an envelope. One that fails is not acknowledged, so that Slack delivers it again."""
        try:
            response = await run_async_bolt_app(self._bolt, request)
            if response.status == _OK:
                await socket.send_json({"envelope_id": request.envelope_id, **_payload(response)})
        except Exception as error:  # noqa: BLE001 - its traceback would show the payload
            log.warning("an envelope was not answered", kind=request.type, error=type(error).__name__)

    async def _close(self, link: _Link) -> None:
        """Close a socket after the answers that are still being made: each belongs on the socket of its envelope."""
        if link.answering:
            await asyncio.wait(link.answering, timeout=self._close_seconds)
        for task in link.answering:
            task.cancel()
        with suppress(TimeoutError, ClientError, OSError):
            async with asyncio.timeout(self._close_seconds):
                await link.socket.close()


def _payload(response: BoltResponse) -> dict[str, Any]:
    if not response.body:
        return {}
    is_json = response.first_headers().get("content-type", "").startswith("application/json")
    return {"payload": json.loads(response.body) if is_json else {"text": response.body}}
