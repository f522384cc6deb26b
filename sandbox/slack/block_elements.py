"""Validation rules for composition objects and interactive elements (Slack's Block Kit reference, 2026-11)."""

from typing import Any

from sandbox.slack.validation_rules import (
    LIMITS,
    Findings,
    Rule,
    all_of,
    array_of,
    boolean,
    exactly_one_of,
    integer,
    object_by_type,
    object_with,
    one_of_values,
    string,
    url,
)

# Buttons may open other apps, so more schemes than http are valid there.
_LINKS = ("http", "https", "slack", "mailto", "tel", "msteams")
# Slack documents no maximum for these lists. This one only bounds the work of a check.
_MAX_ITEMS = 100


def plain_text_object(maximum: int) -> Rule:
    """Return the rule for a plain text object."""
    return object_by_type(
        {"plain_text": object_with({"text": string(maximum, minimum=1)}, {"emoji": boolean})}
    )


def text_object(maximum: int) -> Rule:
    """Return the rule for a text object, plain or mrkdwn."""
    return object_by_type(
        {
            "plain_text": object_with({"text": string(maximum, minimum=1)}, {"emoji": boolean}),
            "mrkdwn": object_with({"text": string(maximum, minimum=1)}, {"verbatim": boolean}),
        }
    )


CONFIRM = object_with(
    {
        "title": plain_text_object(LIMITS["confirm.title"]),
        "text": text_object(LIMITS["confirm.text"]),
        "confirm": plain_text_object(LIMITS["confirm.confirm"]),
        "deny": plain_text_object(LIMITS["confirm.deny"]),
    },
    {"style": one_of_values("primary", "danger")},
)
_VALUE = string(LIMITS["option.value"], minimum=1)
OPTION = object_with(
    {"text": plain_text_object(LIMITS["option.text"]), "value": _VALUE},
    {"description": plain_text_object(LIMITS["option.description"])},
)
# Only checkboxes and radio buttons may format their options.
_MARKDOWN_OPTION = object_with(
    {"text": text_object(LIMITS["option.text"]), "value": _VALUE},
    {"description": text_object(LIMITS["option.description"])},
)
# Only overflow options may open a URL.
_OVERFLOW_OPTION = object_with(
    {"text": plain_text_object(LIMITS["option.text"]), "value": _VALUE},
    {
        "description": plain_text_object(LIMITS["option.description"]),
        "url": url(LIMITS["option.url"], *_LINKS),
    },
)
OPTION_GROUP = object_with(
    {
        "label": plain_text_object(LIMITS["option_group.label"]),
        "options": array_of(OPTION, LIMITS["option_group.options"]),
    }
)
_WITH_ACTION_ID = {"action_id": string(LIMITS["action_id"], minimum=1)}
_CONFIRMABLE = {**_WITH_ACTION_ID, "confirm": CONFIRM, "focus_on_load": boolean}
_MENU = {**_CONFIRMABLE, "placeholder": plain_text_object(LIMITS["select.placeholder"])}
_TEXT_INPUT = {
    **_WITH_ACTION_ID,
    "placeholder": plain_text_object(LIMITS["select.placeholder"]),
    "focus_on_load": boolean,
    "dispatch_action_config": object_with(
        {"trigger_actions_on": array_of(one_of_values("on_enter_pressed", "on_character_entered"), 2)}
    ),
}
_STATIC_OPTIONS = {
    "options": array_of(OPTION, LIMITS["select.options"]),
    "option_groups": array_of(OPTION_GROUP, LIMITS["select.option_groups"]),
}
_FILTER = object_with(
    {},
    {
        "include": array_of(one_of_values("im", "mpim", "private", "public"), 4),
        "exclude_external_shared_channels": boolean,
        "exclude_bot_users": boolean,
    },
)
_CONVERSATION_OPTIONS = {"default_to_current_conversation": boolean, "filter": _FILTER}
_ID = string(minimum=1)


def _check_lengths(value: Any, path: str, findings: Findings) -> None:
    if value.get("min_length", 0) > value.get("max_length", LIMITS["plain_text_input.max_length"]):
        findings.add("min_length must not be greater than max_length", path)


def _check_initial_options(value: Any, path: str, findings: Findings) -> None:
    """Check that each initial option is one of the options."""
    groups = value.get("option_groups") or []
    options = [*(value.get("options") or []), *(one for group in groups for one in group.get("options", []))]
    chosen = [value["initial_option"]] if "initial_option" in value else value.get("initial_options", [])
    for one in chosen:
        if one not in options:
            findings.add("initial option must match one of the options", path)


def _build_select_rules(more: dict[str, Rule], many: dict[str, Rule]) -> tuple[Rule, Rule]:
    several = {**_MENU, "max_selected_items": integer(1)}
    return object_with({}, {**_MENU, **more}), object_with({}, {**several, **many})


def _build_static_select_rule(first: dict[str, Rule]) -> Rule:
    fields = object_with({}, {**_MENU, **_STATIC_OPTIONS, **first})
    return all_of(fields, exactly_one_of("options", "option_groups"), _check_initial_options)


def _build_checkbox_rule(maximum: int, first: dict[str, Rule]) -> Rule:
    return all_of(
        object_with({"options": array_of(_MARKDOWN_OPTION, maximum)}, {**_CONFIRMABLE, **first}),
        _check_initial_options,
    )


