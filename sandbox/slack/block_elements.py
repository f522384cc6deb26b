"""Block Kit's composition objects and interactive elements, field by field (Slack's Block Kit reference, 2026-11)."""

from typing import Any

from sandbox.slack.validation_rules import (
    MOST,
    Findings,
    Rule,
    boolean,
    by_type,
    integer,
    listed,
    one_of,
    shape,
    string,
    together,
    url,
    word,
)

_LINKS = ("http", "https", "slack", "mailto", "tel", "msteams")
_MANY = 100


def plain(most: int) -> Rule:
    """Return the rule of a plain text object."""
    return by_type({"plain_text": shape({"text": string(most, least=1)}, {"emoji": boolean})})


def text(most: int) -> Rule:
    """Return the rule of a text object, plain or mrkdwn."""
    return by_type(
        {
            "plain_text": shape({"text": string(most, least=1)}, {"emoji": boolean}),
            "mrkdwn": shape({"text": string(most, least=1)}, {"verbatim": boolean}),
        }
    )


CONFIRM = shape(
    {
        "title": plain(MOST["confirm.title"]),
        "text": text(MOST["confirm.text"]),
        "confirm": plain(MOST["confirm.confirm"]),
        "deny": plain(MOST["confirm.deny"]),
    },
    {"style": word("primary", "danger")},
)
_VALUE = string(MOST["option.value"], least=1)
OPTION = shape(
    {"text": plain(MOST["option.text"]), "value": _VALUE}, {"description": plain(MOST["option.description"])}
)
_MARKED_OPTION = shape(
    {"text": text(MOST["option.text"]), "value": _VALUE}, {"description": text(MOST["option.description"])}
)
_OVERFLOW_OPTION = shape(
    {"text": plain(MOST["option.text"]), "value": _VALUE},
    {"description": plain(MOST["option.description"]), "url": url(MOST["option.url"], *_LINKS)},
)
OPTION_GROUP = shape(
    {"label": plain(MOST["option_group.label"]), "options": listed(OPTION, MOST["option_group.options"])}
)
_NAMED = {"action_id": string(MOST["action_id"], least=1)}
_ASKED = {**_NAMED, "confirm": CONFIRM, "focus_on_load": boolean}
_PICKED = {**_ASKED, "placeholder": plain(MOST["select.placeholder"])}
_TYPED = {
    **_NAMED,
    "placeholder": plain(MOST["select.placeholder"]),
    "focus_on_load": boolean,
    "dispatch_action_config": shape(
        {"trigger_actions_on": listed(word("on_enter_pressed", "on_character_entered"), 2)}
    ),
}
_OPTIONS = {
    "options": listed(OPTION, MOST["select.options"]),
    "option_groups": listed(OPTION_GROUP, MOST["select.option_groups"]),
}
_FILTER = shape(
    {},
    {
        "include": listed(word("im", "mpim", "private", "public"), 4),
        "exclude_external_shared_channels": boolean,
        "exclude_bot_users": boolean,
    },
)
_CONVERSATIONS = {"default_to_current_conversation": boolean, "filter": _FILTER}
_ID = string(least=1)


def _lengths(value: Any, path: str, findings: Findings) -> None:
    if value.get("min_length", 0) > value.get("max_length", MOST["plain_text_input.max_length"]):
        findings.add("min_length must not be greater than max_length", path)


def _offered(value: Any, path: str, findings: Findings) -> None:
    """What is chosen at first must be among what can be chosen."""
    groups = value.get("option_groups") or []
    options = [*(value.get("options") or []), *(one for group in groups for one in group.get("options", []))]
    chosen = [value["initial_option"]] if "initial_option" in value else value.get("initial_options", [])
    for one in chosen:
        if one not in options:
            findings.add("initial option must match one of the options", path)


def _select(more: dict[str, Rule], many: dict[str, Rule]) -> tuple[Rule, Rule]:
    several = {**_PICKED, "max_selected_items": integer(1)}
    return shape({}, {**_PICKED, **more}), shape({}, {**several, **many})


def _static(first: dict[str, Rule]) -> Rule:
    fields = shape({}, {**_PICKED, **_OPTIONS, **first})
    return together(fields, one_of("options", "option_groups"), _offered)


def _boxes(most: int, first: dict[str, Rule]) -> Rule:
    return together(shape({"options": listed(_MARKED_OPTION, most)}, {**_ASKED, **first}), _offered)


