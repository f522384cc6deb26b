"""The message extension: search requests and post one, create from a message, previews of pasted links."""

from adapters.teams import replies
from adapters.teams.answers import DialogAnswers
from adapters.teams.heard import Heard
from adapters.teams.invoke import InvokeReply
from adapters.teams.payloads import asks, from_press
from adapters.teams.quoted import text_of
from adapters.teams.render.attachments import panel_attachment, request_result
from adapters.teams.render.markdown import plain_formatter
from adapters.teams.voice import Voice
from bot.command_dispatcher import CommandDispatcher
from bot.commands import CommandRequest, OpenForm
from bot.errors import BotError
from bot.i18n import _
from bot.model.switches import Location
from bot.services import Services
from bot.use_cases.search import RequestSearch
from bot.workflows.show_request import load_panel


class Extension:
    """Answers what Teams asks while somebody writes. Nothing of it is in a conversation yet."""

    def __init__(self, dispatcher: CommandDispatcher, services: Services, voice: Voice) -> None:
        self._dispatcher = dispatcher
        self._services = services
        self._search = RequestSearch(
            services.unit_of_work, services.servicedesk, services.installation.admins
        )
        self._voice = voice
        self._answers = DialogAnswers()

    async def options(self, heard: Heard) -> InvokeReply:
        """Answer the form's picker, as somebody types."""
        found = await self._search.suggest_requests(heard.actor, str(heard.value.get("queryText") or ""))
        if found.number is not None:
            return replies.options([(f"#{found.number}", found.number)])
        return replies.options([(f"#{one.number} {one.subject}"[:200], one.number) for one in found.requests])

    async def query(self, heard: Heard) -> InvokeReply:
        """Answer the search box: requests, each to be posted."""
        parameters = heard.value.get("parameters") or [{}]
        first = parameters[0] if isinstance(parameters, list) and isinstance(parameters[0], dict) else {}
        typed = "" if first.get("name") == "initialRun" else str(first.get("value") or "").strip()
        try:
            who = await self._search.identify_searcher(heard.actor, location=Location.UNFURL)
            found = await self._search.find_open_requests(typed)
        except BotError as error:
            return replies.hint(await self._voice.say(heard, error.text))
        if not found:
            return replies.hint(plain_formatter(who.reader).say(_("No open request fits that.")))
        return replies.results([request_result(one, who.reader) for one in found])

    async def link(self, heard: Heard) -> InvokeReply:
        """Preview a link to a request. Where it is none, or may not be shown, the link stays a link."""
        try:
            who = await self._search.identify_searcher(heard.actor, location=Location.UNFURL)
        except BotError:
            return replies.results([])
        request = await self._search.find_linked_request(str(heard.value.get("url") or ""))
        if request is None:
            return replies.results([])
        return replies.results(
            [panel_attachment(await load_panel(request, None, self._services.unit_of_work), who.reader)]
        )

    async def open_form(self, heard: Heard) -> InvokeReply:
        """Open the form of a new session, for the request that a message is about where it was called on one."""
        try:
            await self._search.identify_searcher(heard.actor)
        except BotError as error:
            return replies.dialog_says(await self._voice.say(heard, error.text))
        text = text_of(heard.value.get("messagePayload"))
        number = await self._search.find_number_in_message(text, heard.actor)
        return await self._answer(asks(heard, OpenForm(number)))

    async def send_form(self, heard: Heard) -> InvokeReply:
        """Take in a form that was sent, or a button that was pressed in the dialog."""
        data = heard.value.get("data")
        try:
            command_request = from_press(heard, data if isinstance(data, dict) else {})
        except BotError as error:
            return replies.dialog_says(await self._voice.say(heard, error.text))
        return await self._answer(command_request)

    async def _answer(self, command_request: CommandRequest) -> InvokeReply:
        """Answer in the dialog, which only the person who opened it sees."""
        answer = await self._dispatcher.dispatch(command_request, self._answers)
        if answer.card is None:
            return replies.dialog_says(answer.text)
        return replies.dialog(answer.title, answer.card)