_RESPONSE_URL_OPTION = {"response_url_enabled": boolean}
_users, _many_users = _build_select_rules({"initial_user": _ID}, {"initial_users": array_of(_ID, _MAX_ITEMS)})
_channels, _many_channels = _build_select_rules(
    {"initial_channel": _ID, **_RESPONSE_URL_OPTION}, {"initial_channels": array_of(_ID, _MAX_ITEMS)}
)
_conversations, _many_conversations = _build_select_rules(
    {"initial_conversation": _ID, **_RESPONSE_URL_OPTION, **_CONVERSATION_OPTIONS},
    {"initial_conversations": array_of(_ID, _MAX_ITEMS), **_CONVERSATION_OPTIONS},
)
_external, _many_external = _build_select_rules(
    {"initial_option": OPTION, "min_query_length": integer(0)},
    {"initial_options": array_of(OPTION, _MAX_ITEMS), "min_query_length": integer(0)},
)
IMAGE_SOURCE = {
    "image_url": url(LIMITS["image.image_url"]),
    "slack_file": object_with({}, {"id": _ID, "url": _ID}),
}
IMAGE = all_of(
    object_with({"alt_text": string(LIMITS["image.alt_text"], minimum=1)}, IMAGE_SOURCE),
    exactly_one_of("image_url", "slack_file"),
)
BUTTON = object_with(
    {"text": plain_text_object(LIMITS["button.text"])},
    {
        **_WITH_ACTION_ID,
        "url": url(LIMITS["button.url"], *_LINKS),
        "value": string(LIMITS["button.value"], minimum=1),
        "style": one_of_values("primary", "danger"),
        "confirm": CONFIRM,
        "accessibility_label": string(LIMITS["button.accessibility_label"], minimum=1),
    },
)
OVERFLOW = object_with(
    {"options": array_of(_OVERFLOW_OPTION, LIMITS["overflow.options"])},
    {**_WITH_ACTION_ID, "confirm": CONFIRM},
)
MENUS: dict[str, Rule] = {
    "static_select": _build_static_select_rule({"initial_option": OPTION}),
    "external_select": _external,
    "users_select": _users,
    "conversations_select": _conversations,
    "channels_select": _channels,
    "multi_static_select": _build_static_select_rule(
        {"initial_options": array_of(OPTION, _MAX_ITEMS), "max_selected_items": integer(1)}
    ),
    "multi_external_select": _many_external,
    "multi_users_select": _many_users,
    "multi_conversations_select": _many_conversations,
    "multi_channels_select": _many_channels,
    "checkboxes": _build_checkbox_rule(
        LIMITS["checkboxes.options"], {"initial_options": array_of(_MARKDOWN_OPTION, _MAX_ITEMS)}
    ),
    "radio_buttons": _build_checkbox_rule(
        LIMITS["radio_buttons.options"], {"initial_option": _MARKDOWN_OPTION}
    ),
    "datepicker": object_with({}, {**_MENU, "initial_date": string(10, minimum=10)}),
    "timepicker": object_with({}, {**_MENU, "initial_time": string(5, minimum=5), "timezone": _ID}),
    "datetimepicker": object_with(
        {}, {**_CONFIRMABLE, "initial_date_time": integer(1_000_000_000, 9_999_999_999)}
    ),
}
_MAX_TEXT = LIMITS["plain_text_input.max_length"]
TEXT_INPUTS: dict[str, Rule] = {
    "plain_text_input": all_of(
        object_with(
            {},
            {
                **_TEXT_INPUT,
                "initial_value": string(_MAX_TEXT),
                "multiline": boolean,
                "min_length": integer(0, _MAX_TEXT),
                "max_length": integer(1, _MAX_TEXT),
            },
        ),
        _check_lengths,
    ),
    "email_text_input": object_with({}, {**_TEXT_INPUT, "initial_value": string()}),
    "url_text_input": object_with({}, {**_TEXT_INPUT, "initial_value": string()}),
    "number_input": object_with(
        {"is_decimal_allowed": boolean},
        {**_TEXT_INPUT, "initial_value": string(), "min_value": string(), "max_value": string()},
    ),
    "file_input": object_with(
        {},
        {
            **_WITH_ACTION_ID,
            "filetypes": array_of(_ID, _MAX_ITEMS),
            "max_files": integer(1, LIMITS["file_input.max_files"]),
        },
    ),
}
_BUTTONS: dict[str, Rule] = {"button": BUTTON, "overflow": OVERFLOW}
IN_ACTIONS = object_by_type({**_BUTTONS, **MENUS})
# Slack accepts a date and time picker in actions and inputs, but not as an accessory.
IN_SECTION = object_by_type(
    {**_BUTTONS, "image": IMAGE, **{kind: rule for kind, rule in MENUS.items() if kind != "datetimepicker"}}
)
IN_INPUT = object_by_type({**TEXT_INPUTS, **MENUS})
IN_CONTEXT = object_by_type(
    {
        "image": IMAGE,
        "plain_text": object_with({"text": string(LIMITS["text"], minimum=1)}, {"emoji": boolean}),
        "mrkdwn": object_with({"text": string(LIMITS["text"], minimum=1)}, {"verbatim": boolean}),
    }
)
