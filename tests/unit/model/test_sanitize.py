"""Text from outside loses characters that no screen shows or no database stores, and nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model.mention import mention_token
from bot.model.sanitize import remove_invisible, sanitize


@pytest.mark.parametrize("kept", ["\t", "\n", "\r", " ", "é", "漢", "👩‍👩‍👧", "\xa0", "\ue000"])
def test_what_can_be_shown_stays(kept: str) -> None:
    assert sanitize(f"a{kept}b") == f"a{kept}b"


@pytest.mark.parametrize("code", [0x00, 0x01, 0x08, 0x0E, 0x1B, 0x7F, 0x80, 0x84, 0x86, 0x9F, 0xD800, 0xDFFF])
def test_what_no_screen_shows_is_removed(code: int) -> None:
    assert sanitize(f"a{chr(code)}b") == "ab"


@pytest.mark.parametrize("code", [0x0B, 0x0C, 0x1C, 0x1F, 0x85])
def test_an_unusual_line_break_becomes_a_space(code: int) -> None:
    assert sanitize(f"a{chr(code)}b") == "a b"


@pytest.mark.parametrize("invisible", ["\u2060", "\u200b", "\u200d", "\u200e", "\u202a", "\ufeff", "\xad"])
def test_what_has_no_width_is_removed_from_an_address(invisible: str) -> None:
    assert remove_invisible(f"tom{invisible}@example.test") == "tom@example.test"


def test_mentions_and_letters_are_not_invisible() -> None:
    """A mention in typed text is marked by private characters."""
    text = f"é漢 {mention_token('U1', 'Tom')}"
    assert remove_invisible(text) == text


@given(st.text())
def test_a_second_time_changes_nothing(text: str) -> None:
    assert sanitize(sanitize(text)) == sanitize(text)
