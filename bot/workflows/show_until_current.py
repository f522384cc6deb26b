"""Show something that may change while the chat platform answers."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

S = TypeVar("S")
_MOST_ROUNDS = 10
"""A state that changes faster than a platform answers is left to the jobs that its changes enqueue."""


async def show_until_current(
    load: Callable[[], Awaitable[S]],
    show: Callable[[S], Awaitable[None]],
    *,
    load_first: Callable[[], Awaitable[S]] | None = None,
) -> S:
    """Load a state and show it, again and again until it is the same after the call as before. Return the newest state.

    Two jobs may show the same thing at once, and the older state may arrive last. The job that showed it sees here that
    the state is another one by now. ``load_first``: what loads it the first time, if that is more than to load it.
    """
    shown = await (load_first or load)()
    await show(shown)
    for _round in range(_MOST_ROUNDS):
        current = await load()
        if current == shown:
            return current
        await show(current)
        shown = current
    return await load()
