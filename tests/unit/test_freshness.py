"""How old stored knowledge about a person may be for each kind of command."""

from datetime import UTC, datetime, timedelta

import pytest

from bot import freshness
from bot.commands import (
    Auth,
    Command,
    Create,
    Help,
    History,
    ListOpen,
    OnSession,
    ShowHome,
    Status,
    SwitchIntegration,
    Verb,
)
from bot.freshness import (
    DIRECTORY_FRESH,
    PROFILE_FRESH,
    STALE_LIMIT,
    is_fresh_enough,
)
from bot.model.ids import Email, RequestNumber
from bot.model.technician import Actor, KnownUser, Platform, Profile

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
MOMENT = timedelta(microseconds=1)
CREATE = Create(RequestNumber("7"))


def known_user(
    *, profile_age: timedelta, list_age: timedelta | None, listed_as: str | None = "Tom"
) -> KnownUser:
    profile = Profile(Actor(Platform.SLACK, "T1", "U1"), "Tom", Email("tom@example.test"))
    return KnownUser(
        profile,
        NOW - profile_age,
        None if list_age is None else NOW - list_age,
        listed_as,
        is_granted_admin=False,
    )


def test_a_person_whose_technician_list_was_never_read_is_looked_up() -> None:
    user = known_user(profile_age=timedelta(0), list_age=None)
    assert not is_fresh_enough(user, Help(), NOW)


@pytest.mark.parametrize("command", [CREATE, Auth(), ShowHome()])
def test_a_command_that_changes_something_needs_a_fresh_profile_and_list(command: Command) -> None:
    profile, listed = PROFILE_FRESH - MOMENT, DIRECTORY_FRESH - MOMENT
    assert is_fresh_enough(known_user(profile_age=profile, list_age=listed), command, NOW)
    assert not is_fresh_enough(known_user(profile_age=PROFILE_FRESH, list_age=listed), command, NOW)
    assert not is_fresh_enough(known_user(profile_age=profile, list_age=DIRECTORY_FRESH), command, NOW)


@pytest.mark.parametrize("command", [Help(), Status(), ListOpen(), History()])
def test_a_read_only_command_accepts_what_is_a_day_old(command: Command) -> None:
    old = STALE_LIMIT - MOMENT
    assert is_fresh_enough(known_user(profile_age=old, list_age=old), command, NOW)
    assert not is_fresh_enough(known_user(profile_age=STALE_LIMIT, list_age=old), command, NOW)
    assert not is_fresh_enough(known_user(profile_age=old, list_age=STALE_LIMIT), command, NOW)


@pytest.mark.parametrize(
    "command", [OnSession(Verb.LINK, "7"), OnSession(Verb.ENTER, "7"), SwitchIntegration(on=False)]
)
def test_a_command_that_reveals_a_link_or_moves_a_switch_needs_a_profile_of_its_own(command: Command) -> None:
    """A profile of the same moment may be older than the change. Only one that was read for this command counts."""
    user = known_user(profile_age=timedelta(0), list_age=timedelta(0))
    assert not is_fresh_enough(user, command, NOW)
    assert is_fresh_enough(user, command, NOW, is_looked_at=True)
    old_list = known_user(profile_age=timedelta(0), list_age=DIRECTORY_FRESH)
    assert not is_fresh_enough(old_list, command, NOW, is_looked_at=True)


@pytest.mark.parametrize("command", [CREATE, Help()])
def test_somebody_who_is_not_listed_is_looked_up_again_soon(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They may have become a technician a minute ago, so a refusal must not last."""
    limit = timedelta(seconds=15)
    monkeypatch.setattr(freshness, "DIRECTORY_FRESH_FOR_UNLISTED", limit)  # the end-to-end tests shorten it
    profile, listed = PROFILE_FRESH - MOMENT, limit - MOMENT
    fresh = known_user(profile_age=profile, list_age=listed, listed_as=None)
    late = known_user(profile_age=profile, list_age=limit, listed_as=None)
    assert is_fresh_enough(fresh, command, NOW)
    assert not is_fresh_enough(late, command, NOW)
