"""User actions in modals: submit, close, and search the options of a menu."""

from collections.abc import Mapping
from typing import Any

from sandbox.slack import element_state, payloads
from sandbox.slack.base import Reference, SandboxBase
from sandbox.slack.block_elements import OPTION, OPTION_GROUP
from sandbox.slack.model import Json, View
from sandbox.slack.request_delivery import DeliveryResult
from sandbox.slack.tokens import ApiError
from sandbox.slack.validation_rules import LIMITS, Findings, array_of
from sandbox.slack.view_methods import push_view, require_valid_view


class ModalActions(SandboxBase):
    """The part of ``SlackSandbox`` for users who have a modal open."""

    def current_modal(self, user: str) -> View | None:
        """Return the top modal of the user's stack."""
        stack = self.state.modal_stacks.get(user)
        return stack[-1] if stack else None

    async def submit_modal(self, user: str, view_id: str, values: Mapping[str, Any]) -> DeliveryResult:
        """Fill in a modal, by action id or block id, and submit it.

        Raises ValueError if Slack's client would not submit the form, LookupError if no input has a given name.
        """
        view = self._require_open_modal(user, view_id)
        if unmatched := element_state.find_unknown_names(view.blocks, values):
            raise LookupError(f"no input is named {sorted(unmatched)}")
        state = element_state.build_state(view.blocks, values, self.suggested_options(user))
        if invalid := element_state.find_invalid_inputs(view.blocks, state):
            raise ValueError("; ".join(invalid))
        payload = payloads.build_interaction(self.state, "view_submission", user)
        payload |= {
            "trigger_id": self.state.new_trigger(user, view.id),
            "view": view.as_json(state),
            "response_urls": self._create_response_urls(user, view, state),
        }
        return await self.deliver_and_show(
            user,
            self.delivery.deliver_interaction(payload),
            lambda response: self._apply_submission_response(view, response),
        )

    async def close_modal(self, user: str, view_id: str, *, close_all: bool = False) -> DeliveryResult | None:
        """Close a modal, or with ``close_all`` the whole stack. Notify the bot if the view has ``notify_on_close``."""
        view = self._require_open_modal(user, view_id)
        self._close_views(view, close_all=close_all or bool(view.content.get("clear_on_close")))
        if not view.content.get("notify_on_close"):
            return None
        payload = payloads.build_interaction(self.state, "view_closed", user)
        payload |= {"view": view.as_json(), "is_cleared": close_all}
        return await self.deliver_and_show(user, self.delivery.deliver_interaction(payload))

    async def search_options(
        self, user: str, action_id: str, block_id: str | None, value: str, *, at: Reference | None = None
    ) -> DeliveryResult:
        """Type into a menu whose options the bot suggests: in ``at``, or else in the open modal."""
        reference = at or self.current_modal(user)
        if reference is None:
            raise LookupError(f"{user} has no modal open")
        target = self.find_visible(user, reference)
        block, element = element_state.find_element(target.blocks, action_id, None, block_id)
        if "external" not in element["type"]:
            raise LookupError(f"the options of {action_id!r} are static")
        state = element_state.build_state(target.blocks, {}, self.suggested_options(user))
        payload = payloads.build_interaction(self.state, "block_suggestion", user)
        payload |= payloads.build_interaction_context(self.state, target, state)
        payload |= {"action_id": action_id, "block_id": block["block_id"], "value": value}
        return await self.deliver_and_show(
            user,
            self.delivery.deliver_interaction(payload),
            lambda response: self._store_suggestions(user, action_id, response.json),
        )

    def _require_open_modal(self, user: str, view_id: str) -> View:
        view = self.current_modal(user)
        if view is None or view.id != view_id:
            raise LookupError(f"{user} does not see the modal {view_id}")
        return view

    def _create_response_urls(self, user: str, view: View, state: Json) -> list[Json]:
        urls = []
        for block, element in element_state.iter_elements(view.blocks):
            chosen = state.get(block["block_id"], {}).get(element["action_id"], {})
            channel = chosen.get("selected_conversation") or chosen.get("selected_channel")
            if element.get("response_url_enabled") and channel:
                url = self.state.new_response_url(user, channel)
                named = {"block_id": block["block_id"], "action_id": element["action_id"]}
                urls.append({**named, "channel_id": channel, "response_url": url})
        return urls

    def _apply_submission_response(self, view: View, result: DeliveryResult) -> None:
        """Apply the ``response_action`` of a submission. Raises ApiError if it is invalid."""
        # An empty response closes the modal.
        if not result.body.strip():
            self._close_views(view)
            return
        response = result.json if isinstance(result.json, dict) else {}
        match response.get("response_action"):
            case "errors":
                view.errors = _check_errors(view, response.get("errors"))
                self.state.changes.notify()
            case "update":
                self.state.update_view(view, require_valid_view(response.get("view"), "modal"))
            case "push":
                push_view(self.state, view.user, require_valid_view(response.get("view"), "modal"))
            case "clear":
                self._close_views(view, close_all=True)
            case other:
                raise ApiError("invalid_response_action", given=other)

    def _close_views(self, view: View, *, close_all: bool = False) -> None:
        stack = self.state.modal_stacks.get(view.user, [])
        if close_all:
            stack.clear()
        elif view in stack:
            stack.remove(view)
        self.state.changes.notify()

    def _store_suggestions(self, user: str, action_id: str, response: object) -> None:
        content = response if isinstance(response, dict) else {}
        findings = Findings()
        if "option_groups" in content:
            array_of(OPTION_GROUP, LIMITS["select.option_groups"], minimum=0)(
                content["option_groups"], "/option_groups", findings
            )
        else:
            array_of(OPTION, LIMITS["select.options"], minimum=0)(
                content.get("options"), "/options", findings
            )
        if findings.messages:
            raise ApiError("invalid_options", messages=findings.messages)
        groups = [content, *content.get("option_groups", [])]
        self.suggested[user, action_id] = [one for group in groups for one in group.get("options", [])]


def _check_errors(view: View, errors: object) -> dict[str, str]:
    """Check that each error names an input block. Raises ApiError."""
    input_block_ids = {block["block_id"] for block in view.blocks if block["type"] == "input"}
    if not isinstance(errors, dict) or not errors or errors.keys() - input_block_ids:
        raise ApiError("invalid_errors", known=sorted(input_block_ids))
    return {name: str(text) for name, text in errors.items()}
