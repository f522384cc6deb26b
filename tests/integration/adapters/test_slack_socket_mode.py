"""Socket Mode against the websocket of the simulated Slack: answers, reconnects, refusals and stops."""

import asyncio
import json
import logging
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import ClientSession, ClientTimeout
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult

from adapters.slack.socket_mode import SocketMode
from bot.model.secret import Secret
from sandbox.faults import Fault
from sandbox.slack import SlackSandbox


async def _authorize(enterprise_id: str | None, team_id: str | None) -> AuthorizeResult:
    return AuthorizeResult(enterprise_id=enterprise_id, team_id=team_id, bot_token="xoxb-sandbox")


def _bolt(received: list[str]) -> AsyncApp:
    bolt = AsyncApp(
        process_before_response=True,
        request_verification_enabled=False,
        authorize=_authorize,
        signing_secret="unused",
    )

    @bolt.command("/tv")
    async def on_command(ack: Any, body: dict[str, Any]) -> None:
        received.append(body["text"])
        if body["text"] == "break":
            raise RuntimeError(body["text"])
        await ack(f"received {body['text']}")

    @bolt.event("app_home_opened")
    async def on_event(body: dict[str, Any]) -> None:
        received.append(body["event"]["type"])

    return bolt


class SocketModeBot:
    """The simulated Slack, a person there, and the bot's end of the socket."""

    def __init__(self, slack: SlackSandbox, session: ClientSession) -> None:
        self.slack = slack
        self.session = session
        self.person = slack.add_user("Tom Ray", "tom@example.test")
        self.channel = slack.add_channel("helpdesk", [self.person])
        self.received: list[str] = []
        self.mode = self.new_mode(slack.app_token)

    def new_mode(self, token: str) -> SocketMode:
        return SocketMode(
            Secret(token),
            _bolt(self.received),
            self.slack.api_url,
            self.session,
            silence_seconds=0.3,
            close_seconds=0.2,
            first_pause_seconds=0.01,
        )

    @property
    def opened(self) -> int:
        return self.slack.count_calls("apps.connections.open")

    async def until_open(self, times: int = 1) -> None:
        async with asyncio.timeout(10):
            while self.opened < times or not self.mode.is_connected:
                await asyncio.sleep(0.01)

    async def type(self, words: str) -> Any:
        return await self.slack.send_command(self.person, self.channel, words)


@pytest.fixture
async def socket_bot() -> AsyncIterator[SocketModeBot]:
    slack = SlackSandbox()
    await slack.start()
    # The total is shorter than any socket lives: it must bound the handshake and not the socket.
    async with ClientSession(timeout=ClientTimeout(total=0.5)) as session:
        socket_bot = SocketModeBot(slack, session)
        yield socket_bot
        await socket_bot.mode.stop()
    await slack.stop()


async def test_command_and_event_are_answered_over_the_socket(socket_bot: SocketModeBot) -> None:
    """Slack knows no URL of the bot: everything comes over the socket."""
    await socket_bot.mode.start()
    await socket_bot.until_open()
    assert socket_bot.mode.wrong() is None
    outcome = await socket_bot.type("help")
    assert outcome.body == json.dumps({"text": "received help"})
    event = await socket_bot.slack.send_event("app_home_opened", user=socket_bot.person)
    assert (event.status, event.error) == (200, "")
    assert socket_bot.received == ["help", "app_home_opened"]


async def test_disconnect_request_opens_the_next_socket(socket_bot: SocketModeBot) -> None:
    """Slack asks for another socket, and closes this one."""
    await socket_bot.mode.start()
    await socket_bot.until_open()
    for times in (2, 3):
        await socket_bot.slack.sockets.disconnect()
        await socket_bot.until_open(times)
    assert (await socket_bot.type("help")).error == ""


async def test_closed_socket_is_replaced(socket_bot: SocketModeBot) -> None:
    """The server closes it without a message."""
    await socket_bot.mode.start()
    await socket_bot.until_open()
    await socket_bot.slack.sockets.close_all()
    await socket_bot.until_open(2)
    assert (await socket_bot.type("help")).error == ""


