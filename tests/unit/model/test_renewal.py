"""When a session can be renewed, and what a renewal changes of it."""

from datetime import timedelta

import pytest
from support.sessions import NOW, make_session

from bot.model.ids import CommandKey, SessionCode, derive_renewal_id
from bot.model.renewal import MOST_RENEWALS, RENEWED_LATELY, RenewalObstacle, find_obstacle
from bot.model.secret import Secret
from bot.model.session import VALID_FOR, IllegalMove, RemoteSession, Session, State
from bot.values import replace

OLD, NEW = SessionCode("s12-345-678"), SessionCode("s12-345-679")
REMOTE = RemoteSession(
    NEW, Secret("https://tv/join"), Secret("https://tv/enter"), None, Secret("https://tv/web")
)
LATER = NOW + timedelta(hours=23)


def waiting(**changes: object) -> Session:
    """Return a session that waits for its requester."""
    fields: dict[str, object] = {"code": OLD, "valid_until": NOW + VALID_FOR}
    return make_session(State.WAITING, **(fields | changes))


def test_renewed_session_has_the_new_links_and_remembers_the_code_before() -> None:
    session = waiting(subject="Printer", version=7)
    renewed = session.renewed(REMOTE, LATER)
    assert (renewed.code, renewed.former_codes, renewed.version) == (NEW, (OLD,), 8)
    assert renewed.requester_link == REMOTE.requester_link
    assert renewed.supporter_link == REMOTE.supporter_link
    assert renewed.web_client_link == REMOTE.web_client_link
    assert (renewed.valid_until, renewed.renewed_at) == (LATER + VALID_FOR, LATER)
    kept = ("id", "join_token", "created_at", "subject", "technician", "connections")
    assert all(getattr(renewed, name) == getattr(session, name) for name in kept)


def test_end_that_teamviewer_names_counts() -> None:
    remote = replace(REMOTE, valid_until=LATER + timedelta(hours=12))
    assert waiting().renewed(remote, LATER).valid_until == remote.valid_until


def test_session_is_called_by_each_of_its_codes() -> None:
    renewed = waiting().renewed(REMOTE, LATER)
    assert list(renewed.codes) == [NEW, OLD]
    assert renewed.is_called("s12345678")
    assert renewed.is_called("s12345679")
    assert renewed.has_code(SessionCode("S12345678"))
    assert not renewed.has_code(SessionCode("s12-345-670"))


@pytest.mark.parametrize("state", [one for one in State if one is not State.WAITING])
def test_session_in_any_other_state_is_not_renewed(state: State) -> None:
    with pytest.raises(IllegalMove):
        replace(waiting(), state=state).renewed(REMOTE, LATER)


def test_session_whose_end_was_asked_for_is_not_renewed() -> None:
    with pytest.raises(IllegalMove):
        waiting(ending_since=NOW).renewed(REMOTE, LATER)


@pytest.mark.parametrize(
    ("session", "obstacle"),
    [
        (waiting(), None),
        (waiting(renewed_at=LATER - RENEWED_LATELY), None),
        (waiting(renewed_at=LATER - RENEWED_LATELY + timedelta(seconds=1)), RenewalObstacle.LATELY),
        (waiting(former_codes=(OLD,) * (MOST_RENEWALS - 1)), None),
        (waiting(former_codes=(OLD,) * MOST_RENEWALS), RenewalObstacle.TOO_OFTEN),
        (waiting(valid_until=LATER), RenewalObstacle.OVER),
        (waiting(ending_since=NOW), RenewalObstacle.ENDING),
        (make_session(State.CREATING), RenewalObstacle.CREATING),
        (replace(waiting(), state=State.PRESENT), RenewalObstacle.IN_USE),
        (replace(waiting(), state=State.CONNECTED), RenewalObstacle.IN_USE),
        (replace(waiting(), state=State.ENDED), RenewalObstacle.OVER),
        (replace(waiting(), state=State.EXPIRED), RenewalObstacle.OVER),
        (replace(waiting(), state=State.FAILED), RenewalObstacle.OVER),
    ],
)
def test_obstacle_is_named(session: Session, obstacle: RenewalObstacle | None) -> None:
    assert find_obstacle(session, LATER) is obstacle


def test_session_without_an_obstacle_can_be_renewed() -> None:
    """The rule and the move agree: what the rule lets pass never raises."""
    for state in State:
        session = replace(waiting(), state=state)
        if find_obstacle(session, LATER) is None:
            assert session.renewed(REMOTE, LATER).state is State.WAITING


def test_command_that_runs_twice_asks_for_one_renewal() -> None:
    assert derive_renewal_id(CommandKey("k1")) == derive_renewal_id(CommandKey("k1"))
    assert derive_renewal_id(CommandKey("k1")) != derive_renewal_id(CommandKey("k2"))
