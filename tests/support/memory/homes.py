"""Opened homes in memory."""

from collections.abc import Sequence

from support.memory.data import Data

from bot.model.ids import Email
from bot.model.technician import Actor
from bot.model.technician_status import FirstStepsDone


class MemoryHomes:
    """The opened homes of one transaction."""

    def __init__(self, data: Data) -> None:
        self._data = data

    async def add(self, actor: Actor) -> None:
        if actor not in self._data.homes:
            self._data.homes.append(actor)

    async def has(self, actor: Actor) -> bool:
        return actor in self._data.homes

    async def purge(self, *, limit: int) -> bool:
        old = [actor for actor in self._data.homes if actor not in self._data.profiles][:limit]
        self._data.homes = [actor for actor in self._data.homes if actor not in old]
        return len(old) == limit

    async def of_technician(self, technician: Email) -> Sequence[Actor]:
        profiles = self._data.profiles
        return [
            actor
            for actor in self._data.homes
            if actor in profiles and profiles[actor][0].email == technician == self._data.addresses.get(actor)
        ]

    async def first_steps_of(self, technician: Email, actor: Actor) -> FirstStepsDone:
        tenant = (actor.platform, actor.tenant)
        sessions = [row.session for row in self._data.sessions.values()]
        return FirstStepsDone(
            has_created=any(one.technician == technician and one.code is not None for one in sessions),
            is_in_channel=any(
                one.is_member and key[:2] == tenant for key, (one, _at) in self._data.memberships.items()
            )
            or any(
                (one.platform, one.tenant) == tenant and not one.audience.is_private
                for one in self._data.cards
            ),
        )

    async def page(self, *, after: Actor | None, limit: int) -> Sequence[Actor]:
        ordered = sorted(self._data.homes, key=_account)
        return [one for one in ordered if after is None or _account(one) > _account(after)][:limit]


def _account(actor: Actor) -> tuple[str, ...]:
    return (actor.platform, actor.tenant, actor.user)
