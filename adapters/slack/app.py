"""The Bolt app: few listeners, which look up a table, accept, and answer within the request."""

import json
import re
from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult

from adapters.logs import without_values
from adapters.slack.events import SlackEvents
from adapters.slack.forms import SlackForms
from adapters.slack.payloads import from_button, from_form, from_slash_command, says_something, sender
from adapters.slack.render import render
from adapters.slack.render.blocks import formatter
from adapters.slack.render.form import CALLBACK, REQUEST_ACTION, session_form
from adapters.tasks import Tasks
from bot.command_dispatcher import CommandDispatcher, broken, refusal
from bot.commands import CommandRequest
from bot.errors import BotError
from bot.i18n import _
from bot.views.form import SessionForm
from bot.views.pages import View, form_again
from bot.views.parts import Reader, Tone

log = structlog.get_logger("slack")
Ack = Callable[..., Awaitable[Any]]
Authorize = Callable[[str | None, str | None], Awaitable[AuthorizeResult | None]]


class SlackApp:
    """Slack's side of the front desk."""

    def __init__(
        self,
        dispatcher: CommandDispatcher,
        *,
        forms: SlackForms,
        events: SlackEvents,
        tasks: Tasks,
        authorize: Authorize,
        command: str,
        not_served: str,
    ) -> None:
        self._dispatcher = dispatcher
        self._forms = forms
        self._events = events
        self._tasks = tasks
        self._command = command
        self.bolt = _bolt(authorize, not_served)
        self.bolt.command(command)(self._on_command)
        self.bolt.action(re.compile(r"^tv:"))(self._on_button)
        self.bolt.view(CALLBACK)(self._on_form)
        self.bolt.options(REQUEST_ACTION)(self._on_search)
        self.bolt.shortcut(re.compile(r"^tv_create"))(self._on_shortcut)
        self.bolt.event(re.compile(".*"))(self._on_event)
        # Everything else is acknowledged, so that an old message never shows people an error.
        self.bolt.action(re.compile(".*"))(_acknowledge)
        self.bolt.shortcut(re.compile(".*"))(_acknowledge)
        self.bolt.view(re.compile(".*"))(_acknowledge)

    async def _on_command(self, ack: Ack, body: dict[str, Any]) -> None:
        answer = json.loads(await self._guarded(lambda: self._hear(from_slash_command(body)), body))
        if "modal" in answer:
            self._tasks.start(self._forms.open(body, **answer))
            await ack()
        else:
            await ack(answer)

    async def _on_button(self, ack: Ack, body: dict[str, Any]) -> None:
        if says_something(body):
            await self._answer_later(lambda: self._hear(from_button(body)), body)
        await ack()

    async def _on_form(self, ack: Ack, body: dict[str, Any]) -> None:
        await self._answer_later(lambda: self._hear(from_form(body)), body)
        await ack()

    async def _on_shortcut(self, ack: Ack, body: dict[str, Any]) -> None:
        """Acknowledge first: a link in the message is looked up, and that is an outside call."""

        async def hear() -> str:
            return await self._hear(await self._forms.from_shortcut(body))

        self._tasks.start(self._answer_later(hear, body))
        await ack()

    async def _on_search(self, ack: Ack, body: dict[str, Any]) -> None:
        await ack(options=await self._forms.search(body))

    async def _answer_later(self, hear: Callable[[], Awaitable[str]], body: dict[str, Any]) -> None:
        """Hear what cannot be answered in its acknowledgement: the answer, or the form, follows it at once."""
        answer = json.loads(await self._guarded(hear, body))
        if "modal" in answer:
            self._tasks.start(self._forms.open(body, **answer))
        else:
            self._tasks.start(self._forms.deliver(body, answer))

    async def _on_event(self, ack: Ack, body: dict[str, Any]) -> None:
        await self._events.receive(body)
        await ack()

    async def _hear(self, command_request: CommandRequest) -> str:
        return await self._dispatcher.answer(command_request, self._render)

    async def _guarded(self, hear: Callable[[], Awaitable[str]], body: dict[str, Any]) -> str:
        """Never let an error out: Slack would show people its own, and they would retype."""
        try:
            return await hear()
        except BotError as error:
            view = refusal(error)
        except Exception as error:
            log.error("command broke", error=type(error).__name__, exc_info=without_values(error))  # noqa: TRY400 - without its message
            view = broken()
        return self._render(view, await self._dispatcher.reader(sender(body)))

    def _render(self, view: View, reader: Reader) -> str:
        if isinstance(view, SessionForm):
            missed = _("The form could not be opened. Press the button to try again.")
            otherwise = render(form_again(view, missed, Tone.PROBLEM), reader, self._command)
            modal = session_form(view, formatter(reader, self._command))
            return json.dumps({"modal": modal, "otherwise": otherwise})
        return json.dumps({"response_type": "ephemeral", **render(view, reader, self._command)})


async def _acknowledge(ack: Ack) -> None:
    await ack()


def _bolt(authorize: Authorize, not_served: str) -> AsyncApp:
    async def of_workspace(enterprise_id: str | None, team_id: str | None) -> AuthorizeResult | None:
        return await authorize(enterprise_id, team_id)

    return AsyncApp(
        process_before_response=True,  # the listeners only accept; Bolt's other way polls for the answer in 10 ms steps
        request_verification_enabled=False,  # the route verifies before anything is parsed
        ssl_check_enabled=False,
        attaching_function_token_enabled=False,
        attaching_conversation_kwargs_enabled=False,
        authorize=of_workspace,  # type: ignore[arg-type]  # None is Bolt's own word for a workspace it does not know
        user_facing_authorize_error_message=not_served,
        signing_secret="verified by the route",  # noqa: S106 - not a secret: Bolt insists on one
    )
