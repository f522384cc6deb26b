"""People in memory."""

import sys
from collections.abc import Sequence
from datetime import datetime

from support.memory.connections import MemoryConnections
from support.memory.data import Data
from support.memory.plans import MemoryPlans
from support.memory.sessions import MemorySessions

from bot.model.effect import Effect
from bot.model.ids import Email
from bot.model.sender import Sender
from bot.model.technician import Actor, AddressDoubt, Directory, KnownUser, Platform, Profile
from bot.model.technician_status import TechnicianStatus


class MemoryPeople:
    """The people of one transaction."""

    def __init__(self, data: Data) -> None:
        self._data = data

    async def profile(self, actor: Actor) -> tuple[Profile, datetime] | None:
        return self._data.profiles.get(actor)

    async def store_profile(self, profile: Profile, at: datetime) -> None:
        actor, addresses = profile.actor, self._data.addresses
        self._data.profiles[actor] = (profile, at)
        is_taken = profile.email in [addresses[one] for one in addresses if _is_of_same_tenant(one, actor)]
        if profile.email is not None and profile.is_full_member and not is_taken:
            addresses.setdefault(actor, profile.email)

    async def accounts_of(self, platform: Platform, user: str) -> Sequence[Actor]:
        return [one for one in self._data.profiles if (one.platform, one.user) == (platform, user)]

    async def expire_profile(self, actor: Actor, at: datetime) -> None:
        profile, read_at = self._data.profiles[actor]
        self._data.profiles[actor] = (profile, min(read_at, at))

    async def confirm_address(self, profile: Profile) -> Effect:
        actor, addresses = profile.actor, self._data.addresses
        if profile.email is None or self._doubt(profile) is None:
            return Effect.NOTHING
        for one in [one for one in addresses if _is_of_same_tenant(one, actor)]:
            if addresses[one] == profile.email:
                del addresses[one]
        addresses[actor] = profile.email
        return Effect.CHANGED

    def _doubt(self, profile: Profile) -> AddressDoubt | None:
        works_as = self._data.addresses.get(profile.actor)
        if profile.email is None or profile.email == works_as:
            return None
        return AddressDoubt.TAKEN if works_as is None else AddressDoubt.CHANGED

    async def profiles_of(self, technician: Email) -> Sequence[Profile]:
        return [
            one
            for one, _read_at in self._data.profiles.values()
            if one.email == technician == self._data.addresses.get(one.actor)
        ]

    async def profiles_with(self, address: Email) -> Sequence[Profile]:
        return [one for one, _read_at in self._data.profiles.values() if one.email == address]

    async def known_user(self, actor: Actor) -> KnownUser | None:
        stored = self._data.profiles.get(actor)
        if stored is None:
            return None
        profile, read_at = stored
        listed_as = await self.technician_name(profile.email) if profile.email else None
        is_granted = profile.email in self._data.admins
        return KnownUser(
            profile, read_at, await self.directory_read_at(), listed_as, is_granted, self._doubt(profile)
        )

    async def sender(self, actor: Actor) -> Sender | None:
        known_user = await self.known_user(actor)
        return Sender(known_user, self._data.switches) if known_user else None

    async def directory_read_at(self) -> datetime | None:
        return self._data.directory.read_at if self._data.directory else None

    async def technician_name(self, email: Email) -> str | None:
        return self._data.directory.technicians.get(email) if self._data.directory else None

    async def store_directory(self, directory: Directory) -> None:
        self._data.directory = directory

    async def granted_admins(self) -> frozenset[Email]:
        return frozenset(self._data.admins)

    async def grant_admin(self, technician: Email) -> Effect:
        is_new = technician not in self._data.admins
        self._data.admins.add(technician)
        return Effect.of(changed=is_new)

    async def revoke_admin(self, technician: Email) -> Effect:
        was_admin = technician in self._data.admins
        self._data.admins.discard(technician)
        return Effect.of(changed=was_admin)

    async def status_of(self, technician: Email) -> TechnicianStatus:
        sessions = MemorySessions(self._data)
        usable = [one for one in await sessions.open_of_technician(technician) if one.is_usable]
        connection = await MemoryConnections(self._data).active(technician)
        planned = await MemoryPlans(self._data).planned_by(technician, limit=sys.maxsize)
        return TechnicianStatus(connection, await self.wants_pings(technician), len(usable), len(planned))

    async def wants_pings(self, technician: Email) -> bool:
        return self._data.preferences.get(technician, True)

    async def choose_pings(self, technician: Email, *, wanted: bool) -> Effect:
        was_wanted = await self.wants_pings(technician)
        self._data.preferences[technician] = wanted
        return Effect.of(changed=was_wanted is not wanted)

    async def purge(self, before: datetime, *, limit: int) -> bool:
        profiles = self._data.profiles.items()
        old = [actor for actor, (_profile, read_at) in profiles if read_at < before][:limit]
        for actor in old:
            del self._data.profiles[actor]
            self._data.addresses.pop(actor, None)
        addresses = {profile.email for profile, _read_at in self._data.profiles.values()}
        strangers = [one for one in self._data.preferences if one not in addresses][:limit]
        for email in strangers:
            del self._data.preferences[email]
        return limit in {len(old), len(strangers)}


def _is_of_same_tenant(one: Actor, other: Actor) -> bool:
    return (one.platform, one.tenant) == (other.platform, other.tenant)
