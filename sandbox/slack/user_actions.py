"""User actions in channels: post, type a command, press an element, use a shortcut."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sandbox.slack import element_state, payloads
from sandbox.slack.base import Reference, SandboxBase, get_replaceable_ts
from sandbox.slack.model import Channel, Ephemeral, Json, Message, Unfurl, View
from sandbox.slack.request_delivery import DeliveryResult
from sandbox.slack.web_api import show_response


class UserActions(SandboxBase):
    """The part of ``SlackSandbox`` for users in channels."""

    slash_command: str

    def post_message(self, user: str, channel: str, text: str, *, thread_ts: str | None = None) -> Message:
        """Post a message as a user."""
        return self.state.add_message(
            self.find_joined_channel(user, channel), user, text, thread_ts=thread_ts
        )

    async def send_command(
        self,
        user: str,
        channel: str,
        text: str,
        *,
        trigger_id: str | None = None,
        command: str | None = None,
    ) -> DeliveryResult:
        """Type a slash command. The same ``trigger_id`` again is a redelivery."""
        joined_channel = self.find_joined_channel(user, channel)
        command_line = command or self.slash_command
        trigger = self.state.new_trigger(user, trigger_id=trigger_id)
        fields = payloads.build_slash_command(
            self.state, user, joined_channel, text, command=command_line, trigger_id=trigger
        )
        result = await self.deliver_and_show(
            user,
            self.delivery.deliver_command(fields),
            lambda response: self._show_command_response(
                user, joined_channel, f"{command_line} {text}".strip(), response, fields["response_url"]
            ),
        )
        if result.error:
            # Slack shows this error to the user alone when the app does not acknowledge the command.
            notice = self.state.add_ephemeral(
                channel, user, f"{command_line} failed with the error “{result.error}”"
            )
            return replace(result, ephemerals=(*result.ephemerals, notice))
        return result

    def _show_command_response(
        self, user: str, channel: Channel, command_line: str, response: DeliveryResult, response_url: str
    ) -> None:
        payload: Json = response.json if isinstance(response.json, dict) else {"text": response.body}
        is_public = payload.get("response_type") == "in_channel"
        if is_public:
            self.state.add_message(channel, user, command_line)
        # An empty response, or one with only a type, acknowledges the command and shows nothing.
        if payload.keys() - {"response_type"} and (response.json or response.body.strip()):
            show_response(self.state, user, channel.id, payload)
            if self.state.replaces_command_answers and not is_public:
                url = self.state.response_urls[response_url.rpartition("/")[2]]
                url.original = self.state.ephemerals[-1].ts

    async def press_element(
        self,
        user: str,
        reference: Reference,
        action_id: str,
        *,
        value: str | None = None,
        selected: Any = None,
        block_id: str | None = None,
        state: Mapping[str, Any] | None = None,
        stale: bool = False,
        trigger_id: str | None = None,
    ) -> DeliveryResult:
        """Press a button, or choose ``selected`` in a menu. ``value`` tells buttons with the same action id apart.

        ``state`` holds the other inputs of the message or view. ``stale`` presses an element that an update has removed,
        as a client that has not redrawn yet can do. The URL of a button is not opened here.
        """
        target = self.find_visible(user, reference, include_removed=stale)
        blocks = _find_last_blocks_with(target, action_id) if stale else target.blocks
        block, element = element_state.find_element(blocks, action_id, value, block_id)
        # Slack sends no action for an input element unless its block asks for it with `dispatch_action`.
        if block["type"] == "input" and not block.get("dispatch_action"):
            raise LookupError(f"{action_id!r} sends no action before its form is submitted")
        suggested = self.suggested_options(user)
        chosen = value if selected is None else selected
        action = element_state.build_action(block, element, chosen, suggested, self.state.new_ts())
        values = dict(state or {})
        if element["type"] != "button":
            values[block["block_id"]] = {**values.get(block["block_id"], {}), action_id: chosen}
        payload = payloads.build_interaction(self.state, "block_actions", user)
        payload |= payloads.build_interaction_context(
            self.state, target, element_state.build_state(blocks, values, suggested)
        )
        payload["actions"] = [action]
        payload |= self._create_interaction_handles(user, target, trigger_id)
        return await self.deliver_and_show(user, self.delivery.deliver_interaction(payload))

    def _create_interaction_handles(
        self, user: str, target: Message | Ephemeral | Unfurl | View, trigger_id: str | None
    ) -> Json:
        if isinstance(target, View):
            return {"trigger_id": self.state.new_trigger(user, target.id, trigger_id)}
        url = self.state.new_response_url(user, target.channel, get_replaceable_ts(target))
        return {"trigger_id": self.state.new_trigger(user, trigger_id=trigger_id), "response_url": url}

    async def use_global_shortcut(self, user: str, callback_id: str) -> DeliveryResult:
        """Use a global shortcut. Its payload has no channel and no response URL."""
        payload = payloads.build_interaction(self.state, "shortcut", user)
        payload |= {"callback_id": callback_id, "action_ts": self.state.new_ts()}
        payload["trigger_id"] = self.state.new_trigger(user)
        return await self.deliver_and_show(user, self.delivery.deliver_interaction(payload))

    async def use_message_shortcut(
        self, user: str, message: Message | tuple[str, str], callback_id: str
    ) -> DeliveryResult:
        """Use a shortcut on a message."""
        target = self.find_visible(user, message)
        if not isinstance(target, Message):
            raise LookupError("message shortcuts need a message that everybody sees")  # noqa: TRY004 - the user has no such shortcut
        channel = self.state.channels[target.channel]
        payload = payloads.build_interaction(self.state, "message_action", user)
        payload |= {
            "callback_id": callback_id,
            "action_ts": self.state.new_ts(),
            "trigger_id": self.state.new_trigger(user),
            "message_ts": target.ts,
            "message": target.as_json(),
            "channel": {"id": channel.id, "name": channel.payload_name},
            "response_url": self.state.new_response_url(user, channel.id),
        }
        return await self.deliver_and_show(user, self.delivery.deliver_interaction(payload))


def _get_past_blocks(target: Message | Ephemeral | Unfurl | View) -> list[list[Json]]:
    return [] if isinstance(target, Unfurl) else [one["blocks"] for one in target.history]


def _find_last_blocks_with(target: Message | Ephemeral | Unfurl | View, action_id: str) -> list[Json]:
    """Return the newest blocks that contain an element with this action id. Raises LookupError."""
    shown: list[list[Json]] = [*_get_past_blocks(target), target.blocks]
    for old in reversed(shown):
        if any(element["action_id"] == action_id for _, element in element_state.iter_elements(old)):
            return old
    raise LookupError(f"no element with the action id {action_id!r} was ever shown here")
