"""The Bolt app: a listener for each kind of payload, which runs the command and answers before Slack gives up."""

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, assert_never

import structlog
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.response import BoltResponse

from adapters.logs import safe_exc_info
from adapters.slack.answers import SlackAnswer, SlackAnswers, SlackMessage, SlackModal
from adapters.slack.before_authorize import TENANT, BeforeAuthorize, Workspaces
from adapters.slack.events import SlackEvents
from adapters.slack.forms import SlackForms
from adapters.slack.origin import SlackOrigin, read_origin, read_tenants
from adapters.slack.payloads import (
    carries_command,
    let_result_replace_answer,
    opens_address,
    outdates_its_message,
    read_button,
    read_form,
    read_invite_form,
    read_message_text,
    read_outage_form,
    read_outage_numbers,
    read_search_text,
    read_slash_command,
    switches_in_home,
)
from adapters.slack.plan_payload import read_plan_form
from adapters.slack.policy_form import read_policy_form, with_channel_of_form
from adapters.slack.render.form import (
    CALLBACK,
    INVITE_CALLBACK,
    NUMBERS,
    OUTAGE_CALLBACK,
    REQUEST_ACTION,
    REQUESTS_ACTION,
)
from adapters.slack.render.plan_form import PLAN_CALLBACK
from adapters.slack.render.policy import CALLBACK as POLICY_CALLBACK
from adapters.slack.render.transfer_form import TRANSFER_CALLBACK
from adapters.slack.response_urls import mark_as_replacing
from adapters.slack.transfer_payload import read_transfer_form
from adapters.slack.written import KINDS, WrittenCommands
from adapters.tasks import Tasks
from bot.codec import encode_json
from bot.command_dispatcher import CommandDispatcher
from bot.commands import CommandRequest
from bot.errors import BotError, Misunderstood
from bot.i18n import Language
from bot.values import replace
from bot.views.errors import error_view, internal_error_view

log = structlog.get_logger("slack")
Dispatch = Callable[[], Awaitable[SlackAnswer]]
Ack = Callable[..., Awaitable[Any]]
Context = dict[str, Any]
"""What Bolt passes along with a payload."""


