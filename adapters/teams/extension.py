"""The message extension: search and post requests, create a session from a message, preview pasted links."""

from collections.abc import Sequence
from typing import Any

from adapters.teams.incoming.activity import TeamsActivity
from adapters.teams.incoming.commands import command_request, parse_card_action
from adapters.teams.incoming.message_text import read_quoted_message
from adapters.teams.look_again import LookAgain
from adapters.teams.render.answers import DialogAnswers
from adapters.teams.render.attachments import panel_attachment, request_result
from adapters.teams.render.invoke_replies import (
    Body,
    close_dialog,
    open_dialog,
    show_hint,
    show_options,
    show_results,
)
from adapters.teams.render.markdown import plain_formatter
from adapters.teams.reply_language import ReplyLanguage
from adapters.teams.team_channels import TeamChannels
from bot.command_dispatcher import CommandDispatcher
from bot.commands import Command, CommandRequest, OpenForm, OpenOutageForm
from bot.errors import BotError
from bot.i18n import Text, _
from bot.model.request import Request
from bot.model.switches import Location
from bot.model.technician import Platform
from bot.services import Services
from bot.use_cases.search import FIRST, Part, RequestSearch
from bot.views.outage import RequestChoice
from bot.workflows.show_request import load_panel

_NOT_IN_SHARED_CHANNELS: Text = _(
    "Another organization shares this channel, so requests are not posted here."
)
_MOST_SKIPPED = 1000
"""Results that can be skipped. The field is a client's, and a search reads everything before them."""
_MOST_RESULTS = 25
"""Results that Teams asks for at a time."""


class MessageExtension:
    """Answers what Teams asks while somebody writes a message. None of it is in a conversation yet."""

    def __init__(
        self,
        dispatcher: CommandDispatcher,
        services: Services,
        language: ReplyLanguage,
        look_again: LookAgain,
        channels: TeamChannels,
    ) -> None:
        self._dispatcher = dispatcher
        self._look_again = look_again
        self._unit_of_work = services.unit_of_work
        self._search = RequestSearch(
            services.unit_of_work, services.servicedesk, services.installation.admins
        )
        self._chat = services.chats[Platform.TEAMS]
        self._channels = channels
        self._organization_language = services.installation.language
        self._language = language

    async def suggest_requests(self, activity: TeamsActivity) -> Body:
        """Answer the form's picker while somebody types."""
        typed = str(activity.value.get("queryText") or "")
        found = await self._search.suggest_requests(activity.actor, typed, _wanted_part(activity))
        if found.number is not None:
            return show_options([(f"#{found.number}", found.number)])
        return show_options([(_option_text(one), one.number) for one in found.requests])

    async def list_own_requests(self, activity: TeamsActivity, command: Command) -> Sequence[RequestChoice]:
        """List the sender's requests for the form that a command opens. In a channel others would read them: none there."""
        if not isinstance(command, OpenOutageForm) or not activity.is_personal:
            return ()
        found = await self._search.list_assigned(activity.actor)
        return [RequestChoice(one.number, one.subject) for one in found]

    async def search_requests(self, activity: TeamsActivity) -> Body:
        """Answer the search box with requests to post."""
        await self._look_again.meet(activity)
        try:
            who = await self._search.identify_searcher(activity.actor, location=Location.UNFURL)
            is_shared = await self._chat.is_shared_outside(activity.tenant, activity.place)
            part = _wanted_part(activity)
            found = [] if is_shared else await self._search.find_open_requests(_searched_text(activity), part)
        except BotError as error:
            return show_hint(await self._language.say(activity, error.text))
        if is_shared:
            return show_hint(plain_formatter(who.reader).say(_NOT_IN_SHARED_CHANNELS))
        if not found and part.skipped:
            return show_results([])
        if not found:
            return show_hint(plain_formatter(who.reader).say(_("No open request matches.")))
        return show_results([request_result(one, who.reader, self._organization_language) for one in found])

    async def preview_link(self, activity: TeamsActivity) -> Body:
        """Answer a pasted link with a preview, or with nothing if it is no request or may not be shown."""
        await self._look_again.meet(activity)
        try:
            who = await self._search.identify_searcher(activity.actor, location=Location.UNFURL)
            is_shared = await self._chat.is_shared_outside(activity.tenant, activity.place)
        except BotError:
            return show_results([])
        if is_shared:
            return show_results([])
        request = await self._search.find_linked_request(str(activity.value.get("url") or ""))
        if request is None:
            return show_results([])
        panel = await load_panel(request, None, self._unit_of_work)
        return show_results([panel_attachment(panel, who.reader, self._organization_language)])

    async def open_form(self, activity: TeamsActivity) -> Body:
        """Open the form of a new session, with the request that the selected message names, if any."""
        await self._look_again.meet(activity)
        try:
            await self._search.identify_searcher(activity.actor)
        except BotError as error:
            return close_dialog(await self._language.say(activity, error.text))
        text = read_quoted_message(activity.value.get("messagePayload"))
        number = await self._search.find_number_in_message(text, activity.actor)
        return await self._run_in_dialog(activity, command_request(activity, OpenForm(number)))

    async def submit_form(self, activity: TeamsActivity) -> Body:
        """Run the command of a form that was submitted, or of a button that was pressed, in the dialog."""
        try:
            request = parse_card_action(activity)
        except BotError as error:
            return close_dialog(await self._language.say(activity, error.text))
        return await self._run_in_dialog(activity, request)

    async def _run_in_dialog(self, activity: TeamsActivity, request: CommandRequest) -> Body:
        """Run a command and answer in the dialog, which only the person who opened it sees."""
        try:
            request = await self._channels.choose_place(activity, request)
        except BotError as error:
            return close_dialog(await self._language.say(activity, error.text))
        answers = DialogAnswers(await self._channels.list_choices_for(activity, request.command))
        is_looked_at = await self._look_again.look(activity, request.command)
        answer = await self._dispatcher.dispatch(request, answers, is_looked_at=is_looked_at)
        if answer.card is None:
            return close_dialog(answer.text)
        return open_dialog(answer.title, answer.card)


def _wanted_part(activity: TeamsActivity) -> Part:
    """Return which results Teams asks for (``queryOptions``). It asks again while somebody scrolls down."""
    options = activity.value.get("queryOptions")
    given = options if isinstance(options, dict) else {}
    skipped, count = given.get("skip"), given.get("count", given.get("top"))
    if not isinstance(skipped, int) or not isinstance(count, int):
        return FIRST
    return Part(min(max(skipped, 0), _MOST_SKIPPED), min(max(count, 1), _MOST_RESULTS))


def _searched_text(activity: TeamsActivity) -> str:
    """Return what somebody typed in the search box. Teams sends ``initialRun`` before anybody types."""
    parameters: Any = activity.value.get("parameters")
    first = parameters[0] if isinstance(parameters, list) and parameters else {}
    if not isinstance(first, dict) or first.get("name") == "initialRun":
        return ""
    return str(first.get("value") or "").strip()


def _option_text(request: Request) -> str:
    """Return a request as a choice of the form: its number, its subject, and who raised it."""
    name = f" · {request.requester.name}" if request.requester and request.requester.name else ""
    return f"#{request.number} {request.subject}"[: 200 - len(name[:60])] + name[:60]
