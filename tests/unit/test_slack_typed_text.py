"""Text from Slack is decoded: escapes, links, channels, and characters that no screen shows."""

import pytest

from adapters.servicedesk.fields import text_field as servicedesk_text
from adapters.slack.typed_text import unescape_typed_text
from adapters.teamviewer.fields import text_field as teamviewer_text
from bot.command_syntax import parse_command
from bot.commands import Create, History, decode_command, encode_command
from bot.model.ids import Email, RequestNumber
from bot.model.mention import mention_token
from bot.model.sanitize import sanitize


@pytest.mark.parametrize(
    ("sent", "typed"),
    [
        ("create 101 --note R&amp;D", "create 101 --note R&D"),
        ("&lt;b&gt; &amp;lt;", "<b> &lt;"),
        ("<https://wiki.test/a?b=1&amp;c=2>", "https://wiki.test/a?b=1&c=2"),
        ("<http://wiki.test|wiki.test>", "wiki.test"),
        ("<mailto:ann@example.test|ann@example.test>", "ann@example.test"),
        ("<mailto:ann@example.test>", "ann@example.test"),
        ("<#C0123|general> <#C0123|> <!here> <!subteam^S1|@desk>", "#general #C0123 @here @desk"),
        ("admin grant <@U0123|tom.ray>", f"admin grant {mention_token('U0123', 'tom.ray')}"),
        ("a\ue000U9\ue001b\ue002c", "aU9bc"),
        ("a\x00b\x1b\ud800c", "abc"),
    ],
)
def test_slack_escapes_are_decoded_to_typed_text(sent: str, typed: str) -> None:
    assert unescape_typed_text(sent) == typed


def test_linked_address_names_a_technician() -> None:
    assert parse_command(
        unescape_typed_text("history <mailto:tom@example.test|tom@example.test> --page 2")
    ) == History(None, 2, Email("tom@example.test"))


def test_mention_in_a_note_becomes_a_name() -> None:
    assert parse_command(unescape_typed_text("create 101 --note ask <@U0123|tom.ray>")) == Create(
        RequestNumber("101"), note="ask @tom.ray"
    )


@pytest.mark.parametrize("sign", ["\x00", "\x07", "\x1b", "\x7f", "\x9f", "\ud83d"])
def test_characters_that_databases_refuse_are_removed_at_each_entry(sign: str) -> None:
    """In typed text, in a button's data, and in data of ServiceDesk Plus and TeamViewer."""
    assert sanitize(f"VPN{sign} fails") == "VPN fails"
    assert parse_command(f"create 101 --note a{sign}b") == Create(RequestNumber("101"), note="ab")
    assert decode_command(encode_command(Create(RequestNumber("101"), note=f"a{sign}b"))) == Create(
        RequestNumber("101"), note="ab"
    )
    assert servicedesk_text({"subject": f"VPN{sign} fails"}, "subject") == "VPN fails"
    assert teamviewer_text({"name": f"Tom{sign} Ray"}, "name") == "Tom Ray"


def test_line_breaks_and_complete_characters_stay() -> None:
    """Unusual line breaks become spaces."""
    assert sanitize("a\tb\r\nc 👋🏽 é 漢") == "a\tb\r\nc 👋🏽 é 漢"
    assert sanitize("a\x0bb\x85c") == "a b c"
