"""Commands as JSON: every one comes back as it was, and anything else is refused."""

import json
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.commands import (
    LAST_PAGE,
    Command,
    Create,
    CreateSeveral,
    History,
    ListOpen,
    PlanSession,
    RemoveRule,
    ReportOutage,
    ShowAuditLog,
    Verb,
    decode_command,
    encode_command,
    name_of,
)
from bot.model.ids import RequestNumber
from bot.model.sanitize import sanitize
from bot.values import field_names

COMMANDS: tuple[type[Command], ...] = get_args(Command)
TAGS = {
    "help",
    "auth",
    "logout",
    "create",
    "create-several",
    "form",
    "show",
    "on",
    "retry",
    "history",
    "see",
    "home",
    "list",
    "status",
    "again",
    "admin",
    "admin-status",
    "admin-integration",
    "admin-widget",
    "admin-grant",
    "admin-admins",
    "admin-audit",
    "admin-connections",
    "admin-reuse",
}
"""Buttons of old messages carry these. A tag may be added, never renamed or removed."""
FIELDS = sorted({field for command in COMMANDS for field in field_names(command)})

printable = st.text().map(sanitize)
st.register_type_strategy(
    History,
    st.builds(
        History, st.none() | st.from_type(RequestNumber), st.integers(1, LAST_PAGE), st.none(), st.none()
    ),
)
st.register_type_strategy(
    ReportOutage,
    st.builds(
        ReportOutage,
        st.sets(
            st.integers(0, 10**18 - 1).map(lambda number: RequestNumber(str(number))), min_size=1, max_size=50
        ).map(tuple),
    ),
)
st.register_type_strategy(
    CreateSeveral,
    st.builds(
        CreateSeveral,
        st.sets(
            st.integers(0, 10**18 - 1).map(lambda number: RequestNumber(str(number))), min_size=2, max_size=10
        ).map(tuple),
    ),
)
st.register_type_strategy(
    PlanSession,
    st.builds(
        PlanSession,
        st.integers(0, 10**18 - 1).map(lambda number: RequestNumber(str(number))),
        more=st.just(()),
    ),
)
st.register_type_strategy(ListOpen, st.builds(ListOpen, st.integers(1, LAST_PAGE)))
st.register_type_strategy(ShowAuditLog, st.builds(ShowAuditLog, st.none() | st.integers(min_value=1)))
st.register_type_strategy(RemoveRule, st.builds(RemoveRule, st.integers(1, LAST_PAGE)))
commands = st.sampled_from(COMMANDS).flatmap(st.from_type)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
near_commands = st.dictionaries(
    st.sampled_from(FIELDS), json_values | st.sampled_from([*Verb, "remote", "home"]), max_size=5
).flatmap(lambda fields: st.sampled_from(sorted(TAGS)).map(lambda tag: {"do": tag, **fields}))
"""Objects that name a command, with some of its fields, and some of others."""


def test_every_tag_that_old_buttons_carry_still_exists() -> None:
    assert {command.tag for command in COMMANDS} >= TAGS


@given(commands)
def test_a_command_comes_back_from_json_with_its_texts_sanitized(command: Command) -> None:
    decoded = decode_command(encode_command(command))
    plain, expected = json.loads(encode_command(decoded)), json.loads(encode_command(command))
    assert type(decoded) is type(command)
    assert plain == {
        name: sanitize(value) if isinstance(value, str) else value for name, value in expected.items()
    }


@given(json_values | near_commands)
def test_any_json_is_a_command_or_is_refused(value: Any) -> None:
    """What is decoded holds every field that was given, and encodes to JSON that decodes to the same command."""
    try:
        command = decode_command(json.dumps(value))
    except ValueError:
        return
    encoded = json.loads(encode_command(command))
    assert {name: encoded[name] for name in value} == {
        name: sanitize(given) if isinstance(given, str) else given for name, given in value.items()
    }
    assert decode_command(encode_command(command)) == command


@pytest.mark.parametrize(
    "encoded",
    [
        "",
        "nul",
        "{}",
        "[]",
        '"help"',
        '[["do", "help"]]',
        '{"do": ["help"]}',
        '{"do": "rm"}',
        '{"do": "create"}',
        '{"do": "create", "number": {"a": 1}, "note": 5}',
        '{"do": "create", "number": 101}',
        '{"do": "create", "number": "1", "kind": "x"}',
        '{"do": "create", "number": "1", "another": "yes"}',
        '{"do": "create", "number": "1", "price": "2"}',
        '{"do": "history", "page": true}',
        '{"do": "history", "page": 0}',
        '{"do": "history", "page": 1000000001}',
        '{"do": "admin-audit", "count": -1}',
        '{"do": "history", "page": 1.5}',
        '{"do": "on", "verb": "delete", "reference": "1"}',
        '{"do": "admin-widget", "on": true, "location": "garden"}',
        "[" * 100_000,
    ],
)
def test_a_changed_button_is_refused(encoded: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  # the JSON parser has its own texts
        decode_command(encoded)


def test_a_missing_field_has_its_default() -> None:
    """A button of an older version does not carry fields that were added since."""
    assert decode_command('{"do":"create","number":"7"}') == Create(RequestNumber("7"))
    assert decode_command('{"do":"history"}') == History()


def test_the_name_for_logs_is_the_verb_or_the_tag() -> None:
    assert name_of(decode_command('{"do":"on","verb":"end","reference":"7"}')) == "end"
    assert name_of(Create(RequestNumber("7"))) == "create"
