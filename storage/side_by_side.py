"""Coroutines that begin side by side, each up to its first wait, without a task for each: tasks take as long as a message to PostgreSQL."""

import types
from collections.abc import Coroutine, Generator, Sequence
from typing import Any, Generic, TypeVar

R = TypeVar("R")
T = TypeVar("T")


class Awaited(Generic[R]):
    """What a coroutine waits for until somebody gives it a result or an error."""

    def __init__(self) -> None:
        self._result: R | None = None
        self._error: BaseException | None = None

    def give(self, result: R) -> None:
        """Let the wait return ``result``."""
        self._result = result

    def fail(self, error: BaseException) -> None:
        """Let the wait raise ``error``."""
        self._error = error

    def __await__(self) -> Generator["Awaited[R]", None, R]:
        yield self
        if self._error is not None:
            raise self._error
        return self._result  # type: ignore[return-value]  # it was given, or it may be None


class SideBySide:
    """Coroutines of which each has run up to its first ``Awaited``, or to its end."""

    def __init__(self, works: Sequence[Coroutine[Any, Any, Any]]) -> None:
        """Begin the coroutines, in this order. Raises TypeError if one waits for anything else first."""
        self._works = works
        self._ended: dict[int, Any] = {}
        self._awaited: dict[int, Awaited[Any]] = {}
        self._error: BaseException | None = None
        for place, work in enumerate(works):
            self._begin(place, work)

    def _begin(self, place: int, work: Coroutine[Any, Any, Any]) -> None:
        try:
            awaited = work.send(None)
        except StopIteration as end:
            self._ended[place] = end.value
        except Exception as error:  # noqa: BLE001 - `end` raises it
            self._ended[place] = None
            self._error = self._error or error
        else:
            if not isinstance(awaited, Awaited):
                raise TypeError("a coroutine that begins beside others has to wait for a statement first")
            self._awaited[place] = awaited

    async def end(self) -> list[Any]:
        """Await the coroutines to their ends, in their order, and return their results. Raises the first error of them.

        What the others wait for fails with the same error.
        """
        for place, awaited in self._awaited.items():
            if self._error is not None:
                awaited.fail(self._error)
            try:
                self._ended[place] = await _resume(self._works[place])
            except BaseException as error:  # noqa: BLE001 - it is raised below
                self._error = self._error or error
        if self._error is not None:
            raise self._error
        return [self._ended[place] for place in range(len(self._works))]


@types.coroutine
def _resume(work: Coroutine[Any, Any, T]) -> Generator[Any, Any, T]:
    """Await a coroutine that has begun already."""
    return (yield from work.__await__())