class SlackApp:
    """Registers the listeners, and answers commands in the way each kind of payload allows."""

    def __init__(
        self,
        dispatcher: CommandDispatcher,
        *,
        forms: SlackForms,
        events: SlackEvents,
        tasks: Tasks,
        workspaces: Workspaces,
        command: str,
        not_served: str,
    ) -> None:
        self._dispatcher = dispatcher
        self._forms = forms
        self._events = events
        self._tasks = tasks
        self._workspaces = workspaces
        self._command = command
        self._not_served = not_served
        self._answers = SlackAnswers(command)
        written = WrittenCommands(dispatcher, self._answers, command)
        for kind in KINDS:
            events.add_receiver(kind, written.receive)
        self.bolt = _new_bolt_app(workspaces, not_served, BeforeAuthorize(workspaces, events, forms, tasks))
        self._register_listeners(command)

    def _register_listeners(self, command: str) -> None:
        # Those of Socket Mode. The route runs its own without Bolt.
        self.bolt.command(command)(self._on_command)
        self.bolt.action(re.compile(r"^tv:"))(self._on_button)
        self.bolt.view(CALLBACK)(self._on_form)
        self.bolt.view(OUTAGE_CALLBACK)(self._on_outage_form)
        self.bolt.view(INVITE_CALLBACK)(self._on_invite_form)
        self.bolt.view(POLICY_CALLBACK)(self._on_policy_form)
        self.bolt.view(PLAN_CALLBACK)(self._on_plan_form)
        self.bolt.view(TRANSFER_CALLBACK)(self._on_transfer_form)
        self.bolt.options(REQUEST_ACTION)(self._on_search)
        self.bolt.options(REQUESTS_ACTION)(self._on_search_of_several)
        self.bolt.shortcut(re.compile(r"^tv_create"))(self._on_shortcut)
        self.bolt.event(re.compile(".*"))(self._on_event)
        # Anything else is acknowledged too: a button of an old message must not show people an error.
        self.bolt.action(re.compile(".*"))(_acknowledge)
        self.bolt.shortcut(re.compile(".*"))(_acknowledge)
        self.bolt.view(re.compile(".*"))(_acknowledge)

    def is_slash_command(self, body: Mapping[str, Any]) -> bool:
        """Whether a payload is the bot's slash command."""
        return body.get("command") == self._command

    async def answer_slash_command(self, body: dict[str, Any]) -> str:
        """Run a slash command without Bolt, which would take a quarter of the time of an answer (decision record 0064).

        Returns what acknowledges it: a message as JSON, words for a workspace that is not served, or nothing for a form.
        """
        named = read_tenants(body)
        tenant = await self._workspaces.find_tenant(named) or named.first
        if await self._workspaces.authorize(body.get("enterprise_id") or None, tenant or None) is None:
            return self._not_served
        return await self._run_slash_command(body, tenant)

    async def _on_command(self, body: dict[str, Any], context: Context) -> BoltResponse:
        return BoltResponse(status=200, body=await self._run_slash_command(body, context[TENANT]))

    async def _run_slash_command(self, body: dict[str, Any], tenant: str) -> str:
        origin = read_origin(body, tenant)

        async def dispatch() -> SlackAnswer:
            return await self._dispatch(let_result_replace_answer(read_slash_command(body, origin)))

        answer = await self._answer_or_report(dispatch, origin)
        match answer:
            case SlackModal():
                self._tasks.start_task(self._forms.open_modal(origin, answer))
                return ""
            case SlackMessage():
                # The standard library's JSON takes four times as long, which is felt in a list of sessions.
                return encode_json({"response_type": "ephemeral", **answer.payload})
            case _:
                assert_never(answer)

    async def _on_button(self, ack: Ack, body: dict[str, Any], context: Context) -> None:
        origin = read_origin(body, context[TENANT])
        if carries_command(body):
            if opens_address(body):
                await self._run_unanswered(body, origin)
            else:
                await self._answer_press(body, origin)
        await ack()

    async def _answer_press(self, body: dict[str, Any], origin: SlackOrigin) -> None:
        if origin.response_url is not None and outdates_its_message(body):
            origin = replace(origin, response_url=mark_as_replacing(origin.response_url))
        answers = self._answers.in_home() if switches_in_home(body) else self._answers

        async def dispatch() -> SlackAnswer:
            return await self._dispatcher.dispatch(read_button(body, origin), answers)

        await self._answer_later(dispatch, origin)

    async def _on_form(self, ack: Ack, body: dict[str, Any], context: Context) -> None:
        origin = read_origin(body, context[TENANT])
        await self._answer_later(lambda: self._dispatch(read_form(body, origin)), origin)
        await ack()

    async def _on_outage_form(self, ack: Ack, body: dict[str, Any], context: Context) -> None:
        """Run the command of the form. A text that is no number is reported at its field, and the form stays."""
        origin = read_origin(body, context[TENANT])
        try:
            read_outage_numbers(body)
        except Misunderstood as error:
            reader = await self._dispatcher.find_reader(origin.sender)
            await ack(response_action="errors", errors={NUMBERS: Language(reader.language).say(error.text)})
            return
        await self._answer_later(lambda: self._dispatch(read_outage_form(body, origin)), origin)
        await ack()

    async def _on_invite_form(self, ack: Ack, body: dict[str, Any], context: Context) -> None:
        origin = read_origin(body, context[TENANT])
        await self._answer_later(lambda: self._dispatch(read_invite_form(body, origin)), origin)
        await ack()

    async def _on_policy_form(self, ack: Ack, body: dict[str, Any], context: Context) -> None:
        """Answer where the form was opened: administration may be limited to that channel."""
        origin = with_channel_of_form(body, read_origin(body, context[TENANT]))
        await self._answer_later(lambda: self._dispatch(read_policy_form(body, origin)), origin)
        await ack()

    async def _on_transfer_form(self, ack: Ack, body: dict[str, Any], context: Context) -> None:
        origin = read_origin(body, context[TENANT])
        await self._answer_later(lambda: self._dispatch(read_transfer_form(body, origin)), origin)
        await ack()

    async def _on_plan_form(self, ack: Ack, body: dict[str, Any], context: Context) -> None:
        origin = read_origin(body, context[TENANT])
        await self._answer_later(lambda: self._dispatch(read_plan_form(body, origin)), origin)
        await ack()

    async def _on_shortcut(self, ack: Ack, body: dict[str, Any], context: Context) -> None:
        """Acknowledge first: a link in the message is looked up, and that is an outside call."""
        origin = read_origin(body, context[TENANT])

        async def dispatch() -> SlackAnswer:
            return await self._dispatch(await self._forms.form_request(origin, read_message_text(body)))

        self._tasks.start_task(self._answer_later(dispatch, origin))
        await ack()

    async def _on_search(self, ack: Ack, body: dict[str, Any], context: Context) -> None:
        await ack(
            options=await self._forms.find_options(read_origin(body, context[TENANT]), read_search_text(body))
        )

    async def _on_search_of_several(self, ack: Ack, body: dict[str, Any], context: Context) -> None:
        origin = read_origin(body, context[TENANT])
        await ack(options=await self._forms.find_options_or_own(origin, read_search_text(body)))

    async def _on_event(self, ack: Ack, body: dict[str, Any], context: Context) -> None:
        await self._events.receive_event(body, context.get(TENANT) or "")
        await ack()

    async def _dispatch(self, command_request: CommandRequest) -> SlackAnswer:
        return await self._dispatcher.dispatch(command_request, self._answers)

    async def _answer_later(self, dispatch: Dispatch, origin: SlackOrigin) -> None:
        """Run a command whose acknowledgement cannot carry an answer. The answer follows in a call of its own."""
        answer = await self._answer_or_report(dispatch, origin)
        match answer:
            case SlackModal():
                self._tasks.start_task(self._forms.open_modal(origin, answer))
            case SlackMessage():
                if answer.text:
                    self._tasks.start_task(self._forms.send_message(origin, answer))
            case _:
                assert_never(answer)

    async def _run_unanswered(self, body: dict[str, Any], origin: SlackOrigin) -> None:
        """Run the command of a button that opens an address. Its presser has what they wanted, whatever comes of it."""
        try:
            await self._dispatcher.run_unanswered(read_button(body, origin))
        except BotError as error:
            log.info("a press was not recorded", error=error.log_text)
        except Exception as error:
            log.error("command broke", error=type(error).__name__, exc_info=safe_exc_info(error))  # noqa: TRY400 - without its message

    async def _answer_or_report(self, dispatch: Dispatch, origin: SlackOrigin) -> SlackAnswer:
        """Run a command, and report any error in the answer: Slack's own error message would make people retype."""
        try:
            return await dispatch()
        except BotError as error:
            view = error_view(error)
        except Exception as error:
            log.error("command broke", error=type(error).__name__, exc_info=safe_exc_info(error))  # noqa: TRY400 - without its message
            view = internal_error_view()
        return self._answers.render(view, await self._dispatcher.find_reader(origin.sender))


async def _acknowledge(ack: Ack) -> None:
    await ack()


def _new_bolt_app(workspaces: Workspaces, not_served: str, before_authorize: BeforeAuthorize) -> AsyncApp:
    async def authorize_workspace(enterprise_id: str | None, team_id: str | None) -> AuthorizeResult | None:
        return await workspaces.authorize(enterprise_id, team_id)

    return AsyncApp(
        name="tvbot",  # Bolt would find a name in the stack, and look at every module for it
        process_before_response=True,  # Bolt's other way polls for the acknowledgement in 10 ms steps
        request_verification_enabled=False,  # the route verifies before anything is parsed
        ssl_check_enabled=False,
        attaching_function_token_enabled=False,
        attaching_conversation_kwargs_enabled=False,
        before_authorize=before_authorize,
        authorize=authorize_workspace,  # type: ignore[arg-type]  # Bolt accepts None for a workspace that is not served
        user_facing_authorize_error_message=not_served,
        signing_secret="verified by the route",  # noqa: S106 - no secret: Bolt needs a value
    )
