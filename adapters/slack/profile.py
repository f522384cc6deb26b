"""Read an account's profile from what ``users.info`` returns."""

from collections.abc import Collection, Mapping
from typing import Any

from adapters.slack.origin import as_object
from bot.model.ids import Email, email
from bot.model.sanitize import sanitize
from bot.model.technician import Actor, Profile


def read_profile(
    actor: Actor, user: Mapping[str, Any], homes: Collection[str], *, allows_unconfirmed_email: bool
) -> Profile:
    """Read the profile of an account.

    ``homes`` are the workspaces and organizations whose members may act where the command came from. With
    ``allows_unconfirmed_email`` an address counts even if Slack does not call it confirmed.
    """
    details = as_object(user.get("profile"))
    address = str(details.get("email") or "")
    is_confirmed = bool(user.get("is_email_confirmed", True)) or allows_unconfirmed_email
    return Profile(
        actor=actor,
        name=sanitize(
            str(details.get("real_name") or user.get("real_name") or user.get("name") or actor.user)
        ),
        email=_address(address) if is_confirmed else None,
        has_unconfirmed_email=bool(address) and not is_confirmed,
        locale=str(user.get("locale") or "en"),
        timezone=str(user.get("tz") or "UTC"),
        is_guest=bool(user.get("is_restricted") or user.get("is_ultra_restricted")),
        is_external=bool(user.get("is_stranger")) or homes_of(user).isdisjoint(homes),
        is_deactivated=bool(user.get("deleted")),
        is_bot=bool(user.get("is_bot") or user.get("is_app_user") or actor.user == "USLACKBOT"),
    )


def homes_of(user: Mapping[str, Any]) -> frozenset[str]:
    """Return every workspace and Enterprise organization that an account belongs to.

    ``team_id`` names one workspace only. A member of an Enterprise Grid also belongs to each workspace of ``teams``, and
    to ``enterprise_id``. Slack names them in the account itself, in ``enterprise_user``, or in both (``users.info``).
    """
    grid = as_object(user.get("enterprise_user"))
    named = [user.get("team_id")]
    for one in (user, grid):
        teams = one.get("teams")
        named += [one.get("enterprise_id"), *(teams if isinstance(teams, list) else [])]
    return frozenset(str(one) for one in named if one)


def _address(address: str) -> Email | None:
    return email(address) if address else None
