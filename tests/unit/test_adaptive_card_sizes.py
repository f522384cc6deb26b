"""How many entries a card for Teams has room for."""

import json

from hypothesis import given
from hypothesis import strategies as st

from adapters.teams.render.card import fits, fitted, json_bytes, text

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


@given(value=st.lists(st.dictionaries(TEXTS, TEXTS, max_size=3), max_size=3))
def test_value_fits_exactly_into_the_bytes_of_its_json(value: list[dict[str, str]]) -> None:
    size = len(json.dumps(value, ensure_ascii=False).encode())
    assert fits(value, size)
    assert not fits(value, size - 1)


@given(
    sizes=st.lists(st.integers(1, 60), max_size=6),
    max_bytes=st.integers(0, 700),
)
def test_entries_are_left_out_only_where_they_do_not_fit(sizes: list[int], max_bytes: int) -> None:
    entries = [[text("a" * size)] for size in sizes]
    left = max_bytes - json_bytes([text("… +999")])
    fitting = 0
    for entry in entries:
        left -= json_bytes(entry)
        if left < 0:
            break
        fitting += 1
    shown = fitted([], entries, [], max_bytes)
    assert shown[:fitting] == [entry[0] for entry in entries[:fitting]]
    assert [one["text"] for one in shown[fitting:]] == (
        [f"… +{len(entries) - fitting}"] if fitting < len(entries) else []
    )
