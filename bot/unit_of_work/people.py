"""What is stored of people and of the chats in which they are."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from bot.model.effect import Effect
from bot.model.ids import Email
from bot.model.membership import Membership
from bot.model.sender import Sender
from bot.model.technician import Actor, Directory, KnownUser, Platform, Profile
from bot.model.technician_status import FirstStepsDone, TechnicianStatus


class People(Protocol):
    async def profile(self, actor: Actor) -> tuple[Profile, datetime] | None:
        """Return a stored profile and when it was read."""

    async def store_profile(self, profile: Profile, at: datetime) -> None:
        """Store a profile. A full member who has none yet gets its address to work under, unless another account has it."""

    async def accounts_of(self, platform: Platform, user: str) -> Sequence[Actor]:
        """List the accounts with a stored profile that have this id, one for each tenant in which the bot has met them."""

    async def expire_profile(self, actor: Actor, at: datetime) -> None:
        """Count a stored profile as read at ``at``, so that it is too old for every command. An older one stays as it is."""

    async def confirm_address(self, profile: Profile) -> Effect:
        """Let an account work under the address of its profile, and no other account of its tenant. NOTHING where it does."""

    async def profiles_of(self, technician: Email) -> Sequence[Profile]:
        """List the profiles of the accounts that work under a technician's address."""

    async def profiles_with(self, address: Email) -> Sequence[Profile]:
        """List the profiles that show an address, also those of accounts that may not work under it."""

    async def known_user(self, actor: Actor) -> KnownUser | None:
        """Return everything stored about an account, in one query. None where its profile is not stored."""

    async def sender(self, actor: Actor) -> Sender | None:
        """Return what a command needs of its sender, with the switches, in one query. None where the profile is not stored."""

    async def directory_read_at(self) -> datetime | None:
        """Return when the technician list was last read."""

    async def technician_name(self, email: Email) -> str | None:
        """Return the name on the technician list for an address. None where the address is not on it."""

    async def store_directory(self, directory: Directory) -> None: ...

    async def granted_admins(self) -> frozenset[Email]: ...

    async def grant_admin(self, technician: Email) -> Effect:
        """Grant the SDAdmin role. NOTHING where the technician has it already."""

    async def revoke_admin(self, technician: Email) -> Effect:
        """Revoke the SDAdmin role. NOTHING where the technician did not have it."""

    async def status_of(self, technician: Email) -> TechnicianStatus:
        """Return a technician's connection, their choices and how many of their sessions can be entered, in one query."""

    async def wants_pings(self, technician: Email) -> bool:
        """Return whether a technician is notified when a requester is there. By default they are."""

    async def choose_pings(self, technician: Email, *, wanted: bool) -> Effect: ...

    async def purge(self, before: datetime, *, limit: int) -> bool:
        """Delete the profiles of people who were last seen before that, and the preferences of people without one.

        Deletes at most ``limit`` of each kind. Returns whether there may be more.
        """


class Homes(Protocol):
    """The people who have opened their home, so that it can be refreshed."""

    async def add(self, actor: Actor) -> None:
        """Store that an account has opened its home. What a home shows is read after this transaction.

        Where it is new, this waits for each session that is being changed, as that change did not know the home.
        """

    async def purge(self, *, limit: int) -> bool:
        """Delete at most ``limit`` homes of people whose profile is no longer stored. Returns whether there may be more."""

    async def has(self, actor: Actor) -> bool:
        """Return whether an account has opened its home."""

    async def of_technician(self, technician: Email) -> Sequence[Actor]: ...

    async def first_steps_of(self, technician: Email, actor: Actor) -> FirstStepsDone:
        """Return which first steps a technician has done, whose account ``actor`` has opened its home."""

    async def page(self, *, after: Actor | None, limit: int) -> Sequence[Actor]:
        """List people who have opened their home, in a fixed order: the first ones after ``after``."""


class Memberships(Protocol):
    """Where the bot is a member: channels of Slack, and teams of Teams."""

    async def store(self, membership: Membership, at: datetime) -> bool:
        """Store that the bot was added to a place or removed from it. Returns whether that is news.

        Events may come out of order, so one that is older than the stored one changes nothing. An empty name does not replace a
        stored one.
        """

    async def list_current(self, platform: Platform, tenant: str, *, limit: int) -> Sequence[Membership]:
        """List the places of a tenant that the bot is in, the last changed first."""

    async def forget_tenant(self, platform: Platform, tenant: str) -> None:
        """Delete what is stored about the places of a tenant that has removed the bot."""

    async def purge(self, before: datetime, *, limit: int) -> bool:
        """Delete the places that the bot was removed from before ``before``. Returns whether there may be more."""
