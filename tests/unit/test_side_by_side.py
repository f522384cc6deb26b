"""Coroutines that begin side by side: each gets what it waits for, and all have ended when one of them has failed."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from storage.side_by_side import Awaited, SideBySide


class Works:
    """Coroutines that wait for an answer, and note what happens to them."""

    def __init__(self) -> None:
        self.asked: list[Awaited[str]] = []
        self.story: list[str] = []

    async def ask(self, name: str) -> str:
        self.story.append(f"{name} begins")
        awaited: Awaited[str] = Awaited()
        self.asked.append(awaited)
        try:
            answer = await awaited
        except ValueError as error:
            self.story.append(f"{name} fails with {error}")
            raise
        await asyncio.sleep(0)  # what comes after the first wait may wait for anything
        self.story.append(f"{name} ends")
        return answer


async def know(answer: str) -> str:
    return answer


async def break_at_once() -> str:
    raise ValueError("it broke")


async def wait_for_something_else() -> None:
    await asyncio.sleep(0)


async def test_all_begin_before_one_goes_on() -> None:
    works = Works()
    begun = SideBySide([works.ask("first"), know("known"), works.ask("second")])
    assert works.story == ["first begins", "second begins"]
    for awaited, answer in zip(works.asked, ("a", "b"), strict=True):
        awaited.give(answer)
    assert await begun.end() == ["a", "known", "b"]
    assert works.story[2:] == ["first ends", "second ends"]


async def test_error_ends_the_others_too() -> None:
    works = Works()
    begun = SideBySide([works.ask("first"), works.ask("second"), works.ask("third")])
    works.asked[0].give("a")
    works.asked[1].fail(ValueError("no answer"))
    works.asked[2].give("c")
    with pytest.raises(ValueError, match="no answer"):
        await begun.end()
    assert works.story[3:] == ["first ends", "second fails with no answer", "third fails with no answer"]


async def test_one_that_breaks_at_once_ends_those_that_have_begun() -> None:
    works = Works()
    begun = SideBySide([works.ask("first"), break_at_once(), works.ask("last")])
    with pytest.raises(ValueError, match="it broke"):
        await begun.end()
    assert works.story[2:] == ["first fails with it broke", "last fails with it broke"]


@pytest.mark.parametrize("place", [0, 1])
async def test_one_that_waits_for_something_else_is_refused(place: int) -> None:
    works: list[Coroutine[Any, Any, Any]] = [know("known")]
    works.insert(place, wait_for_something_else())
    with pytest.raises(TypeError, match="has to wait for a statement first"):
        SideBySide(works)
    for work in works:
        work.close()
