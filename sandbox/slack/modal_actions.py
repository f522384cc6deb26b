"""What people do in modals: submit, close, and look for options."""

from collections.abc import Mapping
from typing import Any

from sandbox.slack import element_state, payloads
from sandbox.slack.base import Reference, SandboxBase
from sandbox.slack.block_elements import OPTION, OPTION_GROUP
from sandbox.slack.model import Json, View
from sandbox.slack.request_delivery import DeliveryResult
from sandbox.slack.tokens import ApiError
from sandbox.slack.validation_rules import MOST, Findings, listed
from sandbox.slack.view_methods import push_view, refuse_bad_view


class ModalActions(SandboxBase):
    """People with a modal open."""

    def modal(self, user: str) -> View | None:
        """Return the modal that a person sees, the topmost of its stack."""
        stack = self.world.stacks.get(user)
        return stack[-1] if stack else None

    async def submit(self, user: str, view_id: str, values: Mapping[str, Any]) -> DeliveryResult:
        """Fill a modal in, by action id or block id, and submit it.

        Raises ValueError where Slack's own client would not submit, LookupError where no input has that name.
        """
        view = self._open_modal(user, view_id)
        if unknown := element_state.unknown_names(view.blocks, values):
            raise LookupError(f"no input is named {sorted(unknown)}")
        state = element_state.state_of(view.blocks, values, self.suggestions(user))
        if wrong := element_state.complaints(view.blocks, state):
            raise ValueError("; ".join(wrong))
        payload = payloads.interaction(self.world, "view_submission", user)
        payload |= {
            "trigger_id": self.world.new_trigger(user, view.id),
            "view": view.as_json(state),
            "response_urls": self._response_urls(user, view, state),
        }
        return await self.witnessed(
            user, self.delivery.interaction(payload), lambda answer: self._show(view, answer)
        )

    async def close(self, user: str, view_id: str, *, everything: bool = False) -> DeliveryResult | None:
        """Close a modal, or with its cross everything under it. The bot is told where it asked to be."""
        view = self._open_modal(user, view_id)
        self._take_away(view, everything=everything or bool(view.content.get("clear_on_close")))
        if not view.content.get("notify_on_close"):
            return None
        payload = payloads.interaction(self.world, "view_closed", user)
        payload |= {"view": view.as_json(), "is_cleared": everything}
        return await self.witnessed(user, self.delivery.interaction(payload))

    async def options(
        self, user: str, action_id: str, block_id: str | None, value: str, *, at: Reference | None = None
    ) -> DeliveryResult:
        """Type into a menu whose options the bot suggests: in ``at``, or else in the open modal."""
        place = at or self.modal(user)
        if place is None:
            raise LookupError(f"{user} has no modal open")
        seen = self.on_screen(user, place)
        block, element = element_state.find_element(seen.blocks, action_id, None, block_id)
        if "external" not in element["type"]:
            raise LookupError(f"{action_id!r} has its options in itself")
        state = element_state.state_of(seen.blocks, {}, self.suggestions(user))
        payload = payloads.interaction(self.world, "block_suggestion", user)
        payload |= payloads.surroundings(self.world, seen, state)
        payload |= {"action_id": action_id, "block_id": block["block_id"], "value": value}
        return await self.witnessed(
            user,
            self.delivery.interaction(payload),
            lambda answer: self._suggest(user, action_id, answer.json),
        )

    def _open_modal(self, user: str, view_id: str) -> View:
        view = self.modal(user)
        if view is None or view.id != view_id:
            raise LookupError(f"{user} does not see the modal {view_id}")
        return view

    def _response_urls(self, user: str, view: View, state: Json) -> list[Json]:
        urls = []
        for block, element in element_state.pressable(view.blocks):
            chosen = state.get(block["block_id"], {}).get(element["action_id"], {})
            channel = chosen.get("selected_conversation") or chosen.get("selected_channel")
            if element.get("response_url_enabled") and channel:
                url = self.world.new_response_url(user, channel)
                named = {"block_id": block["block_id"], "action_id": element["action_id"]}
                urls.append({**named, "channel_id": channel, "response_url": url})
        return urls

    def _show(self, view: View, outcome: DeliveryResult) -> None:
        """Do what the answer to a submission says. Raises ApiError where Slack could not."""
        if not outcome.body.strip():
            self._take_away(view)
            return
        answer = outcome.json if isinstance(outcome.json, dict) else {}
        match answer.get("response_action"):
            case "errors":
                view.errors = _errors(view, answer.get("errors"))
                self.world.changes.touch()
            case "update":
                self.world.redraw(view, refuse_bad_view(answer.get("view"), "modal"))
            case "push":
                push_view(self.world, view.user, refuse_bad_view(answer.get("view"), "modal"))
            case "clear":
                self._take_away(view, everything=True)
            case other:
                raise ApiError("invalid_response_action", given=other)

    def _take_away(self, view: View, *, everything: bool = False) -> None:
        stack = self.world.stacks.get(view.user, [])
        if everything:
            stack.clear()
        elif view in stack:
            stack.remove(view)
        self.world.changes.touch()

    def _suggest(self, user: str, action_id: str, answer: Any) -> None:
        given = answer if isinstance(answer, dict) else {}
        findings = Findings()
        if "option_groups" in given:
            listed(OPTION_GROUP, MOST["select.option_groups"], least=0)(
                given["option_groups"], "/option_groups", findings
            )
        else:
            listed(OPTION, MOST["select.options"], least=0)(given.get("options"), "/options", findings)
        if findings.messages:
            raise ApiError("invalid_options", messages=findings.messages)
        groups = [given, *given.get("option_groups", [])]
        self.suggested[user, action_id] = [one for group in groups for one in group.get("options", [])]


def _errors(view: View, errors: Any) -> dict[str, str]:
    """Check that each error names an input block. Raises ApiError."""
    inputs_there = {block["block_id"] for block in view.blocks if block["type"] == "input"}
    if not isinstance(errors, dict) or not errors or errors.keys() - inputs_there:
        raise ApiError("invalid_errors", known=sorted(inputs_there))
    return {name: str(text) for name, text in errors.items()}
