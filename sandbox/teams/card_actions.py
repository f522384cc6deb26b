"""What people do with cards: press, type and choose; and clients that bring a card up to date by themselves."""

import asyncio
import contextlib
from collections.abc import Coroutine, Mapping
from dataclasses import replace
from typing import Any

from sandbox.teams.activities import activity
from sandbox.teams.activity_delivery import DeliveryResult
from sandbox.teams.base import SandboxBase
from sandbox.teams.card_inputs import Button, buttons, filled_in, inputs, titles
from sandbox.teams.card_validation import MOST_REFRESHED
from sandbox.teams.invoke_responses import MalformedResponseError, card_answer, search_answer
from sandbox.teams.model import Conversation, Json, TeamsMessage, TeamsPerson

_MOST_SUGGESTED = 15
_PRESSABLE = {"Action.Execute", "Action.Submit"}


class CardActions(SandboxBase):
    """People with a card before them."""

    auto_refresh: bool
    refreshing: set[asyncio.Task[Any]]

    async def press(
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
        """Press what is called ``title``, with ``inputs`` filled in by their ids; ``nth`` where several are called so.

        ``old_client`` presses the Action.Submit that an Action.Execute falls back to. ``stale`` presses what an update
        has taken away, as a client that has not yet drawn it would. What the bot answers is shown as Teams shows it.
        Raises LookupError where there is no such thing to press, ValueError where Teams would not let the inputs pass.
        """
        button = self._button(person, message, title, nth=nth, stale=stale)
        typed = filled_in(button.cards, inputs or {}, self.world.suggested[person])
        action = _for_old_client(button.action) if old_client else button.action
        held = {} if action.get("associatedInputs") == "none" else typed
        if action["type"] == "Action.Submit":
            return await self._submit(person, message, action, held)
        return await self._execute(person, message, _executed(action, held), "manual")

    def link(self, person: TeamsPerson, message: TeamsMessage, title: str) -> str:
        """Return the address that a button opens. Raises LookupError."""
        action = self._button(person, message, title, kinds={"Action.OpenUrl"}).action
        return str(action["url"])

    def titles(self, person: TeamsPerson, message: TeamsMessage) -> list[str]:
        """List what a person can press in a message, unfolded cards included."""
        return [one for card in self.cards_before(person, message) for one in titles(card)]

    async def refresh(
        self, person: TeamsPerson, message: TeamsMessage, trigger: str = "automatic"
    ) -> DeliveryResult:
        """Bring a card up to date for one person; ``manual`` is "Refresh card" in the menu. Raises LookupError."""
        cards = [one for one in self.cards_before(person, message) if "refresh" in one]
        if not cards:
            raise LookupError("no card of the message can be refreshed")
        return await self._execute(person, message, _executed(cards[0]["refresh"]["action"], {}), trigger)

    async def search(
        self,
        person: TeamsPerson,
        message: TeamsMessage | None,
        text: str,
        dataset: str,
        *,
        conversation: Conversation | None = None,
        skip: int = 0,
    ) -> DeliveryResult:
        """Type into an input whose choices the bot suggests: in a message, or (None) in a dialog of a conversation."""
        place = conversation if message is None else message.conversation
        if place is None:
            raise LookupError("say in which conversation the dialog is open")
        if message is not None and dataset not in self._datasets(person, message):
            raise LookupError(f"no input of the message asks for {dataset!r}")
        options = {"skip": skip, "top": _MOST_SUGGESTED}
        value = {"kind": "search", "queryText": text, "queryOptions": options, "dataset": dataset}
        delivery = await self.invoke(person, place, "application/search", value, message=message)
        try:
            results = search_answer(delivery)[:_MOST_SUGGESTED]
        except MalformedResponseError as problem:
            return self.troubled(person, delivery, str(problem))
        self.world.suggested[person] = results
        return self.shown(person, delivery, results)

    def begin_refreshing(self, message: TeamsMessage) -> None:
        """Let the clients of those whom a card names refresh it, as they do when it is posted or updated."""
        if not self.auto_refresh or not message.conversation.bot_is_member:
            return
        for card in message.cards:
            for person in _refreshed(card, message.conversation):
                self._begin(self._refresh_by_itself(person, message))

    async def _refresh_by_itself(self, person: TeamsPerson, message: TeamsMessage) -> None:
        """Refresh, unless the card or the person is gone by now."""
        with contextlib.suppress(LookupError):
            await self.refresh(person, message)

    def _begin(self, refreshing: Coroutine[Any, Any, Any]) -> None:
        task = asyncio.get_running_loop().create_task(refreshing)
        self.refreshing.add(task)
        task.add_done_callback(self.refreshing.discard)

    def _button(
        self,
        person: TeamsPerson,
        message: TeamsMessage,
        title: str,
        *,
        nth: int = 0,
        stale: bool = False,
        kinds: set[str] = _PRESSABLE,
    ) -> Button:
        cards = self.cards_before(person, message)
        if stale:
            past = [*reversed(message.past_views)]
            cards = [card for mri, card in past if mri == person.mri]
            cards += [card for edit in reversed(message.edits) for card in edit["cards"]]
        there = [one for card in cards for one in buttons(card)]
        found = [one for one in there if one.action["type"] in kinds and one.action.get("title") == title]
        if len(found) <= nth:
            named = sorted({str(one.action.get("title")) for one in there})
            raise LookupError(f"{person.name} sees nothing to press called {title!r}; there are {named}")
        return found[nth]

    def _datasets(self, person: TeamsPerson, message: TeamsMessage) -> set[str]:
        fields = [
            one
            for card in self.cards_before(person, message)
            for part in (card, *(button.cards[-1] for button in buttons(card)))
            for one in inputs(part)
        ]
        return {str(one["choices.data"].get("dataset")) for one in fields if "choices.data" in one}

    async def _execute(
        self, person: TeamsPerson, message: TeamsMessage, action: Json, trigger: str
    ) -> DeliveryResult:
        drawn = len(message.edits)
        value = {"action": action, "trigger": trigger}
        delivery = await self.invoke(
            person, message.conversation, "adaptiveCard/action", value, message=message
        )
        answer = card_answer(delivery)
        if answer.trouble:
            return self.troubled(person, delivery, answer.trouble)
        if answer.toast:
            self.world.toasts[person].append(answer.toast)
            self.world.changes.touch()
            return replace(delivery, shown=answer.toast)
        is_overtaken = trigger == "automatic" and len(message.edits) != drawn
        if answer.card is not None and not is_overtaken:
            message.show_to(person, answer.card)
            self.world.changes.touch()
        return replace(delivery, shown=answer.card)

    async def _submit(
        self, person: TeamsPerson, message: TeamsMessage, action: Json, held: Json
    ) -> DeliveryResult:
        """Send what an Action.Submit sends: a message with a value and no text, unless ``msteams`` says otherwise."""
        told = _merged(action.get("data"), held)
        special = told.pop("msteams", {}) if isinstance(told, dict) else {}
        sent: Json = {"value": told}
        match special.get("type"):
            case "messageBack":
                sent = {"text": special.get("text"), "value": _merged(special.get("value"), held)}
            case "imBack":
                sent = {"text": special.get("value")}
            case None:
                pass
            case other:
                raise LookupError(f"an Action.Submit of the type {other!r} is not played here")
        delivery = await self.courier.deliver(self._submitted(person, message, sent))
        return self.troubled(person, delivery, delivery.trouble) if delivery.trouble else delivery

    def _submitted(self, person: TeamsPerson, message: TeamsMessage, sent: Json) -> Json:
        return activity(
            self.world,
            person,
            message.conversation,
            thread=self.thread_of(message),
            id=self.world.new_message_id(),
            replyToId=message.id,
            **sent,
        )


def _for_old_client(action: Json) -> Json:
    """Return what a client that knows no Action.Execute shows instead. Raises LookupError."""
    if action["type"] == "Action.Submit":
        return action
    fallback = action.get("fallback")
    if not isinstance(fallback, dict) or fallback.get("type") != "Action.Submit":
        raise LookupError(
            f"an old client does not show {action.get('title')!r}: it has no Action.Submit to fall back to"
        )
    return fallback


def _executed(action: Json, held: Json) -> Json:
    named: Json = {name: action[name] for name in ("type", "id", "title", "verb") if name in action}
    return {**named, "data": _merged(action.get("data"), held)}


def _merged(told: Any, held: Json) -> Any:
    """Return an action's data with what inputs hold; data that is a text stays alone."""
    if told is None or isinstance(told, dict):
        return {**(told or {}), **held}
    return told


def _refreshed(card: Json, conversation: Conversation) -> list[TeamsPerson]:
    """List whose clients refresh a card by themselves: those it names, or all of a small conversation."""
    if "refresh" not in card:
        return []
    named = card["refresh"].get("userIds")
    if named is None:
        return conversation.members if len(conversation.members) <= MOST_REFRESHED else []
    return [one for one in conversation.members if {one.mri, f"8:orgid:{one.aad_id}"} & set(named)]
