"""``views.*`` of the Web API: modals, at most three on top of each other, and home tabs."""

from typing import Any, Literal

from sandbox.slack.api_call import ApiCall, ApiMethod, invalid_arguments
from sandbox.slack.block_validation import check_view, is_too_large
from sandbox.slack.model import Json, View
from sandbox.slack.state import SlackState
from sandbox.slack.tokens import ApiError
from sandbox.slack.triggers_and_response_urls import TRIGGER_SECONDS, Trigger
from sandbox.slack.validation_rules import MOST


def refuse_bad_view(view: Any, surface: Literal["modal", "home"]) -> Json:
    """Check a view and return it. Raises ApiError."""
    if not isinstance(view, dict):
        raise invalid_arguments("[ERROR] missing required field: view [json-pointer:/]")
    if is_too_large(view):
        raise ApiError("view_too_large")
    if problems := check_view(view, surface):
        raise invalid_arguments(*problems)
    return view


def push_view(world: SlackState, user: str, content: Json) -> View:
    """Lay a view on a person's open modal. Raises ApiError."""
    stack = world.stacks.get(user) or []
    if not stack:
        raise ApiError("not_found")
    if len(stack) >= MOST["view.stack"]:
        raise ApiError("push_limit_reached")
    view = world.new_view(user, content, above=stack[-1])
    stack.append(view)
    world.changes.touch()
    return view


def _open(call: ApiCall) -> Json:
    trigger = _trigger(call)
    content = _content(call, "modal")
    _refuse_known_external_id(call.world, content, trigger.team)
    trigger.is_used = True
    view = call.world.new_view(trigger.user, content)
    call.world.stacks[trigger.user] = [view]
    call.world.changes.touch()
    return {"view": view.as_json()}


def _push(call: ApiCall) -> Json:
    trigger = _trigger(call)
    content = _content(call, "modal")
    _refuse_known_external_id(call.world, content, trigger.team)
    if trigger.view is None or call.world.view(trigger.view) is None:
        raise ApiError("not_found")
    view = push_view(call.world, trigger.user, content)
    trigger.is_used = True
    return {"view": view.as_json()}


def _update(call: ApiCall) -> Json:
    view = _known(call)
    content = _content(call, "home" if view.type == "home" else "modal")
    _refuse_other_hash(call, view)
    call.world.redraw(view, content)
    return {"view": view.as_json()}


def _publish(call: ApiCall) -> Json:
    user = call.world.users.get(call.needed("user_id"))
    if user is None or user.team != call.token.team:
        raise invalid_arguments("[ERROR] invalid `user_id`")
    if not call.world.home_tab_enabled:
        raise ApiError("not_enabled")
    content = _content(call, "home")
    view = call.world.homes.get(user.id)
    if view is None:
        view = call.world.homes[user.id] = call.world.new_view(user.id, content)
        call.world.changes.touch()
    else:
        _refuse_other_hash(call, view)
        call.world.redraw(view, content)
    return {"view": view.as_json()}


def _content(call: ApiCall, surface: Literal["modal", "home"]) -> Json:
    return refuse_bad_view(call.parsed("view", "invalid_arguments"), surface)


def _trigger(call: ApiCall) -> Trigger:
    trigger = call.world.triggers.get(call.needed("trigger_id"))
    if trigger is None or trigger.team != call.token.team:
        raise ApiError("invalid_trigger_id")
    if trigger.is_used:
        raise ApiError("exchanged_trigger_id")
    if call.world.now() - trigger.issued_at > TRIGGER_SECONDS:
        raise ApiError("expired_trigger_id")
    return trigger


def _known(call: ApiCall) -> View:
    view_id, external_id = call.text("view_id"), call.text("external_id")
    if not view_id and not external_id:
        raise invalid_arguments("[ERROR] one of `view_id` or `external_id` is required")
    view = call.world.view(view_id) if view_id else _by_external_id(call.world, external_id, call.token.team)
    if view is None or view.team != call.token.team:
        raise ApiError("not_found")
    return view


def _by_external_id(world: SlackState, external_id: str, team: str) -> View | None:
    opened = [view for stack in world.stacks.values() for view in stack] + list(world.homes.values())
    return next(
        (one for one in opened if one.team == team and one.content.get("external_id") == external_id), None
    )


def _refuse_known_external_id(world: SlackState, content: Json, team: str) -> None:
    external_id = content.get("external_id")
    if external_id and _by_external_id(world, external_id, team) is not None:
        raise ApiError("duplicate_external_id")


def _refuse_other_hash(call: ApiCall, view: View) -> None:
    if call.text("hash") and call.text("hash") != view.hash:
        raise ApiError("hash_conflict")


VIEWS = {
    "views.open": ApiMethod(_open),
    "views.push": ApiMethod(_push),
    "views.update": ApiMethod(_update),
    "views.publish": ApiMethod(_publish),
}
