"""A workspace in the simulated Slack, an app that stands in for the bot, and blocks to send."""

import json
from typing import Any
from urllib.parse import parse_qsl

import aiohttp
import pytest
from aiohttp import web
from slack_sdk.errors import SlackApiError
from slack_sdk.signature import Clock, SignatureVerifier
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.server import Server
from sandbox.slack import SlackSandbox


class SlackClock(Clock):
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.at = 1_790_000_000.0

    def __call__(self) -> float:
        return self.at

    def now(self) -> float:
        return self.at


class Receiver:
    """A stand-in for the bot. It refuses unsigned requests, records the others, and sends a planned answer."""

    def __init__(self, secret: str, clock: SlackClock) -> None:
        self._verifier = SignatureVerifier(secret, clock=clock)
        self.forms: list[dict[str, str]] = []
        self.payloads: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.answer: web.Response | dict[str, Any] | str | None = None
        app = web.Application()
        app.router.add_post("/slack/events", self._receive)
        self.server = Server(app)

    async def _receive(self, request: web.Request) -> web.Response:
        body = await request.read()
        if not self._verifier.is_valid_request(body, dict(request.headers)):
            return web.Response(status=401)
        self.headers.append(dict(request.headers))
        if request.content_type == "application/json":
            self.payloads.append(json.loads(body))
        else:
            form = dict(parse_qsl(body.decode(), keep_blank_values=True))
            self.forms.append(form)
            if "payload" in form:
                self.payloads.append(json.loads(form["payload"]))
        if isinstance(self.answer, dict):
            return web.json_response(self.answer)
        return (
            web.Response(text=self.answer)
            if isinstance(self.answer, str)
            else (self.answer or web.Response())
        )


class SlackWorkspace:
    """One workspace with two people in a channel, and a stand-in for the bot."""

    def __init__(self) -> None:
        self.clock = SlackClock()
        self.slack = SlackSandbox(now=self.clock)
        self.bot = Receiver(self.slack.signing_secret, self.clock)
        self.tom = self.slack.add_user("Tom Ray", "tom@example.test", locale="fr-FR")
        self.ann = self.slack.add_user("Ann Lee", "ann@example.test")
        self.channel = self.slack.add_channel("helpdesk", [self.tom, self.ann])
        self.session = aiohttp.ClientSession()
        self.web: AsyncWebClient

    async def start(self) -> None:
        await self.slack.start()
        self.slack.events_url = f"{await self.bot.server.start()}/slack/events"
        self.web = self.client(self.slack.bot_token)

    def client(self, token: str | None) -> AsyncWebClient:
        return AsyncWebClient(
            token=token, base_url=self.slack.api_url, session=self.session, retry_handlers=[]
        )

    async def stop(self) -> None:
        await self.session.close()
        await self.slack.stop()
        await self.bot.server.stop()

    async def open_modal(self, view: dict[str, Any]) -> str:
        """Let the bot open a modal for Tom, after a command of his."""
        await self.slack.send_command(self.tom, self.channel, "create")
        opened = await self.web.views_open(trigger_id=self.bot.forms[-1]["trigger_id"], view=view)
        return str(opened["view"]["id"])

    async def respond(self, **payload: Any) -> tuple[int, str]:
        """Let the bot answer at the address that came last."""
        address = (
            self.bot.payloads[-1]["response_url"] if self.bot.payloads else self.bot.forms[-1]["response_url"]
        )
        async with self.session.post(address, json=payload) as answer:
            return answer.status, await answer.text()


def text(words: str, kind: str = "mrkdwn") -> dict[str, Any]:
    return {"type": kind, "text": words}


def section(words: str, **more: Any) -> dict[str, Any]:
    return {"type": "section", "text": text(words), **more}


def button(action_id: str, **more: Any) -> dict[str, Any]:
    return {"type": "button", "action_id": action_id, "text": text("Press", "plain_text"), **more}


def actions(*elements: dict[str, Any]) -> dict[str, Any]:
    return {"type": "actions", "elements": list(elements)}


def option(value: str) -> dict[str, Any]:
    return {"text": text(value.title(), "plain_text"), "value": value}


def modal(*blocks: dict[str, Any], **more: Any) -> dict[str, Any]:
    title = text("New session", "plain_text")
    return {
        "type": "modal",
        "title": title,
        "submit": text("Create", "plain_text"),
        "blocks": list(blocks),
        **more,
    }


def asking(block_id: str, element: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "type": "input",
        "block_id": block_id,
        "label": text("Say", "plain_text"),
        "element": element,
        **more,
    }


NUMBER = asking("number", {"type": "plain_text_input", "action_id": "typed", "max_length": 5})


async def refusal(call: Any) -> str:
    """The word for why Slack refused."""
    with pytest.raises(SlackApiError) as refused:
        await call
    assert refused.value.response.status_code == 200
    return str(refused.value.response["error"])
