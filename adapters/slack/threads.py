"""A channel and a thread in it as one id, so that answers and cards appear where a button was pressed or a command was written.

A channel that was chosen in a form is such an id too: the card goes there, but its sender reads the answers elsewhere.
"""

import re

_THREAD, _CHOSEN = ";thread=", ";chosen="
"""Each begins with the character behind which ``Place.room`` expects a thread."""
_EARLIER_THREAD = ";discussion="
"""How an earlier version stored the threads in which cards were posted."""
_PLACE = re.compile(
    rf"(?P<channel>[^;]*)(?:(?:{_THREAD}|{_EARLIER_THREAD}|{_CHOSEN})(?P<thread>.*))?", re.DOTALL
)


def with_thread(channel: str, thread: str) -> str:
    """Return the id of a place: the channel and, if there is one, the timestamp of the thread's first message."""
    return f"{channel}{_THREAD}{thread}" if thread else channel


def as_chosen(channel: str) -> str:
    """Return the id of a channel that was chosen in a form, for the card alone."""
    return f"{channel}{_CHOSEN}"


def is_chosen(place: str) -> bool:
    """Return whether a place is a channel that was chosen in a form."""
    return _CHOSEN in place


def split_thread(place: str) -> tuple[str, str]:
    """Return the channel and the thread of a place. The thread is empty if there is none."""
    found = _PLACE.fullmatch(place)
    return (found["channel"], found["thread"] or "") if found else (place, "")
