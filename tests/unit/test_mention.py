"""Mentions as tokens inside typed text."""

from hypothesis import given
from hypothesis import strategies as st

from bot.model.mention import (
    Mention,
    mention_token,
    name_mentions,
    parse_mention,
    remove_mention_delimiters,
)
from bot.typed_text import normalize_typed_text

words = st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1)


@given(words, st.lists(words, max_size=3).map(" ".join))
def test_a_token_survives_normalization_and_gives_the_mention_back(user: str, name: str) -> None:
    token = mention_token(user, name)
    assert len(f"admin grant {token}".split()) == 3
    assert parse_mention(normalize_typed_text(token)) == Mention(user, name)


@given(st.text())
def test_typed_text_without_delimiters_holds_no_mention(text: str) -> None:
    typed = remove_mention_delimiters(text)
    assert parse_mention(typed) is None
    assert name_mentions(typed) == typed


def test_a_mention_is_shown_by_its_name_or_else_its_id() -> None:
    text = f"ask {mention_token('U1', 'Tom Ray')} and {mention_token('U2')}"
    assert name_mentions(text) == "ask @Tom Ray and @U2"


def test_a_name_cannot_end_its_token_early() -> None:
    token = mention_token("U1", "Tom\ue002 \ue000U2\ue001Ann")
    assert parse_mention(token) == Mention("U1", "Tom U2Ann")