_URLS = {"response_url_enabled": boolean}
_users, _many_users = _select({"initial_user": _ID}, {"initial_users": listed(_ID, _MANY)})
_channels, _many_channels = _select(
    {"initial_channel": _ID, **_URLS}, {"initial_channels": listed(_ID, _MANY)}
)
_conversations, _many_conversations = _select(
    {"initial_conversation": _ID, **_URLS, **_CONVERSATIONS},
    {"initial_conversations": listed(_ID, _MANY), **_CONVERSATIONS},
)
_external, _many_external = _select(
    {"initial_option": OPTION, "min_query_length": integer(0)},
    {"initial_options": listed(OPTION, _MANY), "min_query_length": integer(0)},
)
IMAGE_SOURCE = {
    "image_url": url(MOST["image.image_url"]),
    "slack_file": shape({}, {"id": _ID, "url": _ID}),
}
IMAGE = together(
    shape({"alt_text": string(MOST["image.alt_text"], least=1)}, IMAGE_SOURCE),
    one_of("image_url", "slack_file"),
)
BUTTON = shape(
    {"text": plain(MOST["button.text"])},
    {
        **_NAMED,
        "url": url(MOST["button.url"], *_LINKS),
        "value": string(MOST["button.value"], least=1),
        "style": word("primary", "danger"),
        "confirm": CONFIRM,
        "accessibility_label": string(MOST["button.accessibility_label"], least=1),
    },
)
OVERFLOW = shape(
    {"options": listed(_OVERFLOW_OPTION, MOST["overflow.options"])}, {**_NAMED, "confirm": CONFIRM}
)
CHOICES: dict[str, Rule] = {
    "static_select": _static({"initial_option": OPTION}),
    "external_select": _external,
    "users_select": _users,
    "conversations_select": _conversations,
    "channels_select": _channels,
    "multi_static_select": _static(
        {"initial_options": listed(OPTION, _MANY), "max_selected_items": integer(1)}
    ),
    "multi_external_select": _many_external,
    "multi_users_select": _many_users,
    "multi_conversations_select": _many_conversations,
    "multi_channels_select": _many_channels,
    "checkboxes": _boxes(MOST["checkboxes.options"], {"initial_options": listed(_MARKED_OPTION, _MANY)}),
    "radio_buttons": _boxes(MOST["radio_buttons.options"], {"initial_option": _MARKED_OPTION}),
    "datepicker": shape({}, {**_PICKED, "initial_date": string(10, least=10)}),
    "timepicker": shape({}, {**_PICKED, "initial_time": string(5, least=5), "timezone": _ID}),
    "datetimepicker": shape({}, {**_ASKED, "initial_date_time": integer(1_000_000_000, 9_999_999_999)}),
}
_LONGEST = MOST["plain_text_input.max_length"]
TYPED: dict[str, Rule] = {
    "plain_text_input": together(
        shape(
            {},
            {
                **_TYPED,
                "initial_value": string(_LONGEST),
                "multiline": boolean,
                "min_length": integer(0, _LONGEST),
                "max_length": integer(1, _LONGEST),
            },
        ),
        _lengths,
    ),
    "email_text_input": shape({}, {**_TYPED, "initial_value": string()}),
    "url_text_input": shape({}, {**_TYPED, "initial_value": string()}),
    "number_input": shape(
        {"is_decimal_allowed": boolean},
        {**_TYPED, "initial_value": string(), "min_value": string(), "max_value": string()},
    ),
    "file_input": shape(
        {},
        {**_NAMED, "filetypes": listed(_ID, _MANY), "max_files": integer(1, MOST["file_input.max_files"])},
    ),
}
_PRESSED: dict[str, Rule] = {"button": BUTTON, "overflow": OVERFLOW}
IN_ACTIONS = by_type({**_PRESSED, **CHOICES})
IN_SECTION = by_type(
    {**_PRESSED, "image": IMAGE, **{kind: rule for kind, rule in CHOICES.items() if kind != "datetimepicker"}}
)
IN_INPUT = by_type({**TYPED, **CHOICES})
IN_CONTEXT = by_type(
    {
        "image": IMAGE,
        "plain_text": shape({"text": string(MOST["text"], least=1)}, {"emoji": boolean}),
        "mrkdwn": shape({"text": string(MOST["text"], least=1)}, {"verbatim": boolean}),
    }
)
