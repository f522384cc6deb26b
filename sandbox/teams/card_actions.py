"""User actions on cards: press, type, choose and refresh; and the automatic refresh of Teams' clients."""

import asyncio
import contextlib
from collections.abc import Coroutine, Mapping
from dataclasses import replace
from typing import Any

from sandbox.teams.activities import build_activity
from sandbox.teams.activity_delivery import DeliveryResult
from sandbox.teams.base import SandboxBase
from sandbox.teams.card_inputs import Button, fill_inputs, iter_inputs, list_buttons, list_titles
from sandbox.teams.card_validation import MAX_REFRESHED_USERS
from sandbox.teams.invoke_responses import MalformedResponseError, parse_card_response, parse_search_response
from sandbox.teams.model import Conversation, Json, TeamsMessage, TeamsPerson

_MAX_SUGGESTIONS = 15
_PRESSABLE = {"Action.Execute", "Action.Submit"}


class CardActions(SandboxBase):
    """The part of ``TeamsSandbox`` for users who see a card."""

    auto_refresh: bool
    refreshing: set[asyncio.Task[None]]

    async def press_button(
        self,
        person: TeamsPerson,
        message: TeamsMessage,
        title: str,
        inputs: Mapping[str, Any] | None = None,
        *,
        old_client: bool = False,
        nth: int = 0,
        stale: bool = False,
    ) -> DeliveryResult:
        """Press the button with this title, with ``inputs`` filled in by id, and show the bot's response as Teams does.

        ``nth`` selects one of several buttons with the same title. ``old_client`` presses the Action.Submit that an
        Action.Execute falls back to. ``stale`` presses a button that an update has removed, as a client that has not
        redrawn yet can do. Raises LookupError if there is no such button, ValueError if Teams would refuse the inputs.
        """
        button = self._find_button(person, message, title, nth=nth, stale=stale)
        # Fill in the inputs for every kind of action, so that a wrong input id in a test is an error.
        typed = fill_inputs(button.cards, inputs or {}, self.state.suggested[person])
        action = _submit_fallback(button.action) if old_client else button.action
        input_values = {} if action.get("associatedInputs") == "none" else typed
        if action["type"] == "Action.Submit":
            return await self._send_submit(person, message, action, input_values)
        return await self._send_execute(
            person, message, _build_execute_action(action, input_values), "manual"
        )

    def button_url(self, person: TeamsPerson, message: TeamsMessage, title: str) -> str:
        """Return the URL that a button opens. Raises LookupError."""
        action = self._find_button(person, message, title, kinds={"Action.OpenUrl"}).action
        return str(action["url"])

    def button_titles(self, person: TeamsPerson, message: TeamsMessage) -> list[str]:
        """List the titles of the buttons in a message, including those of hidden cards that a button shows."""
        return [one for card in self.visible_cards(person, message) for one in list_titles(card)]

    async def refresh_card(
        self, person: TeamsPerson, message: TeamsMessage, trigger: str = "automatic"
    ) -> DeliveryResult:
        """Refresh a card for one user. The trigger ``manual`` is "Refresh card" in the menu. Raises LookupError."""
        cards = [one for one in self.visible_cards(person, message) if "refresh" in one]
        if not cards:
            raise LookupError("no card of the message can be refreshed")
        return await self._send_execute(
            person, message, _build_execute_action(cards[0]["refresh"]["action"], {}), trigger
        )

    async def search_choices(
        self,
        person: TeamsPerson,
        message: TeamsMessage | None,
        text: str,
        dataset: str,
        *,
        conversation: Conversation | None = None,
        skip: int = 0,
    ) -> DeliveryResult:
        """Type into an input whose choices the bot suggests: in a message, or without one in a dialog."""
        target_conversation = conversation if message is None else message.conversation
        if target_conversation is None:
            raise LookupError("say in which conversation the dialog is open")
        if message is not None and dataset not in self._find_datasets(person, message):
            raise LookupError(f"no input of the message asks for {dataset!r}")
        options = {"skip": skip, "top": _MAX_SUGGESTIONS}
        value = {"kind": "search", "queryText": text, "queryOptions": options, "dataset": dataset}
        result = await self.send_invoke(
            person, target_conversation, "application/search", value, message=message
        )
        try:
            results = parse_search_response(result)[:_MAX_SUGGESTIONS]
        except MalformedResponseError as problem:
            return self.show_error(person, result, str(problem))
        self.state.suggested[person] = results
        return self.show_result(person, result, results)

    def start_auto_refresh(self, message: TeamsMessage) -> None:
        """Start the refresh that the users' clients do when a card is posted or updated."""
        if not self.auto_refresh or not message.conversation.bot_is_member:
            return
        for card in message.cards:
            for person in _find_auto_refresh_members(card, message.conversation):
                self._start_refresh_task(self._refresh_if_visible(person, message))

    async def _refresh_if_visible(self, person: TeamsPerson, message: TeamsMessage) -> None:
        """Refresh a card unless the message or the user is gone by now."""
        with contextlib.suppress(LookupError):
            await self.refresh_card(person, message)

    def _start_refresh_task(self, refreshing: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(refreshing)
        self.refreshing.add(task)
        task.add_done_callback(self.refreshing.discard)

    def _find_button(
        self,
        person: TeamsPerson,
        message: TeamsMessage,
        title: str,
        *,
        nth: int = 0,
        stale: bool = False,
        kinds: set[str] = _PRESSABLE,
    ) -> Button:
        cards = self.visible_cards(person, message)
        if stale:
            # Newest first, personal cards before the cards for everybody: what the client may still show.
            personal_past = [*reversed(message.past_personal_cards)]
            cards = [card for mri, card in personal_past if mri == person.mri]
            cards += [card for edit in reversed(message.past_contents) for card in edit["cards"]]
        available = [one for card in cards for one in list_buttons(card)]
        found = [one for one in available if one.action["type"] in kinds and one.action.get("title") == title]
        if len(found) <= nth:
            titles = sorted({str(one.action.get("title")) for one in available})
            raise LookupError(f"{person.name} sees nothing to press called {title!r}; there are {titles}")
        return found[nth]

    def _find_datasets(self, person: TeamsPerson, message: TeamsMessage) -> set[str]:
        fields = [
            one
            for card in self.visible_cards(person, message)
            for part in (card, *(button.cards[-1] for button in list_buttons(card)))
            for one in iter_inputs(part)
        ]
        return {str(one["choices.data"].get("dataset")) for one in fields if "choices.data" in one}

    async def _send_execute(
        self, person: TeamsPerson, message: TeamsMessage, action: Json, trigger: str
    ) -> DeliveryResult:
        version_before = len(message.past_contents)
        value = {"action": action, "trigger": trigger}
        result = await self.send_invoke(
            person, message.conversation, "adaptiveCard/action", value, message=message
        )
        response = parse_card_response(result)
        if response.error:
            return self.show_error(person, result, response.error)
        if response.toast:
            self.state.toasts[person].append(response.toast)
            self.state.changes.notify()
            return replace(result, shown=response.toast)
        # A client drops the result of an automatic refresh if the card was updated meanwhile.
        is_outdated = trigger == "automatic" and len(message.past_contents) != version_before
        if response.card is not None and not is_outdated:
            message.show_personal_card(person, response.card)
            self.state.changes.notify()
        return replace(result, shown=response.card)

    async def _send_submit(
        self, person: TeamsPerson, message: TeamsMessage, action: Json, input_values: Json
    ) -> DeliveryResult:
        """Send what an Action.Submit sends: a message with a value and no text, unless ``msteams`` asks for another form."""
        submitted = _merge_data(action.get("data"), input_values)
        # `msteams` asks Teams for another kind of message. It is not sent to the bot.
        teams_options = submitted.pop("msteams", {}) if isinstance(submitted, dict) else {}
        content_fields: Json = {"value": submitted}
        match teams_options.get("type"):
            case "messageBack":
                content_fields = {
                    "text": teams_options.get("text"),
                    "value": _merge_data(teams_options.get("value"), input_values),
                }
            case "imBack":
                content_fields = {"text": teams_options.get("value")}
            case None:
                pass
            case other:
                raise LookupError(f"an Action.Submit of the type {other!r} is not played here")
        result = await self.activity_delivery.deliver_activity(
            self._build_submit_activity(person, message, content_fields)
        )
        return self.show_error(person, result, result.error) if result.error else result

    def _build_submit_activity(
        self, person: TeamsPerson, message: TeamsMessage, content_fields: Json
    ) -> Json:
        return build_activity(
            self.state,
            person,
            message.conversation,
            thread=self.thread_of(message),
            id=self.state.new_message_id(),
            replyToId=message.id,
            **content_fields,
        )


def _submit_fallback(action: Json) -> Json:
    """Return the Action.Submit that an old client shows for an Action.Execute. Raises LookupError."""
    if action["type"] == "Action.Submit":
        return action
    fallback = action.get("fallback")
    if not isinstance(fallback, dict) or fallback.get("type") != "Action.Submit":
        raise LookupError(
            f"an old client does not show {action.get('title')!r}: it has no Action.Submit to fall back to"
        )
    return fallback


def _build_execute_action(action: Json, input_values: Json) -> Json:
    titles: Json = {name: action[name] for name in ("type", "id", "title", "verb") if name in action}
    return {**titles, "data": _merge_data(action.get("data"), input_values)}


def _merge_data(submitted: Any, input_values: Json) -> Any:
    """Return the data of an action merged with the input values. Data that is a string stays unchanged."""
    if submitted is None or isinstance(submitted, dict):
        return {**(submitted or {}), **input_values}
    return submitted


def _find_auto_refresh_members(card: Json, conversation: Conversation) -> list[TeamsPerson]:
    """List the users whose clients refresh a card: those in ``userIds``, or all of a small conversation."""
    if "refresh" not in card:
        return []
    titles = card["refresh"].get("userIds")
    if titles is None:
        # Without `userIds`, Teams refreshes for everybody in a small conversation and for nobody in a large one.
        return conversation.members if len(conversation.members) <= MAX_REFRESHED_USERS else []
    return [one for one in conversation.members if {one.mri, f"8:orgid:{one.aad_id}"} & set(titles)]
