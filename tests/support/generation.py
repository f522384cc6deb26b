"""Lets Hypothesis draw what a group of users does, while the test's own loop runs it."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from typing import Any

from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

LENGTH = 12
MORE = "LONGER_PROOFS"
"""The variable that says by how much more is drawn than in a quick run."""


async def play_all(
    play: Callable[[list[Any]], Awaitable[None]],
    steps: st.SearchStrategy[Any],
    *,
    first: list[Any],
    sequences: int,
    monkeypatch: Any,
) -> None:
    """Play ``first``, then as many sequences of steps as are drawn. Hypothesis runs in a thread of its own."""
    # A leak is brought to its smallest example for a minute at most.
    monkeypatch.setattr("hypothesis.internal.conjecture.engine.MAX_SHRINKING_SECONDS", 60)
    loop = asyncio.get_running_loop()

    @settings(
        max_examples=sequences * int(os.environ.get(MORE, "1")),
        deadline=None,  # how long a play takes says nothing: the limit of a test finds one that hangs
        database=None,
        phases=[Phase.explicit, Phase.generate, Phase.shrink],
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        print_blob=True,
    )
    @example(first)
    @given(st.lists(steps, min_size=LENGTH, max_size=LENGTH))
    def plays(taken: list[Any]) -> None:
        asyncio.run_coroutine_threadsafe(_awaited(play(taken)), loop).result()

    await asyncio.to_thread(plays)


async def _awaited(playing: Awaitable[None]) -> None:
    await playing
