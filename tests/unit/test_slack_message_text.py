"""What a message says on which somebody called a shortcut: its text, its attachments and its blocks."""

from collections.abc import Mapping
from typing import Any

import pytest

from adapters.slack.payloads import read_message_text

LINK = "https://sdp.example.test/app/itdesk/ui/requests/1234567890/details"


def read(**message: Any) -> str:
    return read_message_text({"message": message})


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ({"text": "Look at #101 &amp; #102"}, "Look at #101 & #102"),
        ({"text": "", "attachments": [{"text": "Request #101 is new"}]}, "Request #101 is new"),
        ({"attachments": [{"title": "VPN", "title_link": LINK}]}, f"VPN\n{LINK}"),
        ({"attachments": [{"fields": [{"title": "Number", "value": "#101"}]}]}, "Number\n#101"),
        (
            {
                "text": "New",
                "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": f"<{LINK}|#101>"}}],
            },
            f"New\n<{LINK}|#101>",
        ),
        (
            {
                "attachments": [
                    {"blocks": [{"type": "section", "fields": [{"type": "plain_text", "text": "#101"}]}]}
                ]
            },
            "#101",
        ),
        (
            {
                "blocks": [
                    {
                        "type": "rich_text",
                        "elements": [
                            {
                                "type": "rich_text_section",
                                "elements": [{"type": "link", "url": LINK, "text": "VPN"}],
                            }
                        ],
                    }
                ]
            },
            f"{LINK}\nVPN",
        ),
    ],
)
def test_text_attachments_and_blocks_are_read(message: Mapping[str, Any], said: str) -> None:
    assert read(**message) == said


def test_text_is_read_first_and_once() -> None:
    """Slack repeats the text in a block: the number in the text counts."""
    block = {"type": "section", "text": {"type": "plain_text", "text": "about #101"}}
    assert read(text="about #101", blocks=[block], attachments=[{"text": "#102"}]) == "about #101\n#102"


def test_value_of_a_button_is_not_read() -> None:
    button = {"type": "button", "text": {"type": "plain_text", "text": "End"}, "value": "#7"}
    assert read(blocks=[{"type": "actions", "elements": [button]}]) == "End"


@pytest.mark.parametrize(
    "message", [None, "text", {}, {"text": None, "attachments": "x", "blocks": [None, 7]}]
)
def test_message_without_text_is_empty(message: object) -> None:
    assert read_message_text({"message": message}) == ""
