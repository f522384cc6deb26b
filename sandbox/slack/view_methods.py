"""``views.*`` of the Web API: stacks of up to three modals, and home tabs."""

from typing import Any, Literal

from sandbox.slack.api_call import ApiCall, ApiMethod, invalid_arguments
from sandbox.slack.block_validation import check_view, is_too_large
from sandbox.slack.model import Json, View
from sandbox.slack.state import SlackState
from sandbox.slack.tokens import ApiError
from sandbox.slack.triggers_and_response_urls import TRIGGER_SECONDS, Trigger
from sandbox.slack.validation_rules import LIMITS


def require_valid_view(view: Any, surface: Literal["modal", "home"]) -> Json:
    """Validate a view and return it. Raises ApiError."""
    if not isinstance(view, dict):
        raise invalid_arguments("[ERROR] missing required field: view [json-pointer:/]")
    if is_too_large(view):
        raise ApiError("view_too_large")
    if problems := check_view(view, surface):
        raise invalid_arguments(*problems)
    return view


def push_view(state: SlackState, user: str, content: Json) -> View:
    """Push a view onto the user's stack of modals. Raises ApiError."""
    stack = state.modal_stacks.get(user) or []
    if not stack:
        raise ApiError("not_found")
    if len(stack) >= LIMITS["view.stack"]:
        raise ApiError("push_limit_reached")
    view = state.new_view(user, content, above=stack[-1])
    stack.append(view)
    state.changes.notify()
    return view


def _open_view(call: ApiCall) -> Json:
    trigger = _find_trigger(call)
    content = _read_view(call, "modal")
    _check_external_id_is_new(call.state, content, trigger.team)
    # Mark the trigger only now: a call that fails does not use it up.
    trigger.is_used = True
    view = call.state.new_view(trigger.user, content)
    call.state.modal_stacks[trigger.user] = [view]
    call.state.changes.notify()
    return {"view": view.as_json()}


def _push_view(call: ApiCall) -> Json:
    trigger = _find_trigger(call)
    content = _read_view(call, "modal")
    _check_external_id_is_new(call.state, content, trigger.team)
    if trigger.view is None or call.state.find_view(trigger.view) is None:
        raise ApiError("not_found")
    view = push_view(call.state, trigger.user, content)
    trigger.is_used = True
    return {"view": view.as_json()}


def _update_view(call: ApiCall) -> Json:
    view = _find_view(call)
    content = _read_view(call, "home" if view.type == "home" else "modal")
    _check_hash(call, view)
    call.state.update_view(view, content)
    return {"view": view.as_json()}


def _publish_home(call: ApiCall) -> Json:
    user = call.state.users.get(call.read_required_text("user_id"))
    if user is None or not call.serves(user.team):
        raise invalid_arguments("[ERROR] invalid `user_id`")
    if not call.state.home_tab_enabled:
        raise ApiError("not_enabled")
    content = _read_view(call, "home")
    view = call.state.home_tabs.get(user.id)
    if view is None:
        view = call.state.home_tabs[user.id] = call.state.new_view(user.id, content)
        call.state.changes.notify()
    else:
        _check_hash(call, view)
        call.state.update_view(view, content)
    return {"view": view.as_json()}


def _read_view(call: ApiCall, surface: Literal["modal", "home"]) -> Json:
    return require_valid_view(call.parse_json("view", "invalid_arguments"), surface)


def _find_trigger(call: ApiCall) -> Trigger:
    trigger = call.state.triggers.get(call.read_required_text("trigger_id"))
    if trigger is None or not call.serves(trigger.team):
        raise ApiError("invalid_trigger_id")
    if trigger.is_used:
        raise ApiError("exchanged_trigger_id")
    if call.state.now() - trigger.issued_at > TRIGGER_SECONDS:
        raise ApiError("expired_trigger_id")
    return trigger


def _find_view(call: ApiCall) -> View:
    view_id, external_id = call.read_text("view_id"), call.read_text("external_id")
    if not view_id and not external_id:
        raise invalid_arguments("[ERROR] one of `view_id` or `external_id` is required")
    view = (
        call.state.find_view(view_id)
        if view_id
        else _find_by_external_id(call.state, external_id, call.token.team)
    )
    if view is None or not call.serves(view.team):
        raise ApiError("not_found")
    return view


def _find_by_external_id(state: SlackState, external_id: str, team: str) -> View | None:
    opened = [view for stack in state.modal_stacks.values() for view in stack] + list(
        state.home_tabs.values()
    )
    return next(
        (one for one in opened if one.team == team and one.content.get("external_id") == external_id), None
    )


def _check_external_id_is_new(state: SlackState, content: Json, team: str) -> None:
    external_id = content.get("external_id")
    if external_id and _find_by_external_id(state, external_id, team) is not None:
        raise ApiError("duplicate_external_id")


def _check_hash(call: ApiCall, view: View) -> None:
    if call.read_text("hash") and call.read_text("hash") != view.hash:
        raise ApiError("hash_conflict")


VIEWS = {
    "views.open": ApiMethod(_open_view),
    "views.push": ApiMethod(_push_view),
    "views.update": ApiMethod(_update_view),
    "views.publish": ApiMethod(_publish_home),
}
