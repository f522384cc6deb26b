"""What one of a group of users does in Teams, drawn by Hypothesis, and the steps that use each part of Teams once."""

from dataclasses import dataclass

from hypothesis import strategies as st
from support.user_group import (
    ADMIN,
    BARE,
    COLLEAGUE,
    INVITING,
    NUMBERED,
    ON_SOMEBODY,
    PLANNING,
    PLANS_AND_TRANSFERS,
)

_ANSWERED = ("query", "paste", "window", "look for", "home", "refresh")


@dataclass(frozen=True)
class Step:
    """Somebody does something somewhere: ``words`` they type, or an ``event``. Where both are blank, nothing is done.

    ``place``: the channel, the group chat, or their personal chat. ``which`` picks a button, a card or a session, the
    newest first. ``request`` is the place of the request that is meant.
    """

    who: int = 0
    place: int = 0
    words: str = ""
    request: int = 0
    event: str = ""
    which: int = 0


_anybody, _anywhere, _either = st.integers(0, COLLEAGUE), st.integers(0, 2), st.integers(0, 1)
_typed = st.one_of(
    *(
        st.sampled_from(words)
        for words in (NUMBERED, NUMBERED, INVITING, PLANNING, (*BARE, "create", "home"), ADMIN, ON_SOMEBODY)
    )
)


def _events(*names: str, most: int) -> st.SearchStrategy[Step]:
    return st.builds(
        Step,
        _anybody,
        _anywhere,
        request=_either,
        event=st.sampled_from(names),
        which=st.integers(0, most),
    )


TEAMS_STEPS = st.one_of(
    st.just(Step()),
    st.builds(Step, _anybody, _anywhere, _typed, _either),
    _events("press", "press", "press on an old client", most=30),
    _events("forge", "forge a message", most=40),
    _events(*_ANSWERED, most=5),
    _events("joins", "leaves", "answers", "begins", most=3),
)

EACH_SURFACE_ONCE = [
    Step(event="joins"),
    Step(2, 0, "show {N}"),
    Step(1, 2, "show {N}"),
    Step(1, 2, event="home"),
    Step(0, 0, "enter {N}"),
    Step(1, 1, "link {N}"),
    Step(0, 1, "renew {N}"),
    Step(0, 0, "outage {N}", 1),
    Step(0, 0, event="press"),
    Step(4, 0, event="press"),
    Step(0, 0, "invite {N} {T}", 1),
    Step(0, 1, "auth"),
    Step(2, 0, "admin connections"),
    Step(2, 0, event="paste"),
    Step(0, 1, event="query", which=1),
    Step(3, 0, event="refresh"),
    Step(2, 1, event="forge"),
    Step(2, 0, event="forge", which=1),
    Step(4, 2, event="forge a message", which=2),
    Step(3, 2, event="query", which=1),
    Step(4, 0, event="look for", which=1),
    Step(3, 1, event="window", which=1),
    Step(0, 0, "invite {N} {T}"),
    Step(1, 1, "invite {N} {T}"),
    Step(2, 2, "enter {N}"),
    Step(2, 2, event="home"),
    Step(1, 1, "uninvite {N}"),
    Step(1, 2, "leave {N}"),
    *(Step(one.who, one.place, one.words, one.request, one.event) for one in PLANS_AND_TRANSFERS),
    Step(2, 2, "enter {N}", 1),
    Step(request=1, event="answers"),
    Step(2, 0, "admin widget off message"),
    Step(0, 0, "enter {N}"),
    Step(0, 1, "show {N}"),
    Step(2, 1, "list"),
    Step(event="answers"),
    Step(0, 0, "reinvite {N}"),
    Step(0, 0, "end {N}"),
]
