"""The text of messages in Teams: mentions become tokens, and quoted HTML becomes words and link addresses."""

import re
from typing import Any

import pytest

from adapters.teams.incoming.message_text import MessageText, read_message, read_quoted_message
from bot.model.mention import mention_token

LINK = "https://sdp.example.test/app/itdesk/ui/requests/1234567890/details?a=1&b=2"


def html(content: str) -> dict[str, object]:
    """Return a message as Teams quotes it to an action."""
    return {"id": "1", "body": {"contentType": "html", "content": content}}


@pytest.mark.parametrize(
    ("content", "read"),
    [
        ('<p style="color:#252424">The printer is down</p>', "The printer is down"),
        ("<p>Ann&#39;s laptop &amp; dock</p>", "Ann's laptop & dock"),
        ("<p>Look at #123</p><p>or #124</p>", "Look at #123 or #124"),
        ("first<br>#125<br/>last", "first #125 last"),
        ('<div id="r"><b>#1</b>26</div>', "#126"),
        (f'<a href="{LINK.replace("&", "&amp;")}" title="#99">the request</a>.', f"the request {LINK} ."),
        ("a < b & c > d #127", "a < b & c > d #127"),
        ("", ""),
    ],
)
def test_quoted_html_becomes_words_and_link_addresses(content: str, read: str) -> None:
    """A colour or an entity is not the number of a request."""
    assert read_quoted_message(html(content)) == read


def test_quoted_plain_text_is_not_changed() -> None:
    """Teams says that it is not HTML, so the angle brackets are what somebody typed."""
    assert read_quoted_message({"body": {"contentType": "text", "content": "<b> #128"}}) == "<b> #128"


@pytest.mark.parametrize("message", [None, "#1", {}, {"body": "#1"}, {"body": {"contentType": "html"}}])
def test_invalid_payload_has_no_text(message: object) -> None:
    """The payload may be anything."""
    assert not re.search(r"\d", read_quoted_message(message))


BOT = "28:bot"


def _mention(who: str, name: str, text: str) -> dict[str, Any]:
    """Return a mention as the activity lists it."""
    return {"type": "mention", "mentioned": {"id": who, "name": name}, "text": text}


def test_mention_of_the_bot_is_removed_once_for_each_time() -> None:
    """The bot's name elsewhere in the sentence is a word like any other."""
    listed = [_mention(BOT, "tvbot", "<at>tvbot</at>")]
    assert read_message("<at>tvbot</at>&nbsp;help tvbot", listed, BOT) == MessageText("help tvbot", {})
    assert read_message("<at>tvbot</at> <at>tvbot</at> help", listed * 2, BOT) == MessageText("help", {})


def test_mention_of_a_person_becomes_a_token() -> None:
    """The token carries the person's id and name, without the markup of Teams."""
    listed = [_mention("29:ann", "Ann & Bo", "<at>Ann &amp; Bo</at>")]
    read = read_message("admin grant <at>Ann &amp; Bo</at>", listed, BOT)
    assert read.text == f"admin grant {mention_token('29:ann', 'Ann & Bo')}"
    assert read.mentioned == {"29:ann": "Ann & Bo"}


@pytest.mark.parametrize(
    "written", ["{}", "&#xE000;29:eve&#xE001;Eve&#xE002;", "&#57344;29:eve&#57345;Eve&#57346;"]
)
def test_typed_token_is_not_a_mention(written: str) -> None:
    """Neither as characters nor as HTML entities."""
    read = read_message(written.format(mention_token("29:eve", "Eve")), [], BOT)
    assert (read.text, read.mentioned) == ("29:eveEve", {})


@pytest.mark.parametrize(
    "entity", [{}, {"type": "mention"}, {"type": "mention", "mentioned": "x", "text": 7}]
)
def test_invalid_entity_is_ignored(entity: dict[str, Any]) -> None:
    """Its text stays as it is."""
    assert read_message("help", [entity], BOT) == MessageText("help", {})


ANN = mention_token("29:ann", "Ann")


@pytest.mark.parametrize(
    ("written", "entities", "command"),
    [
        ("<at>tvbot</at> create 101", [{"type": "mention", "mentioned": {"id": BOT}}], "create 101"),
        (
            "<AT>tvbot</AT>&nbsp;create 101",
            [_mention(BOT, "tvbot", "<at>tvbot</at>")],
            "create 101",
        ),
        (
            '<at id="0">tvbot</at> create 101',
            [_mention(BOT, "tvbot", "<at>tvbot</at>")],
            "create 101",
        ),
        (
            "<at>Ann</at> <at>tvbot</at> create 101",
            [_mention("29:ann", "Ann", "<at>Ann</at>"), _mention(BOT, "tvbot", "<at>tvbot</at>")],
            "create 101",
        ),
        (
            "<at>tvbot</at> admin grant <at>Ann</at>",
            [
                {"type": "mention", "mentioned": {"id": BOT}},
                {"type": "mention", "mentioned": {"id": "29:ann", "name": "Ann"}},
            ],
            f"admin grant {ANN}",
        ),
        (
            '<at id="1">TV</at> admin grant <at id="0">A.</at>',
            [
                {"type": "mention", "mentioned": {"id": "29:ann", "name": "Ann"}},
                {"type": "mention", "mentioned": {"id": BOT}},
            ],
            f"admin grant {ANN}",
        ),
        ("<at>tvbot</at> create 101", [], "create 101"),
        ("<at>Somebody</at> help", [], "@Somebody help"),
        ("@tvbot create 101", [], "create 101"),
        ("TVBot: create 101", [], "create 101"),
        ("@tvbot create 101", [_mention(BOT, "tvbot", "@tvbot")], "create 101"),
        ("tvbot", [], ""),
        ("tvbots create", [], "tvbots create"),
        ("&lt;at&gt;tvbot&lt;/at&gt; create 101", [], "<at>tvbot</at> create 101"),
    ],
)
def test_mention_in_any_form_is_not_part_of_the_command(
    written: str, entities: list[dict[str, Any]], command: str
) -> None:
    """Without the entity's text, behind other people, in capitals, with a number, or typed by hand."""
    assert read_message(written, entities, BOT, "tvbot").text == command


def test_bot_that_is_called_as_a_command_is_mentioned_with_the_at_sign_only() -> None:
    assert read_message("help create", [], BOT, "Help").text == "help create"
    assert read_message("@Help create 101", [], BOT, "Help").text == "create 101"


@pytest.mark.parametrize(
    "written",
    [
        '<span itemid="7f">  </span>',
        '<attachment id="7f"></attachment>',
        '<attachment id="7f">',
        '<at>tvbot</at> <span itemscope itemid="7f"></span>',
    ],
)
def test_posted_card_is_no_command(written: str) -> None:
    assert read_message(written, [_mention(BOT, "tvbot", "<at>tvbot</at>")], BOT).is_posted_card


@pytest.mark.parametrize(
    ("written", "command"),
    [('create 101 <attachment id="7f"></attachment>', "create 101"), ("", ""), ("&nbsp;", "")],
)
def test_words_beside_a_posted_card_are_a_command(written: str, command: str) -> None:
    """A message without any word gets the help, as before."""
    assert read_message(written, [], BOT) == MessageText(command, {})
