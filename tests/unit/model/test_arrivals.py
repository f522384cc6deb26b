"""The requester's arrivals: which of them are one, and whether anything shows that the requester was helped."""

from datetime import datetime, timedelta

import pytest
from support.sessions import NOW, make_session

from bot.model.session import SAME_ARRIVAL, Session, State
from bot.model.session_connection import SessionConnection

SECOND = timedelta(seconds=1)


def after(minutes: float) -> datetime:
    return NOW + timedelta(minutes=minutes)


def online(session: Session, at: datetime) -> Session:
    return session.seen(is_online=True, at=at)


def offline(session: Session, at: datetime) -> Session:
    return session.seen(is_online=False, at=at)


def left(minutes: float = 12) -> Session:
    """Return a session whose requester arrived, and left after this many minutes."""
    return offline(online(make_session(State.WAITING), NOW), after(minutes))


def test_first_arrival_begins_when_the_requester_is_seen() -> None:
    assert online(make_session(State.WAITING), NOW).arrival_began_at == NOW


@pytest.mark.parametrize(
    ("away", "is_same"),
    [(timedelta(), True), (SAME_ARRIVAL, True), (SAME_ARRIVAL + SECOND, False), (timedelta(hours=1), False)],
)
def test_return_within_two_minutes_belongs_to_the_same_arrival(away: timedelta, *, is_same: bool) -> None:
    back = online(left(), after(12) + away)
    assert back.arrived_at == after(12) + away
    assert back.arrival_began_at == (NOW if is_same else after(12) + away)


def test_short_absences_do_not_add_up() -> None:
    session = left()
    for minute in (13, 15, 17):
        session = offline(online(session, after(minute)), after(minute + 1))
    assert (session.arrival_began_at, session.left_at) == (NOW, after(18))


def test_stay_counts_from_the_beginning_of_the_arrival() -> None:
    session = offline(online(left(10), after(11)), after(12))
    assert session.stayed_seconds == 12 * 60


def test_arrival_of_a_session_from_an_older_version_begins_when_the_requester_arrived() -> None:
    session = make_session(State.PRESENT, arrived_at=NOW, is_online=True)
    assert offline(session, after(5)).stayed_seconds == 5 * 60


def test_clock_that_was_set_back_begins_no_new_arrival() -> None:
    assert online(left(), after(-5)).arrival_began_at == NOW


def test_entry_counts_for_the_stay_in_which_it_was_made() -> None:
    """After a short absence the state claims no connection, but the requester was helped in this arrival."""
    entered = online(make_session(State.WAITING), NOW).entered(after(1))
    back = online(offline(entered, after(2)), after(3))
    assert (back.state, back.is_entered, back.was_helped) == (State.PRESENT, False, True)
    again = back.entered(after(4))
    assert (again.state, again.entered_at) == (State.CONNECTED, after(4))


def test_entry_on_a_machine_whose_clock_is_behind_counts() -> None:
    entered = online(make_session(State.WAITING), NOW).entered(NOW - SECOND)
    assert (entered.state, entered.entered_at) == (State.CONNECTED, NOW)


@pytest.mark.parametrize(
    ("start", "end", "is_help"),
    [(1, 5, True), (1, None, True), (-5, 1, True), (-30, -10, False), (-30, -0.5, True)],
    ids=["within", "running", "over the beginning", "long before", "within the difference of the clocks"],
)
def test_reported_connection_is_help_in_the_arrival_that_it_overlaps(
    start: float, end: float | None, *, is_help: bool
) -> None:
    connection = SessionConnection("1", after(start), None if end is None else after(end))
    assert left().reported([connection], after(20)).was_helped is is_help


def test_requester_who_was_never_there_was_not_helped() -> None:
    assert not make_session(State.WAITING).was_helped


def test_entry_of_an_earlier_arrival_is_no_help_in_a_later_one() -> None:
    entered = online(make_session(State.WAITING), NOW).entered(after(1))
    assert offline(entered, after(2)).was_helped
    assert not online(offline(entered, after(2)), after(10)).was_helped
