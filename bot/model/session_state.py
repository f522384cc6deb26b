"""What a session is for, its states, and the legal moves between them."""

from enum import StrEnum


class Kind(StrEnum):
    """What a session is for: a device with a screen, or the camera of a phone."""

    REMOTE = "remote"
    PILOT = "pilot"


class State(StrEnum):
    """The state of a session. Each state of an open session rests on evidence, which ``Session`` stores.

    - ``WAITING``: TeamViewer shows nobody on the requester's side.
    - ``PRESENT``: the requester is there, perhaps waiting (TeamViewer's ``online``).
    - ``CONNECTED``: a report names a running connection, or the technician entered while the requester was there.
    """

    CREATING = "creating"
    WAITING = "waiting"
    PRESENT = "present"
    CONNECTED = "connected"
    ENDED = "ended"
    EXPIRED = "expired"
    FAILED = "failed"

    @property
    def is_open(self) -> bool:
        """Whether the session can still be entered, or will be."""
        return self in _OPEN

    @property
    def is_over(self) -> bool:
        """Whether the session was open, or accepted, and is so no longer. One that could not be created never was."""
        return self in _OVER

    @property
    def is_live(self) -> bool:
        """Whether the session is open at TeamViewer, so that people can join it."""
        return self in _LIVE


# Made once: lists and the watch ask each session for them.
_LIVE = frozenset({State.WAITING, State.PRESENT, State.CONNECTED})
_OPEN = _LIVE | {State.CREATING}
_OVER = frozenset({State.ENDED, State.EXPIRED})
LEGAL_MOVES: dict[State, frozenset[State]] = {
    State.CREATING: frozenset({State.WAITING, State.FAILED, State.ENDED}),
    State.WAITING: frozenset({State.PRESENT, State.CONNECTED, State.ENDED, State.EXPIRED}),
    State.PRESENT: frozenset({State.WAITING, State.CONNECTED, State.ENDED, State.EXPIRED}),
    State.CONNECTED: frozenset({State.WAITING, State.PRESENT, State.ENDED, State.EXPIRED}),
    State.ENDED: frozenset(),
    State.EXPIRED: frozenset(),
    State.FAILED: frozenset(),
}
