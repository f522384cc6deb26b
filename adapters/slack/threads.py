"""A channel and a thread in it as one id, so that an answer appears where a button was pressed or a command was written.

A channel that was chosen in a form is such an id too: the card goes there, but its sender reads the answers elsewhere.
"""

import re

_PRESSED, _WRITTEN, _CHOSEN = ";thread=", ";discussion=", ";chosen="
"""Each begins with the character behind which ``Place.room`` expects a thread."""
_PLACE = re.compile(
    rf"(?P<channel>[^;]*)(?:(?P<kind>{_PRESSED}|{_WRITTEN}|{_CHOSEN})(?P<thread>.*))?", re.DOTALL
)


def with_thread(channel: str, thread: str) -> str:
    """Return the id of a place: the channel and, if there is one, the timestamp of the thread's first message.

    A card stays out of such a thread: the button that asked for it is a reply to another card.
    """
    return f"{channel}{_PRESSED}{thread}" if thread else channel


def with_discussion(channel: str, thread: str) -> str:
    """Return the id of a place whose thread takes cards too: people discuss there, and one of them wrote the command."""
    return f"{channel}{_WRITTEN}{thread}" if thread else channel


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


def split_discussion(place: str) -> tuple[str, str]:
    """Return the channel of a place, and the thread for a card there. The thread is empty where cards stay in the channel."""
    channel, thread = split_thread(place)
    return channel, thread if _WRITTEN in place else ""
