"""The Bolt app: few listeners, which look up a table, accept, and answer within the request."""

import re
from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult

from adapters.logs import without_values
from adapters.slack.answers import SlackAnswer, SlackAnswers, SlackMessage, SlackModal
from adapters.slack.events import SlackEvents
from adapters.slack.forms import SlackForms
from adapters.slack.payloads import from_button, from_form, from_slash_command, says_something, sender
from adapters.slack.render.form import CALLBACK, REQUEST_ACTION
from adapters.tasks import Tasks
from bot.command_dispatcher import CommandDispatcher
from bot.commands import CommandRequest
from bot.errors import BotError
from bot.views.errors import error_view, internal_error_view

log = structlog.get_logger("slack")
Dispatch = Callable[[], Awaitable[SlackAnswer]]
Ack = Callable[..., Awaitable[Any]]
Authorize = Callable[[str | None, str | None], Awaitable[AuthorizeResult | None]]


class SlackApp:
    """Registers the listeners, and answers commands in the way each kind of payload allows."""

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
        self._answers = SlackAnswers(command)
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
        answer = await self._answer_or_report(lambda: self._dispatch(from_slash_command(body)), body)
        match answer:
            case SlackModal():
                self._tasks.start(self._forms.open_modal(body, answer))
                await ack()
            case SlackMessage():
                await ack({"response_type": "ephemeral", **answer.payload})

    async def _on_button(self, ack: Ack, body: dict[str, Any]) -> None:
        if says_something(body):
            await self._answer_later(lambda: self._dispatch(from_button(body)), body)
        await ack()

    async def _on_form(self, ack: Ack, body: dict[str, Any]) -> None:
        await self._answer_later(lambda: self._dispatch(from_form(body)), body)
        await ack()

    async def _on_shortcut(self, ack: Ack, body: dict[str, Any]) -> None:
        """Acknowledge first: a link in the message is looked up, and that is an outside call."""

        async def dispatch() -> SlackAnswer:
            return await self._dispatch(await self._forms.from_shortcut(body))

        self._tasks.start(self._answer_later(dispatch, body))
        await ack()

    async def _on_search(self, ack: Ack, body: dict[str, Any]) -> None:
        await ack(options=await self._forms.search(body))

    async def _answer_later(self, dispatch: Dispatch, body: dict[str, Any]) -> None:
        """Run a command whose acknowledgement cannot carry an answer. The answer follows in a call of its own."""
        answer = await self._answer_or_report(dispatch, body)
        match answer:
            case SlackModal():
                self._tasks.start(self._forms.open_modal(body, answer))
            case SlackMessage():
                self._tasks.start(self._forms.send_message(body, answer))

    async def _on_event(self, ack: Ack, body: dict[str, Any]) -> None:
        await self._events.receive(body)
        await ack()

    async def _dispatch(self, command_request: CommandRequest) -> SlackAnswer:
        return await self._dispatcher.dispatch(command_request, self._answers)

    async def _answer_or_report(self, dispatch: Dispatch, body: dict[str, Any]) -> SlackAnswer:
        """Run a command, and report any error in the answer: Slack's own error message would make people retype."""
        try:
            return await dispatch()
        except BotError as error:
            view = error_view(error)
        except Exception as error:
            log.error("command broke", error=type(error).__name__, exc_info=without_values(error))  # noqa: TRY400 - without its message
            view = internal_error_view()
        return self._answers.render(view, await self._dispatcher.reader_for(sender(body)))


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
