"""A channel and a thread in it as one id, so that an answer appears where a button was pressed."""

_SEPARATOR = ";thread="
"""Begins with the character behind which ``Place.room`` expects a thread."""


def with_thread(channel: str, thread: str) -> str:
    """Return the id of a place: the channel and, if there is one, the timestamp of the thread's first message."""
    return f"{channel}{_SEPARATOR}{thread}" if thread else channel


def split_thread(place: str) -> tuple[str, str]:
    """Return the channel and the thread of a place. The thread is empty if there is none."""
    channel, _separator, thread = place.partition(_SEPARATOR)
    return channel, thread
