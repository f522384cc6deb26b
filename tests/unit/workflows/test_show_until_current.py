"""Show something that may change while the chat platform answers."""

import itertools

import pytest

from bot.workflows.show_until_current import show_until_current


@pytest.mark.parametrize(
    ("states", "shown"),
    [([1, 1], [1]), ([1, 2, 2], [1, 2]), ([1, 2, 1, 1], [1, 2, 1])],
    ids=["no change", "one change", "a change and back"],
)
async def test_state_is_shown_until_it_is_the_same_afterwards(states: list[int], shown: list[int]) -> None:
    loading = iter(states)
    calls: list[int] = []

    async def load() -> int:
        return next(loading)

    async def show(state: int) -> None:
        calls.append(state)

    assert await show_until_current(load, show) == shown[-1]
    assert calls == shown
    assert list(loading) == []


async def test_state_that_never_rests_is_left_after_some_rounds() -> None:
    numbers = itertools.count()
    calls: list[int] = []

    async def load() -> int:
        return next(numbers)

    async def show(state: int) -> None:
        calls.append(state)

    newest = await show_until_current(load, show)
    assert len(calls) == 11
    assert newest == calls[-1] + 1, "it was loaded after the last call"
