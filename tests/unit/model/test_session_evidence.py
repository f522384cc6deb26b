"""The state of an open session follows its evidence, and claims no more than that."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from support.sessions import NOW, make_session

from bot.model.session import Session, State
from bot.model.session_connection import SessionConnection, connected_seconds, merged
from bot.values import replace

Signal = Callable[[Session, datetime], Session]


def after(minutes: int) -> datetime:
    return NOW + timedelta(minutes=minutes)


def connection(start: int, end: int | None = None, device: str | None = "PC-7") -> SessionConnection:
    """Return a connection from one minute to another. Its start is its id."""
    return SessionConnection(f"{start:03}", after(start), None if end is None else after(end), device)


def online(session: Session, at: datetime) -> Session:
    return session.seen(is_online=True, at=at)


def offline(session: Session, at: datetime) -> Session:
    return session.seen(is_online=False, at=at)


def enter(session: Session, at: datetime) -> Session:
    return session.entered(at)


def running(session: Session, at: datetime) -> Session:
    return session.reported([connection(1)], at)


def finished(session: Session, at: datetime) -> Session:
    return session.reported([connection(1, 2)], at)


@pytest.mark.parametrize(
    ("signals", "state"),
    [
        ([], State.WAITING),
        ([online], State.PRESENT),
        ([online, offline], State.WAITING),
        ([online, offline, online], State.PRESENT),
        ([enter], State.WAITING),
        ([enter, online], State.PRESENT),
        ([online, enter], State.CONNECTED),
        ([online, enter, offline], State.WAITING),
        ([online, enter, offline, online], State.PRESENT),
        ([running], State.CONNECTED),
        ([online, running], State.CONNECTED),
        ([online, running, offline], State.CONNECTED),
        ([online, running, offline, finished], State.WAITING),
        ([online, running, finished], State.PRESENT),
        ([online, enter, running, finished], State.CONNECTED),
        ([finished], State.WAITING),
        ([online, finished], State.PRESENT),
    ],
    ids=lambda value: "-".join(one.__name__ for one in value) or "nothing" if isinstance(value, list) else "",
)
def test_state_follows_the_evidence(signals: list[Signal], state: State) -> None:
    session = make_session(State.WAITING)
    for minute, signal in enumerate(signals):
        session = signal(session, after(minute))
    assert session.state is state


@pytest.mark.parametrize("signal", [online, running, finished], ids=lambda signal: signal.__name__)
@pytest.mark.parametrize("state", [State.CREATING, State.ENDED, State.EXPIRED, State.FAILED])
def test_evidence_moves_no_session_that_is_not_open_at_teamviewer(state: State, signal: Signal) -> None:
    seen = signal(make_session(state), NOW)
    assert (seen.state, seen.arrived_at) == (state, None)


def test_the_same_signal_again_changes_nothing() -> None:
    session = online(make_session(State.WAITING), NOW)
    assert online(session, after(1)) is session
    connected = running(session, after(2))
    assert connected.version == session.version + 1
    assert running(connected, after(3)) is connected
    assert enter(enter(connected, after(4)), after(5)).entered_at == after(4)


def test_a_departure_is_remembered_with_its_time_and_how_long_the_requester_stayed() -> None:
    left = offline(online(make_session(State.WAITING), NOW), after(12))
    assert (left.arrived_at, left.left_at, left.stayed_seconds) == (None, after(12), 720)
    assert online(left, after(20)).arrived_at == after(20)


def test_a_clock_that_was_set_back_gives_no_negative_stay() -> None:
    assert offline(online(make_session(State.WAITING), after(5)), NOW).stayed_seconds == 0


@pytest.mark.parametrize(
    ("signals", "since"),
    [([], None), ([online], None), ([online, enter], after(1)), ([online, enter, running], after(1))],
    ids=["nobody", "only there", "entered", "reported"],
)
def test_connected_since_needs_evidence_of_a_connection(
    signals: list[Signal], since: datetime | None
) -> None:
    session = make_session(State.WAITING)
    for minute, signal in enumerate(signals):
        session = signal(session, after(minute))
    assert session.connected_since == since


@pytest.mark.parametrize(
    ("spans", "seconds"),
    [
        ([], None),
        ([(0, 5)], 300),
        ([(0, 5), (5, 6)], 360),
        ([(0, 10), (2, 3)], 600),
        ([(2, 8), (1, 5)], 420),
        ([(0, 5), (0, 5)], 300),
        ([(0, None)], None),
        ([(0, None), (1, 2)], 60),
        ([(5, 0)], 0),
    ],
    ids=["none", "one", "in turn", "within", "overlapping", "the same", "running", "both", "backwards"],
)
def test_connected_time_is_the_sum_of_the_reports(
    spans: list[tuple[int, int | None]], seconds: int | None
) -> None:
    assert connected_seconds(connection(start, end) for start, end in spans) == seconds


def test_connections_are_merged_by_their_id_and_none_is_lost() -> None:
    first, running_one, ended_one = connection(0, 1), connection(2), connection(2, 4)
    assert merged([first, running_one], [ended_one, connection(1, 2)]) == (
        first,
        connection(1, 2),
        ended_one,
    )


def test_device_is_that_of_the_newest_connection_that_names_one() -> None:
    session = make_session(
        connections=(connection(0, 1, "PC-1"), connection(2, 3, "PC-2"), connection(4, 5, None))
    )
    assert session.device == "PC-2"
    assert make_session().device is None


@pytest.mark.parametrize(
    ("signals", "was_joined"),
    [([], False), ([enter], False), ([online], True), ([online, offline], True), ([finished], True)],
    ids=["nothing", "technician alone", "there", "left", "reported"],
)
def test_a_session_knows_whether_anybody_ever_joined(signals: list[Signal], *, was_joined: bool) -> None:
    session = make_session(State.WAITING)
    for signal in signals:
        session = signal(session, NOW)
    assert session.ended(after(1), by=None).was_joined is was_joined


def test_rating_is_that_of_the_newest_connection_that_has_one() -> None:
    session = make_session(State.WAITING)
    assert session.reported([connection(1, 2)], NOW).rated_connection is None
    first, second = (replace(connection(start, start + 1), rating=start) for start in (1, 3))
    assert session.reported([first, second, connection(5, 6)], NOW).rated_connection == second


@pytest.mark.parametrize(
    ("state", "is_over"),
    [(state, state in {State.ENDED, State.EXPIRED}) for state in State],
)
def test_only_an_ended_or_expired_session_is_over(state: State, *, is_over: bool) -> None:
    assert state.is_over is is_over


@pytest.mark.parametrize(
    ("state", "signals", "lacks_reports"),
    [
        (State.ENDED, [online], True),
        (State.EXPIRED, [online, offline], True),
        (State.ENDED, [running], True),
        (State.ENDED, [online, finished], False),
        (State.ENDED, [], False),
        (State.WAITING, [online], False),
        (State.FAILED, [online], False),
    ],
)
def test_reports_are_missing_of_a_session_that_is_over_and_was_joined(
    state: State, signals: list[Signal], *, lacks_reports: bool
) -> None:
    session = make_session(State.WAITING)
    for minute, signal in enumerate(signals):
        session = signal(session, after(minute))
    assert replace(session, state=state).lacks_reports is lacks_reports
