"""The message extension: search requests and post one, create from a message, previews of pasted links."""

import json
from typing import Any

from adapters.teams import replies
from adapters.teams.heard import Heard
from adapters.teams.invoke import InvokeReply
from adapters.teams.payloads import asks, from_press
from adapters.teams.quoted import text_of
from adapters.teams.render import render
from adapters.teams.render.actions import in_dialog
from adapters.teams.render.attachments import panel_attachment, request_result
from adapters.teams.render.form import session_form
from adapters.teams.render.markdown import plain_formatter
from adapters.teams.voice import Voice
from bot.command_dispatcher import CommandDispatcher
from bot.commands import CommandRequest, OpenForm
from bot.errors import BotError
from bot.i18n import _
from bot.model.switches import Location
from bot.services import Services
from bot.use_cases import search
from bot.views.form import SessionForm
from bot.views.pages import Message, View
from bot.views.parts import Reader
from bot.workflows.show_request import load_panel


class Extension:
    """Answers what Teams asks while somebody writes. Nothing of it is in a conversation yet."""

    def __init__(self, dispatcher: CommandDispatcher, services: Services, voice: Voice) -> None:
        self._dispatcher = dispatcher
        self._services = services
        self._voice = voice

    async def options(self, heard: Heard) -> InvokeReply:
        """Answer the form's picker, as somebody types."""
        found = await search.suggest(heard.actor, str(heard.value.get("queryText") or ""), self._services)
        if found.number is not None:
            return replies.options([(f"#{found.number}", found.number)])
        return replies.options([(f"#{one.number} {one.subject}"[:200], one.number) for one in found.requests])

    async def query(self, heard: Heard) -> InvokeReply:
        """Answer the search box: requests, each to be posted."""
        parameters = heard.value.get("parameters") or [{}]
        first = parameters[0] if isinstance(parameters, list) and isinstance(parameters[0], dict) else {}
        typed = "" if first.get("name") == "initialRun" else str(first.get("value") or "").strip()
        try:
            who = await search.searcher(heard.actor, self._services, location=Location.UNFURL)
            found = await search.search(typed, self._services)
        except BotError as error:
            return replies.hint(await self._voice.say(heard, error.text))
        if not found:
            return replies.hint(plain_formatter(who.reader).say(_("No open request fits that.")))
        return replies.results([request_result(one, who.reader) for one in found])

    async def link(self, heard: Heard) -> InvokeReply:
        """Preview a link to a request. Where it is none, or may not be shown, the link stays a link."""
        try:
            who = await search.searcher(heard.actor, self._services, location=Location.UNFURL)
        except BotError:
            return replies.results([])
        request = await search.linked(str(heard.value.get("url") or ""), self._services)
        if request is None:
            return replies.results([])
        return replies.results(
            [panel_attachment(await load_panel(request, None, self._services.unit_of_work), who.reader)]
        )

    async def open_form(self, heard: Heard) -> InvokeReply:
        """Open the form of a new session, for the request that a message is about where it was called on one."""
        try:
            await search.searcher(heard.actor, self._services)
        except BotError as error:
            return replies.dialog_says(await self._voice.say(heard, error.text))
        text = text_of(heard.value.get("messagePayload"))
        number = await search.number_in(text, heard.actor, self._services)
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
        """Answer in the dialog, which is before whoever opened it alone; what can be pressed is pressed there."""
        answer: dict[str, Any] = json.loads(await self._dispatcher.answer(command_request, _in_window))
        if answer["card"] is None:
            return replies.dialog_says(answer["text"])
        return replies.dialog(answer["title"], answer["card"])


def _in_window(view: View, reader: Reader) -> str:
    say = plain_formatter(reader).say
    if isinstance(view, SessionForm):
        form = session_form(view, reader, dialog=True)
        return json.dumps({"title": say(_("New session")), "card": form})
    shown = render(view, reader)
    if shown["card"] is not None:
        return json.dumps({"title": "TeamViewer", "card": in_dialog(shown["card"])})
    later = f" {say(_LATER)}" if isinstance(view, Message) and view.is_passing else ""
    return json.dumps({"text": f"{shown['text']}{later}", "card": None})


_LATER = _("You see what comes of it in this conversation or, where I am not in it, in our private chat.")
