"""The profile of a Slack account: who belongs to the workspace, and whose address counts."""

from typing import Any

import pytest

from adapters.slack.profile import homes_of, read_profile
from bot.model.technician import Actor, Platform, Profile

TOM = Actor(Platform.SLACK, "T1", "U1")
ACCOUNT: dict[str, Any] = {
    "team_id": "T1",
    "real_name": "Tom Ray",
    "profile": {"email": "Tom@Example.test"},
    "is_email_confirmed": True,
}


def read(
    user: dict[str, Any], *, homes: tuple[str, ...] = ("T1",), allows_unconfirmed: bool = False
) -> Profile:
    return read_profile(TOM, user, homes, allows_unconfirmed_email=allows_unconfirmed)


def test_account_of_the_workspace_is_at_home_with_its_address() -> None:
    profile = read(ACCOUNT)
    assert (profile.name, profile.email, profile.is_external) == ("Tom Ray", "tom@example.test", False)
    assert not profile.has_unconfirmed_email


@pytest.mark.parametrize(
    "grid",
    [
        {"teams": ["T9", "T1"]},
        {"enterprise_user": {"teams": ["T9", "T1"]}},
        {"teams": None, "enterprise_user": {"teams": ["T1"], "enterprise_id": "E9"}},
    ],
    ids=["teams", "enterprise_user", "only in enterprise_user"],
)
def test_member_of_a_grid_is_at_home_in_each_of_their_workspaces(grid: dict[str, Any]) -> None:
    """``team_id`` names another workspace of theirs."""
    assert not read(ACCOUNT | {"team_id": "T9"} | grid).is_external


@pytest.mark.parametrize("grid", [{"enterprise_id": "E1"}, {"enterprise_user": {"enterprise_id": "E1"}}])
def test_member_of_a_grid_is_at_home_in_their_organization(grid: dict[str, Any]) -> None:
    assert not read(ACCOUNT | {"team_id": "T9"} | grid, homes=("T1", "E1")).is_external
    assert read(ACCOUNT | {"team_id": "T9"} | grid, homes=("T1",)).is_external


@pytest.mark.parametrize(
    "user",
    [
        ACCOUNT | {"team_id": "T9"},
        ACCOUNT | {"team_id": "T9", "teams": ["T8"], "enterprise_id": "E9"},
        ACCOUNT | {"teams": ["T1"], "is_stranger": True},
        ACCOUNT | {"team_id": None},
        {},
    ],
    ids=["another workspace", "another organization", "stranger", "no workspace", "nothing"],
)
def test_people_of_other_organizations_are_external(user: dict[str, Any]) -> None:
    assert read(user, homes=("T1", "E1")).is_external


@pytest.mark.parametrize("junk", [None, "", 5, "T1", {}, [None]])
def test_fields_of_the_wrong_type_name_no_home(junk: Any) -> None:
    assert homes_of({"team_id": "T9", "teams": junk, "enterprise_user": junk}) <= {"T9"}


def test_unconfirmed_address_is_no_address_unless_the_setting_allows_it() -> None:
    unconfirmed = ACCOUNT | {"is_email_confirmed": False}
    refused, allowed = read(unconfirmed), read(unconfirmed, allows_unconfirmed=True)
    assert (refused.email, refused.has_unconfirmed_email) == (None, True)
    assert (allowed.email, allowed.has_unconfirmed_email) == ("tom@example.test", False)


@pytest.mark.parametrize("confirmed", [True, False])
def test_account_without_an_address_has_none_that_could_be_confirmed(*, confirmed: bool) -> None:
    profile = read(ACCOUNT | {"profile": {}, "is_email_confirmed": confirmed})
    assert (profile.email, profile.has_unconfirmed_email) == (None, False)