async def test_silent_socket_is_replaced(socket_bot: SocketModeBot, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server says hello, then neither reads nor sends, and does not answer the close."""
    frozen = asyncio.Event()
    run_socket = socket_bot.slack.sockets._run_socket

    async def freeze_the_first(socket: Any) -> None:
        if socket_bot.opened == 1:
            await socket.send_json({"type": "hello"})
            await frozen.wait()
        else:
            await run_socket(socket)

    monkeypatch.setattr(socket_bot.slack.sockets, "_run_socket", freeze_the_first)
    await socket_bot.mode.start()
    await socket_bot.until_open(2)
    assert (await socket_bot.type("help")).error == ""
    frozen.set()


async def test_quiet_socket_that_answers_pings_stays_open(socket_bot: SocketModeBot) -> None:
    """Nobody types for longer than the time limit. The answers to pings show that the connection works.

    There are three pings in a time limit. Without their answers a socket would be given up before the third.
    """
    await socket_bot.mode.start()
    await socket_bot.until_open()
    await socket_bot.slack.wait_for(lambda: socket_bot.slack.sockets.longest_series_of_pings >= 6)
    await socket_bot.until_open()
    assert (await socket_bot.type("help")).error == ""


async def test_socket_survives_a_process_that_stood_still(socket_bot: SocketModeBot) -> None:
    """The machine was asleep for longer than the time limit: the bot pings once more before it gives the socket up."""
    await socket_bot.mode.start()
    await socket_bot.until_open()
    time.sleep(0.5)  # noqa: ASYNC251 - the whole process stands still
    assert (await socket_bot.type("help")).error == ""
    assert socket_bot.opened == 1


async def test_connection_is_retried_until_slack_is_back(socket_bot: SocketModeBot) -> None:
    """Slack fails three times to return the address of a socket."""
    socket_bot.slack.faults.plan("apps.connections.open", Fault.SERVER_ERROR, times=3)
    await socket_bot.mode.start()
    await socket_bot.until_open()
    assert (await socket_bot.type("help")).error == ""


async def test_wrong_token_is_reported_and_the_connection_retried(socket_bot: SocketModeBot) -> None:
    """The health page names the setting, but not the token."""
    socket_bot.mode = socket_bot.new_mode("xapp-wrong")
    await socket_bot.mode.start()
    await socket_bot.slack.wait_for(lambda: socket_bot.opened >= 2)
    assert not socket_bot.mode.is_connected
    assert "TVBOT_SLACK_APP_TOKEN" in str(socket_bot.mode.wrong())


async def test_failed_listener_is_not_acknowledged_and_payloads_are_not_logged(
    socket_bot: SocketModeBot, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    """Slack then delivers the payload again. The socket stays open."""
    caplog.set_level(logging.DEBUG, logger="slack_sdk")
    socket_bot.slack.delivery.ack_seconds = 0.3
    await socket_bot.mode.start()
    await socket_bot.until_open()
    assert (await socket_bot.type("break")).error == "operation_timeout"
    assert (await socket_bot.type("help")).error == ""
    assert socket_bot.opened == 1
    logged = caplog.text + "".join(capsys.readouterr())
    assert "trigger_id" not in logged
    assert socket_bot.slack.app_token not in logged


async def test_stop_waits_for_a_running_answer_and_closes_the_socket(socket_bot: SocketModeBot) -> None:
    """A command that is being answered when the bot stops is still answered."""
    entered, leave = asyncio.Event(), asyncio.Event()

    @socket_bot.mode._bolt.command("/slow")
    async def on_slow(ack: Any) -> None:
        entered.set()
        await leave.wait()
        await ack("done")

    await socket_bot.mode.start()
    await socket_bot.until_open()
    typing = asyncio.create_task(
        socket_bot.slack.send_command(socket_bot.person, socket_bot.channel, "", command="/slow")
    )
    await entered.wait()
    stopping = asyncio.create_task(socket_bot.mode.stop())
    leave.set()
    assert (await typing).body == json.dumps({"text": "done"})
    await stopping
    await socket_bot.slack.wait_for(lambda: socket_bot.slack.sockets.connections == 0)
    assert not socket_bot.mode.is_connected
