"""The request that a message in Teams is about: read out of its words and links, never out of its markup."""

import re

import pytest

from adapters.teams.quoted import text_of

LINK = "https://sdp.example.test/app/itdesk/ui/requests/1234567890/details?a=1&b=2"


def html(content: str) -> dict[str, object]:
    """A message as an action is told of it."""
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
def test_words_and_links_are_kept_and_markup_is_not(content: str, read: str) -> None:
    """A colour is no request's number, nor is an entity."""
    assert text_of(html(content)) == read


def test_plain_text_stays_as_it_is() -> None:
    """Where Teams says that it is no HTML, what looks like it was written so."""
    assert text_of({"body": {"contentType": "text", "content": "<b> #128"}}) == "<b> #128"


@pytest.mark.parametrize("message", [None, "#1", {}, {"body": "#1"}, {"body": {"contentType": "html"}}])
def test_what_is_no_message_has_no_words(message: object) -> None:
    """What came may be anything."""
    assert not re.search(r"\d", text_of(message))
