"""What people do in channels: type a command, press, choose, take a shortcut."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sandbox.slack import element_state, payloads
from sandbox.slack.base import Reference, SandboxBase, response_to
from sandbox.slack.model import Channel, Ephemeral, Json, Message, Unfurl, View
from sandbox.slack.request_delivery import DeliveryResult
from sandbox.slack.web_api import say_back


class UserActions(SandboxBase):
    """People in channels."""

    slash_command: str

    def say(self, user: str, channel: str, text: str, *, thread_ts: str | None = None) -> Message:
        """Let a person post a message."""
        return self.world.post(self.channel_of(user, channel), user, text, thread_ts=thread_ts)

    async def command(
        self,
        user: str,
        channel: str,
        text: str,
        *,
        trigger_id: str | None = None,
        command: str | None = None,
    ) -> DeliveryResult:
        """Type a slash command. The same ``trigger_id`` again is a redelivery."""
        place = self.channel_of(user, channel)
        typed = command or self.slash_command
        trigger = self.world.new_trigger(user, trigger_id=trigger_id)
        fields = payloads.slash_command(self.world, user, place, text, command=typed, trigger_id=trigger)
        outcome = await self.witnessed(
            user,
            self.delivery.command(fields),
            lambda answer: self._show_answer(user, place, f"{typed} {text}".strip(), answer),
        )
        if outcome.trouble:
            told = self.world.whisper(channel, user, f"{typed} failed with the error “{outcome.trouble}”")
            return replace(outcome, ephemerals=(*outcome.ephemerals, told))
        return outcome

    def _show_answer(self, user: str, channel: Channel, typed: str, answer: DeliveryResult) -> None:
        payload: Json = answer.json if isinstance(answer.json, dict) else {"text": answer.body}
        is_public = payload.get("response_type") == "in_channel"
        if is_public:
            self.world.post(channel, user, typed)
        if payload.keys() - {"response_type"} and (answer.json or answer.body.strip()):
            say_back(self.world, user, channel.id, payload)

    async def press(
        self,
        user: str,
        target: Reference,
        action_id: str,
        *,
        value: str | None = None,
        selected: Any = None,
        block_id: str | None = None,
        state: Mapping[str, Any] | None = None,
        stale: bool = False,
        trigger_id: str | None = None,
    ) -> DeliveryResult:
        """Press a button (told from others of its id by ``value``), or choose ``selected`` in a menu.

        ``state`` is what else was typed and chosen there; ``stale`` presses what an update has taken away,
        as a client that has not yet drawn it would. A button's address is not opened here.
        """
        seen = self.on_screen(user, target, even_gone=stale)
        blocks = _old_blocks(seen, action_id) if stale else seen.blocks
        block, element = element_state.find_element(blocks, action_id, value, block_id)
        if block["type"] == "input" and not block.get("dispatch_action"):
            raise LookupError(f"{action_id!r} says nothing before its form is submitted")
        suggested = self.suggestions(user)
        chosen = value if selected is None else selected
        action = element_state.action_of(block, element, chosen, suggested, self.world.new_ts())
        given = dict(state or {})
        if element["type"] != "button":
            given[block["block_id"]] = {**given.get(block["block_id"], {}), action_id: chosen}
        payload = payloads.interaction(self.world, "block_actions", user)
        payload |= payloads.surroundings(self.world, seen, element_state.state_of(blocks, given, suggested))
        payload["actions"] = [action]
        payload |= self._passes(user, seen, trigger_id)
        return await self.witnessed(user, self.delivery.interaction(payload))

    def _passes(self, user: str, seen: Message | Ephemeral | Unfurl | View, trigger_id: str | None) -> Json:
        if isinstance(seen, View):
            return {"trigger_id": self.world.new_trigger(user, seen.id, trigger_id)}
        url = self.world.new_response_url(user, seen.channel, response_to(seen))
        return {"trigger_id": self.world.new_trigger(user, trigger_id=trigger_id), "response_url": url}

    async def shortcut(self, user: str, callback_id: str) -> DeliveryResult:
        """Take a global shortcut: it knows no channel, and gets no address for answers."""
        payload = payloads.interaction(self.world, "shortcut", user)
        payload |= {"callback_id": callback_id, "action_ts": self.world.new_ts()}
        payload["trigger_id"] = self.world.new_trigger(user)
        return await self.witnessed(user, self.delivery.interaction(payload))

    async def message_shortcut(
        self, user: str, message: Message | tuple[str, str], callback_id: str
    ) -> DeliveryResult:
        """Take a shortcut on a message."""
        seen = self.on_screen(user, message)
        if not isinstance(seen, Message):
            raise LookupError("shortcuts are taken on messages that everybody sees")  # noqa: TRY004 - it is not there
        channel = self.world.channels[seen.channel]
        payload = payloads.interaction(self.world, "message_action", user)
        payload |= {
            "callback_id": callback_id,
            "action_ts": self.world.new_ts(),
            "trigger_id": self.world.new_trigger(user),
            "message_ts": seen.ts,
            "message": seen.as_json(),
            "channel": {"id": channel.id, "name": channel.payload_name},
            "response_url": self.world.new_response_url(user, channel.id),
        }
        return await self.witnessed(user, self.delivery.interaction(payload))


def _past(seen: Message | Ephemeral | Unfurl | View) -> list[list[Json]]:
    return [] if isinstance(seen, Unfurl) else [one["blocks"] for one in seen.history]


def _old_blocks(seen: Message | Ephemeral | Unfurl | View, action_id: str) -> list[Json]:
    """Return what it showed when there last was something of that action id."""
    shown: list[list[Json]] = [*_past(seen), seen.blocks]
    for old in reversed(shown):
        if any(element["action_id"] == action_id for _, element in element_state.pressable(old)):
            return old
    raise LookupError(f"there never was anything to press as {action_id!r} here")
