"""Look an account up again, before something is shown to it that only a technician may see."""

import asyncio
from collections.abc import Collection, Mapping

from bot.errors import NotAllowed, NotFound, Rejected, Unavailable
from bot.freshness import LOOK_AGAIN_AFTER, PROFILE_FRESH
from bot.i18n import _
from bot.identification import identify_technician
from bot.model.card import Card
from bot.model.ids import Email, is_plain_address
from bot.model.technician import Actor, KnownUser, Platform, Profile, Technician
from bot.ports import Chat, Clock
from bot.unit_of_work import UnitOfWork
from bot.views.parts import Reader

LONGEST_LOOK_SECONDS = 5.0
"""How long a session waits for a chat that does not answer, before what is known of its creator counts."""


class AccountCheck:
    """Checks accounts by their profiles, which it reads again where they are not recent enough.

    ``admins`` are the SDAdmins named in the settings.
    """

    def __init__(
        self,
        unit_of_work: UnitOfWork,
        chats: Mapping[Platform, Chat],
        admins: Collection[Email],
        clock: Clock,
    ) -> None:
        self._unit_of_work = unit_of_work
        self._chats = chats
        self._admins = admins
        self._clock = clock

    async def read_profile(self, actor: Actor) -> Profile:
        """Read an account's profile from the platform and store it. Raises Unavailable, Rejected, NotFound, NotAllowed."""
        asked_at = self._clock()
        profile = await self._chats[actor.platform].profile(actor)
        async with self._unit_of_work.write() as tx:
            stored = await tx.people.profile(actor)
            # Another job may have read a newer profile while this one waited for its answer.
            if stored is None or stored[1] <= asked_at:
                await tx.people.store_profile(profile, asked_at)
        return profile

    async def is_known(self, actor: Actor) -> bool:
        """Whether the profile of an account is stored."""
        return await self._load(actor) is not None

    async def require_current(self, actor: Actor) -> Technician:
        """Return the technician behind an account, by a profile that was read within the last minute.

        Raises NotAllowed if it is no technician's any more, or cannot be read. Raises Unavailable if that is not known now.
        """
        known_user = await self._load(actor)
        if known_user is None or self._clock() - known_user.profile_read_at > LOOK_AGAIN_AFTER:
            try:
                await self.read_profile(actor)
            except (Rejected, NotFound) as error:
                raise NotAllowed(error.text) from None
            known_user = await self._load(actor)
        return self.require_known(known_user)

    async def require_recent(self, actor: Actor) -> Technician:
        """Return the technician behind an account, for something that reveals no link. Looks again like ``require_current``.

        While the chat does not answer, a profile of the last hour counts: technicians must be able to work meanwhile. It
        does not where the chat reported a change since. Raises NotAllowed, Unavailable.
        """
        try:
            async with asyncio.timeout(LONGEST_LOOK_SECONDS):
                return await self.require_current(actor)
        except (Unavailable, TimeoutError):
            known_user = await self._load(actor)
            if known_user is None or self._clock() - known_user.profile_read_at >= PROFILE_FRESH:
                raise Unavailable(_("It is not clear who you are. Try again in a moment.")) from None
            return identify_technician(known_user, self._admins)

    def require_known(self, known_user: KnownUser | None) -> Technician:
        """Return the technician behind an account that was looked at a moment ago, by what is stored of it now. Raises NotAllowed."""
        if known_user is None:
            raise NotAllowed(_("It is not clear who you are."))
        return identify_technician(known_user, self._admins)

    async def require_requester(self, actor: Actor, address: Email) -> Profile:
        """Return the profile of an account, if it is a full member's with this e-mail address now. Nothing is stored of it.

        Raises NotAllowed if it is not, or cannot be read; Unavailable if that is not known now.
        """
        try:
            profile = await self._chats[actor.platform].profile(actor)
        except (Rejected, NotFound) as error:
            raise NotAllowed(error.text) from None
        if not (profile.is_full_member and profile.email == address and is_plain_address(address)):
            raise NotAllowed(_("This account is not the requester’s."))
        return profile

    async def find_holder(self, card: Card) -> Actor | None:
        """Return the account whose private conversation a card is in. None if no command came from there."""
        async with self._unit_of_work.read() as tx:
            return await tx.commands.private_sender(card.platform, card.tenant, card.channel)

    async def require_current_creator(self, technician: Email, platform: Platform, tenant: str) -> None:
        """Raise NotAllowed unless a technician still has an account in a tenant. Raises Unavailable if that is not known now."""
        async with self._unit_of_work.read() as tx:
            profiles = await tx.people.profiles_of(technician)
        refusal = NotAllowed(_("It is not clear who you are."))
        for profile in profiles:
            if (profile.actor.platform, profile.actor.tenant) == (platform, tenant):
                try:
                    await self.require_current(profile.actor)
                except NotAllowed as error:
                    refusal = error
                else:
                    return
        raise refusal

    async def require_any_current(self, technician: Email) -> None:
        """Raise NotAllowed unless an account works as a technician now. Raises Unavailable if that is not known now."""
        async with self._unit_of_work.read() as tx:
            profiles = await tx.people.profiles_of(technician)
        refusal = NotAllowed(_("It is not clear who you are."))
        for profile in profiles:
            try:
                await self.require_current(profile.actor)
            except NotAllowed as error:
                refusal = error
            else:
                return
        raise refusal

    async def find_refusal(self, actor: Actor) -> NotAllowed | None:
        """Return why an account is refused. None if it is a technician's. Raises Unavailable if that is not known now."""
        try:
            await self.require_current(actor)
        except NotAllowed as refusal:
            return refusal
        return None

    async def find_reader(self, actor: Actor, language: str) -> Reader:
        """Return the language and time zone of an account, else ``language``."""
        known_user = await self._load(actor)
        return Reader.of(known_user.profile if known_user else None, language)

    async def _load(self, actor: Actor) -> KnownUser | None:
        async with self._unit_of_work.read() as tx:
            return await tx.people.known_user(actor)
