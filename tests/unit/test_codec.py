"""Commands and jobs as JSON: what buttons of old messages and queued jobs carry stays as it was written."""

import json
from dataclasses import dataclass
from typing import ClassVar

from hypothesis import given
from hypothesis import strategies as st

from bot.codec import TaggedCodec


@dataclass(frozen=True, slots=True)
class _Note:
    tag: ClassVar[str] = "note"

    text: str
    page: int = 1
    about: str | None = None


_CODEC: TaggedCodec[_Note] = TaggedCodec(_Note)
texts = st.text(st.characters(exclude_categories=["Cs"]))


@given(texts, st.integers(-(2**63), 2**63 - 1), st.none() | texts)
def test_value_is_written_as_pythons_own_encoder_writes_it(text: str, page: int, about: str | None) -> None:
    """A button that an earlier version wrote, and the same button now, are equal."""
    value = _Note(text, page, about)
    fields = {"do": "note", "text": text, "page": page, "about": about}
    assert _CODEC.encode(value) == json.dumps(fields, separators=(",", ":"), ensure_ascii=False)
    assert _CODEC.decode(_CODEC.encode(value)) == value
