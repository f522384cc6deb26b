"""The engine's threads look for jobs at once after a wake, and a wake is never taken for a stop."""

import threading
from collections.abc import Callable

import pytest

from adapters.engine.wake import CLAIMING_THREADS, WakeableEvent

LONG = 60
"""Seconds that no test waits: a wait without its wake would fail by this."""


def new_event() -> WakeableEvent:
    """Return an event as the engine's threads have it: a plain one whose class was changed."""
    return WakeableEvent.make_wakeable(threading.Event())


def begin_to_wait(event: WakeableEvent, name: str) -> Callable[[], bool]:
    """Wait for the event in a thread of this name. Returns what ends when the wait does, with what the wait returned."""
    waits: list[bool] = []
    thread = threading.Thread(target=lambda: waits.append(event.wait(LONG)), name=name, daemon=True)
    thread.start()

    def until_over() -> bool:
        thread.join(LONG / 2)
        [waited] = waits
        return waited

    return until_over


@pytest.mark.parametrize("name", sorted(CLAIMING_THREADS))
def test_wake_ends_a_wait_and_is_no_stop(name: str) -> None:
    event = new_event()
    until_over = begin_to_wait(event, name)
    event.wake()
    assert until_over() is False


def test_wake_during_a_look_ends_the_next_wait() -> None:
    """Otherwise a job that was enqueued right after a look would wait for the one after the next."""
    event = new_event()
    event.wake()
    # Each thread has its own count of the wakes it has seen.
    for name in sorted(CLAIMING_THREADS):
        assert begin_to_wait(event, name)() is False


def test_wake_ends_no_wait_of_another_thread_and_a_stop_does() -> None:
    """The engine's other threads wait for the same event, and have nothing to do with new jobs."""
    event = new_event()
    looks, other = begin_to_wait(event, min(CLAIMING_THREADS)), begin_to_wait(event, "scheduler")
    event.wake()
    assert looks() is False
    event.set()
    assert other() is True


@pytest.mark.parametrize("name", [*sorted(CLAIMING_THREADS), "scheduler"])
def test_stop_ends_every_wait(name: str) -> None:
    event = new_event()
    until_over = begin_to_wait(event, name)
    event.set()
    assert until_over() is True
    assert event.wait(0)


class ChangedEvent(threading.Event):
    """An event for which a thread begins to wait in the very moment in which its class is changed."""

    waits: list[bool]

    def __setattr__(self, name: str, value: object) -> None:
        super().__setattr__(name, value)
        if name == "__class__":
            looking = threading.Thread(
                target=lambda: self.waits.append(self.wait(0)), name=min(CLAIMING_THREADS)
            )
            looking.start()
            looking.join(LONG)


def test_event_can_be_waited_for_from_the_moment_its_class_is_changed() -> None:
    """The engine's threads run already. One that broke there would look for no jobs until the engine starts another."""
    event = ChangedEvent()
    event.waits = []
    WakeableEvent.make_wakeable(event)
    assert event.waits == [False]
