"""The Bolt app: few listeners, which look up a table, accept, and answer within the request."""

import json
import re
from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult

from adapters.slack.payloads import from_button, from_slash_command
from adapters.slack.render import render
from adapters.slack.webapi import SlackWebApi
from adapters.tasks import Tasks
from bot.commands import Incoming
from bot.errors import BotError, Misunderstood
from bot.front_desk import FrontDesk, refusal
from bot.i18n import _
from bot.views.pages import Message, View
from bot.views.parts import Reader, Tone

log = structlog.get_logger("slack")
Ack = Callable[..., Awaitable[Any]]
Authorize = Callable[[str | None, str | None], Awaitable[AuthorizeResult | None]]


class SlackApp:
    """Slack's side of the front desk."""

    def __init__(
        self, desk: FrontDesk, api: SlackWebApi, tasks: Tasks, authorize: Authorize, command: str
    ) -> None:
        self._desk = desk
        self._api = api
        self._tasks = tasks
        self._command = command
        self.bolt = _bolt(authorize)
        self.bolt.command(command)(self._on_command)
        self.bolt.action(re.compile(r"^tv:"))(self._on_button)
        # Everything else is acknowledged, so that an old message or a new event never shows people an error.
        self.bolt.action(re.compile(".*"))(_acknowledge)
        self.bolt.event(re.compile(".*"))(_acknowledge)
        self.bolt.shortcut(re.compile(".*"))(_acknowledge)
        self.bolt.view(re.compile(".*"))(_acknowledge)

    async def _on_command(self, ack: Ack, body: dict[str, Any]) -> None:
        await ack(json.loads(await self._guarded(lambda: self._hear_words(body))))

    async def _on_button(self, ack: Ack, body: dict[str, Any]) -> None:
        incoming = from_button(body)
        if incoming is not None:
            answer = await self._guarded(lambda: self._desk.answer(incoming, self._render))
            self._tasks.start(self._answer_button(incoming, json.loads(answer)))
        await ack()

    async def _hear_words(self, body: dict[str, Any]) -> str:
        try:
            incoming = from_slash_command(body)
        except Misunderstood as error:
            return self._render(refusal(error), Reader())
        return await self._desk.answer(incoming, self._render)

    async def _guarded(self, hear: Callable[[], Awaitable[str]]) -> str:
        """Never let an error out: Slack would show people its own, and they would retype."""
        try:
            return await hear()
        except BotError as error:
            return self._render(refusal(error), Reader())
        except Exception as error:
            log.exception("command broke", error=type(error).__name__)
            text = _("Something broke inside the bot, and nothing was done. Try again in a moment.")
            return self._render(Message(text, Tone.PROBLEM), Reader())

    async def _answer_button(self, incoming: Incoming, answer: dict[str, Any]) -> None:
        """A press cannot be answered in its acknowledgement, so the answer follows it at once."""
        address = incoming.return_address
        try:
            if address is not None and await self._api.post_to(address, answer | {"replace_original": False}):
                return
            await self._api.call(
                incoming.actor.tenant,
                "chat.postEphemeral" if incoming.place.channel else "chat.postMessage",
                channel=incoming.place.channel or incoming.actor.user,
                user=incoming.actor.user if incoming.place.channel else None,
                text=answer["text"],
                blocks=answer["blocks"],
            )
        except BotError as error:
            log.warning("a press could not be answered", error=str(error))

    def _render(self, view: View, reader: Reader) -> str:
        return json.dumps({"response_type": "ephemeral", **render(view, reader, self._command)})


async def _acknowledge(ack: Ack) -> None:
    await ack()


def _bolt(authorize: Authorize) -> AsyncApp:
    async def of_workspace(enterprise_id: str | None, team_id: str | None) -> AuthorizeResult | None:
        return await authorize(enterprise_id, team_id)

    return AsyncApp(
        process_before_response=True,  # the listeners only accept; Bolt's other way polls for the answer in 10 ms steps
        request_verification_enabled=False,  # the route verifies before anything is parsed
        ssl_check_enabled=False,
        attaching_function_token_enabled=False,
        attaching_conversation_kwargs_enabled=False,
        authorize=of_workspace,  # type: ignore[arg-type]  # None is Bolt's own word for a workspace it does not know
        signing_secret="verified by the route",  # noqa: S106 - not a secret: Bolt insists on one
    )
