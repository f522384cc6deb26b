"""Look people up: their chat profile at the platform, and the technician list in ServiceDesk Plus."""

from collections.abc import Mapping
from datetime import timedelta

from bot import freshness as limits
from bot.account_check import AccountCheck
from bot.errors import BotError, NotAuthorized, Rejected, Unavailable
from bot.freshness import DIRECTORY_FRESH, PROFILE_FRESH, STALE_LIMIT
from bot.i18n import _
from bot.model.ids import email
from bot.model.limitation import Limitation
from bot.model.technician import Actor, Directory, Profile
from bot.pauses import LeftAlone
from bot.ports import Clock, ServiceDesk, Steps
from bot.unit_of_work import UnitOfWork
from bot.workflows.limitations import LimitationMonitor

_TECHNICIANS = "technicians"


class UserLookup:
    """Reads profiles and the technician list from outside, and stores them."""

    def __init__(
        self,
        unit_of_work: UnitOfWork,
        accounts: AccountCheck,
        servicedesk: ServiceDesk,
        limitations: LimitationMonitor,
        clock: Clock,
    ) -> None:
        self._unit_of_work = unit_of_work
        self._accounts = accounts
        self._servicedesk = servicedesk
        self._limitations = limitations
        self._clock = clock
        self._left_alone = LeftAlone(clock)

    async def read_profile(self, actor: Actor) -> Profile:
        """Read an account's profile from the platform and store it. Raises Unavailable, Rejected."""
        return await self._accounts.read_profile(actor)

    async def read_old_profile(self, actor: Actor) -> None:
        """Read an account's profile where none is stored, or the stored one is too old for showing a page."""
        async with self._unit_of_work.read() as tx:
            known_user = await tx.people.known_user(actor)
        if known_user is None or self._clock() - known_user.profile_read_at > PROFILE_FRESH:
            await self.read_profile(actor)

    async def refresh_technicians_for(self, actor: Actor) -> None:
        """Refresh the technician list for a command, and sooner where its sender is not on the list.

        They may have become a technician a moment ago. Homes and previews accept an older list: people open those as
        often as they like, and ServiceDesk Plus limits the calls.
        """
        async with self._unit_of_work.read() as tx:
            known_user = await tx.people.known_user(actor)
        is_listed = known_user is not None and known_user.listed_as is not None
        await self.refresh_technicians(
            older_than=DIRECTORY_FRESH / 2 if is_listed else limits.DIRECTORY_FRESH_FOR_UNLISTED
        )

    async def refresh_technicians(self, *, older_than: timedelta = DIRECTORY_FRESH / 2) -> None:
        """Read the technician list where the stored one is older than ``older_than``.

        While ServiceDesk Plus does not answer, a list of up to STALE_LIMIT is accepted. With the integration off nothing
        is asked, and any stored list is accepted. Raises what ServiceDesk Plus raises, where no list is acceptable.
        """
        async with self._unit_of_work.read() as tx:
            read_at = await tx.people.directory_read_at()
            switches = await tx.switches.read()
        now = self._clock()
        if read_at is not None and (now - read_at < older_than or not switches.integration):
            return
        is_acceptable = read_at is not None and now - read_at < STALE_LIMIT
        if is_acceptable and await self._limitations.find_current(Limitation.TECHNICIANS) is not None:
            return
        try:
            names = await self._read_technicians()
        # Technicians must be able to work while ServiceDesk Plus is down, but not without limit.
        except BotError:
            if is_acceptable:
                return
            raise
        directory = Directory({email(address): name for address, name in names.items()}, now)
        async with self._unit_of_work.write() as tx:
            stored_at = await tx.people.directory_read_at()
            # Another process may have read a newer list while this one waited for its answer.
            if stored_at is None or stored_at <= now:
                await tx.people.store_directory(directory)

    async def _read_technicians(self) -> Mapping[str, str]:
        """Read the technicians, and report to the SDAdmins what is missing for that. Raises what ServiceDesk Plus raises."""
        remaining = self._left_alone.remaining(_TECHNICIANS)
        if remaining:
            raise Unavailable(
                _("ServiceDesk Plus accepts no more calls for some minutes: there were too many."),
                retry_after=remaining,
            )
        try:
            with self._left_alone.asking(_TECHNICIANS):
                technicians = await self._servicedesk.technicians()
        except (NotAuthorized, Rejected) as error:
            # An older list is accepted for a while, so nobody else would learn of this before it is too late.
            await self._limitations.record(
                Limitation.TECHNICIANS, error.text, retry_after=DIRECTORY_FRESH / 2
            )
            raise
        if technicians.limitation is None:
            await self._limitations.clear(Limitation.TECHNICIANS)
        else:
            await self._limitations.record(Limitation.TECHNICIANS, technicians.limitation)
        return technicians.names


async def refresh_technicians(steps: Steps, *, users: UserLookup) -> None:
    """Read the technician list, where the stored one is no longer fresh."""
    await steps.run_step("read the technicians", users.refresh_technicians)
