"""What phones, keyboards and copied text put into a command: it is read as it was meant, in both chats.

Each case stands for its kind. A generated case puts invisible characters anywhere.
"""

import html
import re
import sys
import unicodedata
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.servicedesk.fields import text_field
from adapters.slack.origin import read_origin as read_slack_origin
from adapters.slack.payloads import read_slash_command
from adapters.slack.written import read_written_text
from adapters.teams.incoming.activity import parse_activity, read_origin
from adapters.teams.incoming.commands import parse_message
from bot.command_options import read_arguments
from bot.command_syntax import COMMAND_TABLE, parse_command
from bot.commands import ChangeAdmin, Command, Create, CreateSeveral, Hello, Help, OnSession, OpenForm, Verb
from bot.errors import Misunderstood
from bot.model.ids import DASHES, RequestNumber, request_number, session_code
from bot.model.sanitize import remove_invisible, sanitize
from bot.model.session import Kind

NUMBER = RequestNumber("101")
CHARACTERS = [chr(point) for point in range(sys.maxunicode + 1)]
FORMAT = [one for one in CHARACTERS if unicodedata.category(one) == "Cf"]
DASH_LIKE = [one for one in CHARACTERS if unicodedata.category(one) == "Pd"]
CASES: list[tuple[str, Command]] = [
    ("create 101\u200b", Create(NUMBER)),
    ("create \u200e101", Create(NUMBER)),
    ("cre\u200date 1\u00ad01", Create(NUMBER)),
    ("create 101\ufe0f", Create(NUMBER)),
    ("create\u3164 101\u2800", Create(NUMBER)),
    ("create 101 ——pilot", Create(NUMBER, Kind.PILOT)),
    ("create 101 —pilot", Create(NUMBER, Kind.PILOT)),
    ("create 101 – pilot", Create(NUMBER, Kind.PILOT)),
    ("create 101 -- pilot", Create(NUMBER, Kind.PILOT)),
    ("create 101 - - pilot".replace("- -", "-\u200b-"), Create(NUMBER, Kind.PILOT)),
    ("create 101 −−pilot", Create(NUMBER, Kind.PILOT)),
    ("create 101 ーーpilot", Create(NUMBER, Kind.PILOT)),
    ("create 101 -pilot", Create(NUMBER, Kind.PILOT)),
    ("create 101 --PILOT", Create(NUMBER, Kind.PILOT)),
    ("create 101 --Note Printer on floor 3", Create(NUMBER, note="Printer on floor 3")),
    ("create 101 — note Printer\u200b on\u202e floor 3", Create(NUMBER, note="Printer on floor 3")),
    ("create ——Pilot", OpenForm(None, Kind.PILOT)),
    ("end s12 345 678", OnSession(Verb.END, "s12345678")),
    ("end 12-345-678", OnSession(Verb.END, "s12345678")),
    ("end 12 345 678", OnSession(Verb.END, "s12345678")),
    ("end S 12 – 345 – 678", OnSession(Verb.END, "s12345678")),
    ("end s12‑345‑678", OnSession(Verb.END, "s12345678")),
    ("end 12345678", OnSession(Verb.END, "12345678")),
    ("enter s12-\u2060345-\u2060678", OnSession(Verb.ENTER, "s12345678")),
    ("link \u2060#1001", OnSession(Verb.LINK, "1001")),
    ("admin revoke bob@\u2060example.\u2060test", ChangeAdmin("bob@example.test", on=False)),
    ("admin grant ines@example.test", ChangeAdmin("ines@example.test")),
    ("hello", Hello()),
    ("Bonjour", Hello()),
    ("bonjour !", Hello()),
    ("Hello there", Hello()),
    ("hey, tvbot", Hello()),
    ("?", Help()),
    ("help.", Help()),
    ("`create 101`", Create(NUMBER)),
    ("/create 101", Create(NUMBER)),
    ("/tv create 101", Create(NUMBER)),
    ("create: #101.", Create(NUMBER)),
    ("create “101”", Create(NUMBER)),
    ("create (#101)", Create(NUMBER)),
    ("create **101**", Create(NUMBER)),
    ("create １０１!", Create(NUMBER)),
    ("create 101 --note Is it on?", Create(NUMBER, note="Is it on?")),
    ("create 101 --note use `ping`", Create(NUMBER, note="use `ping`")),
    ("create 101 --note 5 > 3 & 2 < 1", Create(NUMBER, note="5 > 3 & 2 < 1")),
    ("create 101 --note <b>&amp;</b>", Create(NUMBER, note="<b>&amp;</b>")),
    ("create #101, #102.", CreateSeveral((NUMBER, RequestNumber("102")))),
    ("end “s12-345-678”.", OnSession(Verb.END, "s12345678")),
]
BOT = {"id": "28:bot", "name": "tvbot"}
_ADDRESS = re.compile(r"[\w.+-]+@[\w.\u2060-]+\.\w+")


def in_slack(typed: str) -> str:
    """Return a text as Slack sends it: ``&<>`` are escaped, and an address is a link."""
    return _ADDRESS.sub(lambda one: f"<mailto:{one[0]}|{one[0]}>", html.escape(typed, quote=False))


