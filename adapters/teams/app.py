"""Teams' side of the front desk: looks an activity up, hears it, and answers it the way Teams wants it answered."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any

import structlog
from botbuilder.core import TurnContext

from adapters.logs import without_values
from adapters.tasks import Tasks
from adapters.teams import replies
from adapters.teams.answers import TeamsAnswer, TeamsAnswers
from adapters.teams.chat import TeamsChat
from adapters.teams.extension import Extension
from adapters.teams.heard import Heard, hear
from adapters.teams.invoke import InvokeReply
from adapters.teams.memory import Memory
from adapters.teams.payloads import from_press, from_words
from adapters.teams.render import render
from adapters.teams.render.fields import COMMAND, FORM
from adapters.teams.voice import Voice
from bot.command_dispatcher import CommandDispatcher
from bot.commands import CommandRequest, ShowCard
from bot.errors import BotError, Misunderstood, Unavailable
from bot.jobs import DeliverAnswer, ShowHome
from bot.ports import Posted, ReturnAddress
from bot.services import Services
from bot.views.errors import error_view, internal_error_view
from bot.views.session import SessionCard
from bot.views.welcome import greeting

log = structlog.get_logger("teams")
Invoke = Callable[[Heard], Awaitable[InvokeReply]]


class TeamsApp:
    """Hears every activity, by its type, and every invoke, by its name. What is not in a table is only accepted."""

    def __init__(
        self, dispatcher: CommandDispatcher, services: Services, chat: TeamsChat, memory: Memory, tasks: Tasks
    ) -> None:
        self._dispatcher = dispatcher
        self._services = services
        self._chat = chat
        self._memory = memory
        self._tasks = tasks
        self._answers = TeamsAnswers()
        self._voice = Voice(dispatcher, services)
        extension = Extension(dispatcher, services, self._voice)
        self._invokes: dict[str, Invoke] = {
            "adaptiveCard/action": self._pressed,
            "application/search": extension.options,
            "composeExtension/query": extension.query,
            "composeExtension/queryLink": extension.link,
            "composeExtension/fetchTask": extension.open_form,
            "composeExtension/submitAction": extension.send_form,
        }
        self._activities: dict[str, Callable[[Heard, Mapping[str, Any]], Awaitable[None]]] = {
            "message": self._message,
            "installationUpdate": self._installed,
            "conversationUpdate": self._members,
        }

    async def handle(self, context: TurnContext, raw: Mapping[str, Any]) -> InvokeReply | None:
        """Handle one activity that was verified; ``raw`` is it as it came. An invoke gets its reply, others None."""
        heard = hear(raw)
        await self._memory.note(heard)
        kind = str(context.activity.type)
        if kind == "invoke":
            invoke = self._invokes.get(str(context.activity.name or ""))
            return await invoke(heard) if invoke else InvokeReply(501)
        receive = self._activities.get(kind)
        if receive is not None:
            await receive(heard, raw)
        return None

    async def _message(self, heard: Heard, _raw: Mapping[str, Any]) -> None:
        """Hear words; or a button, of clients that know no other way to send one. Edits are not heard again."""
        by_button = COMMAND in heard.value or FORM in heard.value
        answer = await self._guarded(
            heard, lambda: from_press(heard, heard.value) if by_button else from_words(heard)
        )
        if by_button and FORM in heard.value and answer.accepted:
            self._tasks.start(self._remove(heard))
        self._tasks.start(self._deliver(heard, answer))

    async def _pressed(self, heard: Heard) -> InvokeReply:
        action = heard.value.get("action")
        data = action.get("data") if isinstance(action, dict) else None
        fields: Mapping[str, Any] = data if isinstance(data, dict) else {}
        try:
            command_request = from_press(heard, fields)
        except Misunderstood as error:
            return replies.told(await self._voice.say(heard, error.text))
        if isinstance(command_request.command, ShowCard):
            return await self._see(heard, command_request)
        answer = await self._guarded(heard, lambda: command_request)
        if FORM in fields and answer.accepted:
            self._tasks.start(self._remove(heard))
        if answer.private and not heard.is_personal:
            self._tasks.start(self._deliver(heard, answer, alone=True))
            return replies.told(answer.elsewhere)
        if answer.card is not None:
            self._tasks.start(self._deliver(heard, answer))
        return replies.told(answer.text)

    async def _see(self, heard: Heard, command_request: CommandRequest) -> InvokeReply:
        """Show a card as whoever looks at it may see it. Teams asks by itself; nothing is written down for it."""
        try:
            view, reader = await self._dispatcher.view_for_refresh(command_request)
        except BotError as error:
            return replies.told(await self._voice.say(heard, error.text))
        viewers = await self._chat.viewers(heard.tenant, view) if isinstance(view, SessionCard) else []
        shown = render(view, reader, viewers=viewers)
        return replies.card(shown["card"]) if shown["card"] is not None else replies.told(shown["text"])

    async def _installed(self, heard: Heard, raw: Mapping[str, Any]) -> None:
        if raw.get("action") == "remove":
            await self._memory.left(heard)
        elif raw.get("action") == "add":
            await self._welcome(heard)

    async def _members(self, heard: Heard, raw: Mapping[str, Any]) -> None:
        """The bot, too, is added as a member: tools that know no installation say it this way alone."""
        me = (raw.get("recipient") or {}).get("id")
        if any(one.get("id") == me for one in raw.get("membersAdded") or [] if isinstance(one, dict)):
            await self._welcome(heard)

    async def _welcome(self, heard: Heard) -> None:
        """In a personal chat show the overview; elsewhere say how to begin. Told twice, once."""
        if not self._memory.first_time(heard):
            return
        if heard.is_personal:
            async with self._services.unit_of_work.write() as tx:
                await tx.enqueue(ShowHome(heard.actor, as_new_message=True), key=f"home:{heard.key}")
            return
        self._tasks.start(
            self._deliver(heard, self._answers.render(greeting(), await self._voice.reader(heard)))
        )

    async def _guarded(self, heard: Heard, read: Callable[[], CommandRequest]) -> TeamsAnswer:
        """Hear a command, and never let an error out: nobody would be answered."""
        try:
            return await self._dispatcher.dispatch(read(), self._answers)
        except BotError as error:
            view = error_view(error)
        except Exception as error:
            log.error("command broke", error=type(error).__name__, exc_info=without_values(error))  # noqa: TRY400 - without its message
            view = internal_error_view()
        return self._answers.render(view, await self._voice.reader(heard))

    async def _deliver(self, heard: Heard, answer: TeamsAnswer, *, alone: bool = False) -> None:
        """Answer in the conversation; ``alone``: in private, so that the others read of it only if that cannot be done."""
        to = ReturnAddress(heard.actor, heard.conversation, heard.is_personal or alone, None)
        try:
            await self._chat.send_rendered(to, answer)
        except Unavailable as error:
            log.warning("an answer was not delivered at once", error=str(error))
            if answer.waits:
                return
            async with self._services.unit_of_work.write() as tx:
                await tx.enqueue(DeliverAnswer(heard.key), key=f"deliver:{heard.key}")
        except BotError as error:
            log.warning("an answer was not delivered", error=str(error))
            if alone:
                missed = replace(answer, text=answer.unreachable, card=None, private=False)
                await self._deliver(heard, missed)

    async def _remove(self, heard: Heard) -> None:
        """Take a form away that was sent: pressed again, it would only find the session that it made."""
        try:
            await self._chat.remove(heard.tenant, Posted(heard.conversation, heard.reply_to))
        except BotError as error:
            log.info("a form was not removed", error=str(error))
