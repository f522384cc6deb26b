"""Channels for administration, as an operator may name them, and how each chat shows them."""

import pytest

from adapters.channels import parse_admin_channels
from adapters.slack.render.blocks import formatter as in_slack
from adapters.teams.render.markdown import formatter as in_teams
from adapters.teams.render.markdown import plain
from bot.i18n import ChannelRef, Text, _
from bot.views.parts import Reader

TEAMS_LINK = "https://teams.microsoft.com/l/channel/19%3Aabc%40thread.tacv2/IT%20admins?groupId=g&tenantId=t"
CHAT_LINK = "https://teams.microsoft.com/l/chat/19%3Aabc%40thread.v2/conversations"


@pytest.mark.parametrize(
    ("written", "channel", "teams", "slack"),
    [
        (
            "C012AB",
            "C012AB",
            "[a channel in Slack](https://slack.com/app_redirect?channel=C012AB)",
            "<#C012AB>",
        ),
        (
            "https://firm.slack.com/archives/C012AB",
            "C012AB",
            "[a channel in Slack](https://firm.slack.com/archives/C012AB)",
            "<#C012AB>",
        ),
        (
            "19:abc@thread.tacv2",
            "19:abc@thread.tacv2",
            "a channel in Microsoft Teams",
            "a channel in Microsoft Teams",
        ),
        (
            TEAMS_LINK,
            "19:abc@thread.tacv2",
            f"[IT admins]({TEAMS_LINK})",
            f"<{TEAMS_LINK.replace('&', '&amp;')}|IT admins>",
        ),
        (
            CHAT_LINK,
            "19:abc@thread.v2",
            f"[a channel in Microsoft Teams]({CHAT_LINK})",
            f"<{CHAT_LINK}|a channel in Microsoft Teams>",
        ),
    ],
)
def test_channel_is_read_from_an_id_or_link_and_shown_by_name(
    written: str, channel: str, teams: str, slack: str
) -> None:
    """Without markup the name is shown alone. It is the same after it was stored."""
    ((known, ref),) = parse_admin_channels([written]).items()
    assert known == channel
    said = Text.from_json(_("{channels}", channels=(ref,)).to_json())
    assert in_teams(Reader()).say(said) == teams
    assert in_slack(Reader(), "/tv").say(said) == slack
    assert "http" not in plain(in_teams(Reader())).say(said)


def test_channel_name_in_a_link_never_becomes_markup() -> None:
    """The name of a channel can contain anything."""
    link = "https://teams.microsoft.com/l/channel/19%3Aabc/%5Bx%5D(https%3A%2F%2Fevil.test)%3C!channel%3E"
    said = _("{channel}", channel=parse_admin_channels([link])["19:abc"])
    assert "](https://evil" not in in_teams(Reader()).say(said)
    assert "<!channel>" not in in_slack(Reader(), "/tv").say(said)


def test_text_stored_before_channels_had_names_is_still_read() -> None:
    said = Text.from_json(
        '{"text": "{c}", "values": {"c": {"channel": "C1"}}, "plural": null, "count": null}'
    )
    assert said.values["c"] == ChannelRef("C1")