def read_slash(typed: str) -> Command:
    """Read a slash command's payload."""
    body = {"team_id": "T1", "channel_id": "C1", "user_id": "U1", "command": "/tv", "text": in_slack(typed)}
    body |= {"trigger_id": "1.2", "response_url": "https://hooks.slack.test/x"}
    return read_slash_command(body, read_slack_origin(body, "T1")).command


def read_event(written: str) -> Command:
    """Read the text of an event of Slack."""
    return parse_command(read_written_text(written, "/tv", "UB"))


def read_activity(text: str, kind: str, *entities: dict[str, Any]) -> Command:
    """Read a message's activity as Teams sends it."""
    raw = {
        "type": "message",
        "id": "1",
        "channelId": "msteams",
        "serviceUrl": "https://smba.test/",
        "from": {"id": "29:1", "aadObjectId": "tom", "name": "Tom Ray"},
        "recipient": BOT,
        "conversation": {"id": "19:c@thread.tacv2", "conversationType": kind, "tenantId": "t1"},
        "channelData": {"tenant": {"id": "t1"}},
        "text": text,
        "entities": list(entities),
    }
    return parse_message(parse_activity(raw, read_origin(raw))).command


def read_mention(typed: str) -> Command:
    """Read a message to the bot in a channel of Teams."""
    mention = {"type": "mention", "mentioned": BOT, "text": "<at>tvbot</at>"}
    return read_activity(f"<at>tvbot</at>&nbsp;{html.escape(typed, quote=False)}\n", "channel", mention)


WAYS: dict[str, Callable[[str], Command]] = {
    "slash command": read_slash,
    "own chat in Slack": lambda typed: read_event(in_slack(typed)),
    "mention in Slack": lambda typed: read_event(f"<@UB> {in_slack(typed)}"),
    "own chat in Teams": lambda typed: read_activity(html.escape(typed, quote=False), "personal"),
    "mention in Teams": read_mention,
}
"""How a command comes in: each reads the platform's payload."""
both_chats = pytest.mark.parametrize("way", WAYS)


def read(way: str, typed: str) -> Command:
    """Parse a line as it comes in by one of the ways."""
    return WAYS[way](typed)


@both_chats
@pytest.mark.parametrize(("typed", "command"), CASES)
def test_typed_and_pasted_text_is_read_as_it_was_meant(way: str, typed: str, command: Command) -> None:
    assert read(way, typed) == command


@both_chats
@given(
    data=st.data(),
    typed=st.sampled_from(
        [
            "create 101 --pilot --note Printer on floor 3",
            "end s12-345-678",
            "admin revoke bob@example.test",
            "help",
        ]
    ),
)
def test_invisible_characters_change_nothing(way: str, data: st.DataObject, typed: str) -> None:
    """Wherever they stand, however many there are."""
    gaps = st.text(st.sampled_from(FORMAT), max_size=2)
    filled = "".join(data.draw(gaps) + one for one in typed) + data.draw(gaps)
    assert read(way, filled) == read(way, typed)


def test_every_format_character_is_removed_from_subjects_and_notes() -> None:
    """Those of another category that show nothing as well: a variation selector, a filler, a grapheme joiner."""
    hidden = [*FORMAT, "\ufe0f", "\u3164", "\u034f", "\U000e0100"]
    assert sanitize(f"VPN{''.join(hidden)} fails") == "VPN fails"
    assert [one for one in hidden if remove_invisible(f"a{one}b") != "ab"] == []
    assert text_field({"subject": "VPN\u202e fails\u200b"}, "subject") == "VPN fails"


@pytest.mark.parametrize(
    "needed", ["\U0001f469\u200d\U0001f4bb", "❤\ufe0f\u200d🔥", "می\u200cخواهم", "1\ufe0f\u20e3"]
)
def test_emoji_and_scripts_keep_the_joiners_that_they_need(needed: str) -> None:
    assert sanitize(f"x {needed} y") == f"x {needed} y"
    assert read("slash command", f"create 101 --note x {needed} y") == Create(NUMBER, note=f"x {needed} y")


def test_every_dash_of_unicode_begins_an_option() -> None:
    for dash in DASH_LIKE:
        assert read_arguments(COMMAND_TABLE["create"], f"{dash}pilot").options == {"pilot": ""}, (
            f"{ord(dash):x}"
        )
        assert session_code(f"12{dash}345{dash}678") == "s12345678"
    assert "\\-" in DASHES


@both_chats
@pytest.mark.parametrize(
    ("typed", "named"),
    [
        ("create 101 --note", "--note"),
        ("create 101 --note \u200b", "--note"),
        ('create 101 --note ""', "--note"),
        ("create 101 --note --pilot", "--note"),
        ("create 101 --foo", "--foo"),
        ("create #102 --foo", "--foo"),
        ("create #102 —foo", "--foo"),
        ("create 101 --note x --foo", "--foo"),
        ("create --foo", "--foo"),
        ("create 101 --", "--"),
    ],
)
def test_option_without_its_text_or_that_does_not_exist_is_refused_by_name(
    way: str, typed: str, named: str
) -> None:
    with pytest.raises(Misunderstood) as caught:
        read(way, typed)
    assert f"“{named}”" in str(caught.value.text)


@pytest.mark.parametrize("text", ["#\u2060101", " 101\u200b", "\u200e#101"])
def test_number_is_read_without_invisible_characters(text: str) -> None:
    """A form's field and the search box have no command around the number."""
    assert request_number(text) == "101"
