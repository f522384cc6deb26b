"""The message extension: search requests and post one, create from a message, previews of pasted links."""

import json
from collections.abc import Mapping
from typing import Any

from adapters.teams import replies
from adapters.teams.heard import Heard
from adapters.teams.invoke import InvokeReply
from adapters.teams.payloads import asks, from_press
from adapters.teams.render import render
from adapters.teams.render.attachments import panel_attachment, request_result
from adapters.teams.render.form import session_form
from adapters.teams.render.markdown import plain, tongue
from bot.commands import Incoming, OpenForm
from bot.errors import BotError
from bot.front_desk import FrontDesk
from bot.i18n import Language, _, nearest
from bot.jobs.show_request import panel
from bot.model.switches import Location
from bot.use_cases import search
from bot.views.form import SessionForm
from bot.views.pages import View
from bot.views.parts import Reader
from bot.world import World


class Extension:
    """Answers what Teams asks while somebody writes. Nothing of it is in a conversation yet."""

    def __init__(self, desk: FrontDesk, world: World) -> None:
        self._desk = desk
        self._world = world

    async def options(self, heard: Heard) -> InvokeReply:
        """Answer the form's picker, as somebody types."""
        found = await search.suggest(heard.actor, str(heard.value.get("queryText") or ""), self._world)
        if found.number is not None:
            return replies.options([(f"#{found.number}", found.number)])
        return replies.options([(f"#{one.number} {one.subject}"[:200], one.number) for one in found.requests])

    async def query(self, heard: Heard) -> InvokeReply:
        """Answer the search box: requests, each to be posted."""
        parameters = heard.value.get("parameters") or [{}]
        first = parameters[0] if isinstance(parameters, list) and isinstance(parameters[0], dict) else {}
        typed = "" if first.get("name") == "initialRun" else str(first.get("value") or "").strip()
        try:
            who = await search.searcher(heard.actor, self._world, location=Location.UNFURL)
            found = await search.search(typed, self._world)
        except BotError as error:
            return replies.hint(_say(heard, error))
        if not found:
            return replies.hint(Language(who.reader.language).say(_("No open request fits that.")))
        return replies.results([request_result(one, who.reader) for one in found])

    async def link(self, heard: Heard) -> InvokeReply:
        """Preview a link to a request. Where it is none, or may not be shown, the link stays a link."""
        try:
            who = await search.searcher(heard.actor, self._world, location=Location.UNFURL)
        except BotError:
            return replies.results([])
        request = await search.linked(str(heard.value.get("url") or ""), self._world)
        if request is None:
            return replies.results([])
        return replies.results([panel_attachment(await panel(request, None, self._world), who.reader)])

    async def open_form(self, heard: Heard) -> InvokeReply:
        """Open the form of a new session, for the request that a message is about where it was called on one."""
        try:
            await search.searcher(heard.actor, self._world)
        except BotError as error:
            return replies.dialog_says(_say(heard, error))
        text = _text_of(heard.value.get("messagePayload"))
        number = await search.number_in(text, heard.actor, self._world)
        answer = await self._answer(asks(heard, OpenForm(number)))
        return replies.dialog(answer["title"], answer["form"]) if "form" in answer else _said(answer)

    async def send_form(self, heard: Heard) -> InvokeReply:
        """Take the form in: the session is created, and its card stands in the conversation where the bot is in it."""
        data = heard.value.get("data")
        try:
            incoming = from_press(heard, data if isinstance(data, dict) else {})
        except BotError as error:
            return replies.dialog_says(_say(heard, error))
        return _said(await self._answer(incoming))

    async def _answer(self, incoming: Incoming) -> dict[str, Any]:
        answer: dict[str, Any] = json.loads(await self._desk.answer(incoming, _in_window))
        return answer


def _in_window(view: View, reader: Reader) -> str:
    if isinstance(view, SessionForm):
        title = Language(reader.language).say(_("New session"))
        return json.dumps({"title": title, "form": session_form(view, reader, dialog=True)})
    return json.dumps({"text": render(view, reader)["text"]})


def _said(answer: dict[str, Any]) -> InvokeReply:
    return replies.dialog_says(str(answer["text"]))


def _say(heard: Heard, error: BotError) -> str:
    """Say it without markup: what Teams shows in a window or under a search box reads none."""
    return plain(tongue(Reader(nearest(heard.locale), heard.timezone))).say(error.text)


def _text_of(message: Any) -> str:
    body = message.get("body") if isinstance(message, Mapping) else None
    return str(body.get("content") or "") if isinstance(body, Mapping) else ""
