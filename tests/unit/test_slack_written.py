"""Commands that are written to the bot in Slack, as messages."""

from typing import Any

import pytest

from adapters.slack.threads import split_thread, with_thread
from adapters.slack.written import is_written_command, read_written_text

MESSAGE: dict[str, Any] = {
    "type": "message",
    "channel_type": "im",
    "channel": "D1",
    "user": "U1",
    "text": "list",
}
MENTION: dict[str, Any] = {"type": "app_mention", "channel": "C1", "user": "U1", "text": "<@UB> list"}


@pytest.mark.parametrize(
    "text",
    [
        "create 123",
        "tv create 123",
        "/tv create 123",
        "TV: create 123",
        "`/tv create 123`",
        "<@UB> create 123",
        "<@UB|tvbot>, /tv create 123",
        "<@U2> <@UB> create 123",
        "  create\u2060 123 ",
    ],
)
def test_command_is_read_however_the_bot_is_addressed(text: str) -> None:
    assert " ".join(read_written_text(text, "/tv", "UB").split()) == "create 123"


def test_word_that_only_begins_like_the_slash_command_stays() -> None:
    assert read_written_text("tvs are broken", "/tv", "UB") == "tvs are broken"


@pytest.mark.parametrize("event", [MESSAGE, MENTION, MESSAGE | {"subtype": "file_share"}])
def test_new_message_of_a_person_is_a_command(event: dict[str, Any]) -> None:
    assert is_written_command(event)


@pytest.mark.parametrize(
    "event",
    [
        MESSAGE | {"bot_id": "B1"},
        MESSAGE | {"subtype": "message_changed"},
        MESSAGE | {"subtype": "bot_message"},
        MESSAGE | {"edited": {"user": "U1"}},
        MESSAGE | {"user": ""},
        MESSAGE | {"channel": "C1", "channel_type": "channel"},
        MENTION | {"bot_id": "B1"},
        MENTION | {"channel": "D1"},
    ],
    ids=["app", "edit", "old app", "edited", "nobody", "channel", "app mentions", "mention in own chat"],
)
def test_anything_else_is_ignored(event: dict[str, Any]) -> None:
    assert not is_written_command(event)


def test_place_names_the_channel_and_the_thread() -> None:
    assert split_thread(with_thread("C1", "1.0")) == ("C1", "1.0")
    assert split_thread(with_thread("C1", "")) == ("C1", "")
    assert split_thread("C1;discussion=1.0") == ("C1", "1.0"), "as an earlier version stored it"
