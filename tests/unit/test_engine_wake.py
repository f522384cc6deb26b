"""The engine's threads look for jobs at once after a wake, and a wake is never taken for a stop."""

import threading

from adapters.engine.wake import WakeableEvent

LONG = 60
"""Seconds that no test waits: a wait without its wake would fail by this."""


def new_event() -> WakeableEvent:
    """Return an event as the engine's threads have it: a plain one whose class was changed."""
    event = threading.Event()
    event.__class__ = WakeableEvent
    assert isinstance(event, WakeableEvent)
    event.prepare()
    return event


def test_wake_ends_a_wait_and_is_no_stop() -> None:
    event = new_event()
    waits: list[bool] = []
    thread = threading.Thread(target=lambda: waits.append(event.wait(LONG)))
    thread.start()
    event.wake()
    thread.join(LONG / 2)
    assert waits == [False]


def test_wake_during_a_look_ends_the_next_wait() -> None:
    """Otherwise a job that was enqueued right after a look would wait for the one after the next."""
    event = new_event()
    event.wait(0)
    event.wake()
    waits: list[bool] = []
    # Each thread has its own count of the wakes it has seen.
    event.wait(LONG)
    thread = threading.Thread(target=lambda: waits.append(event.wait(LONG)))
    thread.start()
    thread.join(LONG / 2)
    assert waits == [False]


def test_stop_ends_every_wait() -> None:
    event = new_event()
    waits: list[bool] = []
    thread = threading.Thread(target=lambda: waits.append(event.wait(LONG)))
    thread.start()
    event.set()
    thread.join(LONG / 2)
    assert waits == [True]
    assert event.wait(0)
