"""A session makes only its legal moves, and counts the time in which people were connected."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from support.sessions import NOW, make_session

from bot.i18n import _
from bot.model.ids import SessionCode
from bot.model.secret import Secret
from bot.model.session import LEGAL_MOVES, VALID_FOR, IllegalMove, RemoteSession, Session, State
from bot.values import replace

LATER = NOW + timedelta(seconds=90)
REMOTE = RemoteSession(
    SessionCode("s12-345-678"),
    Secret("https://tv/join"),
    Secret("https://tv/enter"),
    NOW + timedelta(hours=3),
)
PROBLEM = _("It took too long.")
MOVES: dict[State, Callable[[Session], Session]] = {
    State.WAITING: lambda session: session.opened(REMOTE),
    State.FAILED: lambda session: session.failed(PROBLEM),
    State.ENDED: lambda session: session.ended(LATER, by="Tom Ray"),
    State.EXPIRED: lambda session: session.expired(LATER),
}
every_state = pytest.mark.parametrize("state", list(State))


@every_state
@pytest.mark.parametrize("target", list(MOVES))
def test_a_move_is_allowed_exactly_where_the_table_says(state: State, target: State) -> None:
    move = MOVES[target]
    if target in LEGAL_MOVES[state]:
        moved = move(make_session(state))
        assert moved.state is target
        assert moved.version == 2
    else:
        with pytest.raises(IllegalMove, match=f"cannot go from {state} to {target}"):
            move(make_session(state))


def test_the_table_of_moves_says_where_a_session_can_go() -> None:
    assert {
        State.CREATING: {State.WAITING, State.FAILED, State.ENDED},
        State.WAITING: {State.PRESENT, State.CONNECTED, State.ENDED, State.EXPIRED},
        State.PRESENT: {State.WAITING, State.CONNECTED, State.ENDED, State.EXPIRED},
        State.CONNECTED: {State.WAITING, State.PRESENT, State.ENDED, State.EXPIRED},
        State.ENDED: set(),
        State.EXPIRED: set(),
        State.FAILED: set(),
    } == LEGAL_MOVES


@every_state
def test_a_session_is_open_until_it_ends_expires_or_fails(state: State) -> None:
    live = {State.WAITING, State.PRESENT, State.CONNECTED}
    assert state.is_live is (state in live)
    assert state.is_open is (state in {State.CREATING, *live})


def test_an_opened_session_has_what_teamviewer_answered_and_no_problem() -> None:
    opened = make_session(problem=PROBLEM).opened(REMOTE)
    assert opened.code == REMOTE.code
    assert opened.requester_link == REMOTE.requester_link
    assert opened.supporter_link == REMOTE.supporter_link
    assert opened.valid_until == REMOTE.valid_until
    assert opened.problem is None


def test_a_session_without_an_end_at_teamviewer_is_valid_for_a_day() -> None:
    opened = make_session().opened(replace(REMOTE, valid_until=None))
    assert opened.valid_until == NOW + VALID_FOR == NOW + timedelta(hours=24)


def test_a_failed_session_says_why() -> None:
    assert make_session().failed(PROBLEM).problem == PROBLEM


def test_an_ended_session_says_when_and_by_whom() -> None:
    ended = make_session(State.CONNECTED, is_online=True).ended(LATER, by="Tom Ray")
    assert (ended.ended_at, ended.ended_by) == (LATER, "Tom Ray")
    assert not ended.is_online, "nobody has looked since the end"


def test_an_expired_session_says_when() -> None:
    expired = make_session(State.CONNECTED, is_online=True).expired(LATER)
    assert (expired.ended_at, expired.ended_by, expired.is_online) == (LATER, None, False)


def test_a_problem_makes_a_new_version() -> None:
    troubled = make_session().with_problem(PROBLEM)
    assert (troubled.problem, troubled.version, troubled.state) == (PROBLEM, 2, State.CREATING)
    assert troubled.with_problem(None).problem is None


@every_state
def test_an_open_session_is_due_from_the_moment_its_link_expires(state: State) -> None:
    due = make_session(state, valid_until=NOW)
    assert due.is_due(NOW) is state.is_open
    assert not due.is_due(NOW - timedelta(microseconds=1))
    assert not make_session(state).is_due(NOW)


@pytest.mark.parametrize(
    ("reference", "is_meant"), [("101", True), ("s12345678", True), ("s12-345-678", False), ("102", False)]
)
def test_a_session_is_called_by_its_number_or_its_bare_code(reference: str, *, is_meant: bool) -> None:
    assert make_session(State.WAITING, code=SessionCode("s12-345-678")).is_called(reference) is is_meant


def test_a_session_without_a_code_is_called_by_its_number_alone() -> None:
    assert make_session().is_called("101")
    assert not make_session().is_called("s12345678")


def test_links_never_print() -> None:
    assert "https://tv" not in repr(make_session().opened(REMOTE))


@every_state
def test_end_can_be_asked_for_while_the_session_is_open(state: State) -> None:
    session = make_session(state)
    if not state.is_open:
        with pytest.raises(IllegalMove):
            session.ending(LATER)
        return
    ending = session.ending(LATER)
    assert (ending.state, ending.version) == (state, session.version + 1)
    assert (ending.is_ending, ending.is_usable) == (True, False)
    assert session.is_usable
    taken_back = ending.ending(None)
    assert (taken_back.is_ending, taken_back.is_usable) == (False, True)


def test_session_that_is_over_is_neither_ending_nor_usable() -> None:
    ended = make_session(State.WAITING).ending(NOW).ended(LATER, by="Tom Ray")
    assert (ended.is_ending, ended.is_usable, ended.ending_since) == (False, False, NOW)
