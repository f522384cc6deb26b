"""Remember the answers to a question about each of many things for some minutes."""

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

MAX_ENTRIES = 5000

Key = TypeVar("Key", bound=Hashable)
Answer = TypeVar("Answer")


class AnswerCache(Generic[Key, Answer]):
    """Answers by key. One that is older than ``seconds`` is not used any more."""

    def __init__(self, seconds: float, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._monotonic = monotonic
        self._answers: OrderedDict[Key, tuple[Answer, float]] = OrderedDict()

    def find(self, key: Key) -> Answer | None:
        """Return the answer for a key. None if there is none, or if it is too old."""
        known = self._answers.get(key)
        return known[0] if known and self._monotonic() - known[1] < self._seconds else None

    def store(self, key: Key, answer: Answer) -> None:
        """Store an answer. The one that was stored longest ago is dropped if there are too many."""
        self._answers[key] = answer, self._monotonic()
        self._answers.move_to_end(key)
        while len(self._answers) > MAX_ENTRIES:
            self._answers.popitem(last=False)

    def clear(self) -> None:
        """Forget every answer."""
        self._answers.clear()
