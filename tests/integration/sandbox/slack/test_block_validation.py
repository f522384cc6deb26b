"""Invalid blocks are refused by the simulated Slack."""

import pytest
from slack_sdk.errors import SlackApiError
from support.slack_workspace import NUMBER, SlackWorkspace, actions, button, modal, option, section, text

from sandbox.slack import check_blocks, check_view

INVALID_BLOCKS = {
    "an unknown block": ({"type": "sektion"}, "unsupported type: sektion"),
    "an unknown field": (section("a", colour="red"), "invalid additional property: colour"),
    "an unknown element": (actions({"type": "link"}), "unsupported type: link"),
    "a section with nothing": ({"type": "section"}, "missing required field: text or fields"),
    "an empty text": (section(""), "must be more than 0 characters"),
    "a text too long": (section("a" * 3001), "must be less than 3001 characters"),
    "a header in mrkdwn": ({"type": "header", "text": text("a")}, "unsupported type: mrkdwn"),
    "a header too long": ({"type": "header", "text": text("a" * 151, "plain_text")}, "must be less than 151"),
    "a label too long": (actions(button("a", text=text("a" * 76, "plain_text"))), "must be less than 76"),
    "a value too long": (actions(button("a", value="a" * 2001)), "must be less than 2001"),
    "a style that is none": (actions(button("a", style="blue")), "value must be one of"),
    "an address that is none": (actions(button("a", url="example.test/1")), "must be a valid URL"),
    "too many buttons": (actions(*(button(f"a{n}") for n in range(26))), "no more than 25 items"),
    "too many fields": ({"type": "section", "fields": [text("a")] * 11}, "no more than 10 items"),
    "a field too long": ({"type": "section", "fields": [text("a" * 2001)]}, "must be less than 2001"),
    "too much context": ({"type": "context", "elements": [text("a")] * 11}, "no more than 10 items"),
    "a button in a context": ({"type": "context", "elements": [button("a")]}, "unsupported type: button"),
    "an image without words": (
        {"type": "image", "image_url": "https://a.test/a.png"},
        "required field: alt_text",
    ),
    "the same action twice": (actions(button("a"), button("a")), "`action_id` 'a' already exists"),
    "a menu of nothing": (actions({"type": "static_select", "action_id": "a"}), "options or option_groups"),
    "a choice not offered": (
        actions({"type": "static_select", "options": [option("a")], "initial_option": option("b")}),
        "initial option must match",
    ),
    "a type that is a list": ({"type": ["section"]}, "unsupported type"),
}


@pytest.mark.parametrize("case", INVALID_BLOCKS)
async def test_invalid_blocks_are_refused_with_the_reason(workspace: SlackWorkspace, case: str) -> None:
    """Nothing is posted."""
    block, reason = INVALID_BLOCKS[case]
    with pytest.raises(SlackApiError) as refused:
        await workspace.web.chat_postMessage(channel=workspace.channel, text="a", blocks=[block])
    assert refused.value.response["error"] == "invalid_blocks"
    assert any(reason in one for one in refused.value.response["response_metadata"]["messages"])
    assert workspace.slack.channels[workspace.channel].messages == []


def test_duplicate_ids_and_unsupported_surfaces_are_refused() -> None:
    """Markdown is for messages only, rich text is not for unfurls, a form needs a submit button."""
    rich = {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [text("a", "text")]}]}
    assert check_blocks([section("a", block_id="x"), section("b", block_id="x")]) != []
    assert check_blocks([section("a")] * 51) == [
        "[ERROR] no more than 50 items allowed [json-pointer:/blocks]"
    ]
    assert check_blocks([rich, {"type": "markdown", "text": "a"}, section("a"), {"type": "divider"}]) == []
    assert check_blocks([rich], "unfurl") != []
    assert check_view(modal(NUMBER), "modal") == []
    assert check_view(modal({"type": "markdown", "text": "a"}), "modal") != []
    assert check_view({"type": "home", "blocks": [section("a")]}, "home") == []
    assert (
        check_view({"type": "home", "title": text("a", "plain_text"), "blocks": [section("a")]}, "home") != []
    )
    without_button = {name: value for name, value in modal(NUMBER).items() if name != "submit"}
    assert "`submit` is required" in check_view(without_button, "modal")[0]
    assert check_view(modal(section("a"), title=text("a" * 25, "plain_text")), "modal") != []
