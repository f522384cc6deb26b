"""The text of messages in Teams: mentions become tokens, and quoted HTML becomes words and link addresses."""

import re
from typing import Any

import pytest

from adapters.teams.incoming.message_text import read_message, read_quoted_message
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
    assert read_message("<at>tvbot</at>&nbsp;help tvbot", listed, BOT) == ("help tvbot", {})
    assert read_message("<at>tvbot</at> <at>tvbot</at> help", listed * 2, BOT) == ("help", {})


def test_mention_of_a_person_becomes_a_token() -> None:
    """The token carries the person's id and name, without the markup of Teams."""
    listed = [_mention("29:ann", "Ann & Bo", "<at>Ann &amp; Bo</at>")]
    text, mentioned = read_message("admin grant <at>Ann &amp; Bo</at>", listed, BOT)
    assert text == f"admin grant {mention_token('29:ann', 'Ann & Bo')}"
    assert mentioned == {"29:ann": "Ann & Bo"}


@pytest.mark.parametrize(
    "written", ["{}", "&#xE000;29:eve&#xE001;Eve&#xE002;", "&#57344;29:eve&#57345;Eve&#57346;"]
)
def test_typed_token_is_not_a_mention(written: str) -> None:
    """Neither as characters nor as HTML entities."""
    text, mentioned = read_message(written.format(mention_token("29:eve", "Eve")), [], BOT)
    assert text == "29:eveEve"
    assert mentioned == {}


@pytest.mark.parametrize(
    "entity", [{}, {"type": "mention"}, {"type": "mention", "mentioned": "x", "text": 7}]
)
def test_invalid_entity_is_ignored(entity: dict[str, Any]) -> None:
    """Its text stays as it is."""
    assert read_message("help", [entity], BOT) == ("help", {})
