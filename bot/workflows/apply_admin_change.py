"""Find out who is meant, then grant or revoke the SDAdmin role."""

from collections.abc import Mapping

from bot import access
from bot import freshness as limits
from bot.errors import NotAllowed, NotFound, Rejected
from bot.i18n import Text, Words, _
from bot.installation import Installation
from bot.jobs import AnnounceChange, ApplyAdminChange, RefreshHomes
from bot.model.audit import Action, AuditEntry
from bot.model.effect import Effect
from bot.model.ids import Email, email
from bot.model.sanitize import remove_invisible
from bot.model.technician import Actor, Platform, Profile, Technician
from bot.ports import Chat, Clock, ReturnAddress, Steps
from bot.unit_of_work import People, Transaction, UnitOfWork
from bot.values import value_class
from bot.views.pages import Message
from bot.views.parts import Confirmation, confirm
from bot.workflows.replies import Replies, problem_view, store_and_enqueue_reply
from bot.workflows.user_lookup import UserLookup


@value_class
class _AdminChange:
    """Who becomes an SDAdmin, or no longer is one: known by their e-mail address, called by their name."""

    email: Email
    name: str
    grants: bool


class AdminChanger:
    """Grants and revokes the SDAdmin role."""

    def __init__(
        self,
        unit_of_work: UnitOfWork,
        chats: Mapping[Platform, Chat],
        users: UserLookup,
        installation: Installation,
        clock: Clock,
    ) -> None:
        self._unit_of_work = unit_of_work
        self._chats = chats
        self._users = users
        self._installation = installation
        self._clock = clock

    async def apply_change(self, job: ApplyAdminChange) -> None:
        """Apply one change and enqueue its answer. Raises NotFound, NotAllowed, Rejected, Unavailable."""
        async with self._unit_of_work.read() as tx:
            address = await tx.commands.return_address(job.command)
        if address is None:
            return
        identify = self._identify_new_admin if job.grants else self._identify_former_admin
        change = await identify(job.user, address.actor)
        async with self._unit_of_work.write() as tx:
            await self._write_change(change, job, address, tx)

    async def _identify_new_admin(self, user: str, asked_by: Actor) -> _AdminChange:
        if "@" in user:
            return await self._identify_technician(email(remove_invisible(user)))
        profile = await self._users.read_profile(Actor(asked_by.platform, asked_by.tenant, user))
        await self._users.refresh_technicians(older_than=limits.DIRECTORY_FRESH_FOR_UNLISTED)
        async with self._unit_of_work.read() as tx:
            listed_as = await tx.people.technician_name(profile.email) if profile.email else None
        technician = access.require_technician_for(access.Purpose.ADMIN, profile, listed_as)
        return _AdminChange(technician.email, technician.name, grants=True)

    async def _identify_technician(self, address: Email) -> _AdminChange:
        """Find the technician with an address. Their account is checked with each of their commands, as everybody's is."""
        await self._users.refresh_technicians(older_than=limits.DIRECTORY_FRESH_FOR_UNLISTED)
        async with self._unit_of_work.read() as tx:
            listed_as = await tx.people.technician_name(address)
        technician = access.require_listed_address_for(access.Purpose.ADMIN, address, listed_as)
        return _AdminChange(technician.email, technician.name, grants=True)

    async def _identify_former_admin(self, user: str, asked_by: Actor) -> _AdminChange:
        """Find the address whose role is revoked. It need not be a technician's any more."""
        if "@" in user:
            address = email(remove_invisible(user))
            name: str = address
        else:
            profile = await self._read_or_load_profile(Actor(asked_by.platform, asked_by.tenant, user))
            if profile is None or profile.email is None:
                raise NotFound(
                    _(
                        "It is not clear whose e-mail address that is. Type the address itself, for example {words}.",
                        words=Words(_("admin revoke ines@example.com")),
                    )
                )
            address, name = profile.email, profile.name
        if address in self._installation.admins:
            raise NotAllowed(
                _("{name} is an SDAdmin by the bot’s settings. Change TVBOT_ADMINS there.", name=name)
            )
        return _AdminChange(address, name, grants=False)

    async def _read_or_load_profile(self, actor: Actor) -> Profile | None:
        """Read a profile from the platform. Where it no longer has the account or its address, load the stored one."""
        async with self._unit_of_work.read() as tx:
            stored = await tx.people.profile(actor)
        try:
            profile = await self._users.read_profile(actor)
        except (Rejected, NotFound):
            profile = None
        if profile is not None and profile.email is not None:
            return profile
        return stored[0] if stored else None

    async def _write_change(
        self, change: _AdminChange, job: ApplyAdminChange, address: ReturnAddress, tx: Transaction
    ) -> None:
        """Change the role, audit it, announce it and answer: all of it, once, or nothing."""
        people, key = tx.people, job.command
        is_admin = job.by in self._installation.admins or job.by in await people.granted_admins()
        effect = await self._change_role(change, people)
        if effect is Effect.CHANGED:
            # The person who asked may have lost the role while outside systems were asked.
            access.require_admin(Technician(job.by, job.by_name, is_admin=is_admin))
            action = Action.ADMIN_GRANTED if change.grants else Action.ADMIN_REVOKED
            await tx.audit.append(AuditEntry(self._clock(), job.by, action, change.email))
            text = _announcement(change, job.by_name)
            await tx.enqueue(AnnounceChange(text.to_json(), key), key=f"announce:{key}")
            await tx.enqueue(RefreshHomes(change.email), key=f"homes_of:{key}")
        answer = Message.confirming(_confirmation(change, await tx.commands.record_effect(key, effect)))
        chat = self._chats[address.actor.platform]
        await store_and_enqueue_reply(
            key, answer, address, tx, chat=chat, language=self._installation.language
        )

    async def _change_role(self, change: _AdminChange, people: People) -> Effect:
        """Grant or revoke the role. Who has it by the settings is not granted it once more."""
        if not change.grants:
            return await people.revoke_admin(change.email)
        if change.email in self._installation.admins:
            return Effect.NOTHING
        return await people.grant_admin(change.email)


def _confirmation(change: _AdminChange, effect: Effect) -> Confirmation:
    if change.grants:
        return confirm(
            effect,
            changed=_("{name} is an SDAdmin now.", name=change.name),
            nothing=_("{name} is an SDAdmin already. Nothing was changed.", name=change.name),
        )
    return confirm(
        effect,
        changed=_("{name} is no longer an SDAdmin.", name=change.name),
        nothing=_(
            "{name} is not an SDAdmin, so nothing was changed. To see who is, type {words}.",
            name=change.name,
            words=Words("admin admins"),
        ),
    )


def _announcement(change: _AdminChange, by: str) -> Text:
    if change.grants:
        return _("{by} made {name} an SDAdmin.", by=by, name=change.name)
    return _("{by} removed the SDAdmin role from {name}.", by=by, name=change.name)


async def apply_admin_change(
    job: ApplyAdminChange, steps: Steps, *, admins: AdminChanger, replies: Replies
) -> None:
    """Make a technician an SDAdmin, or revoke the role. The answer is a job of its own."""
    applied = await steps.run_step("apply the change", lambda: admins.apply_change(job))
    if applied.problem is not None:
        view = problem_view(applied.problem)
        await steps.run_step(
            "report the refusal", lambda: replies.enqueue_answer(job.command, view, reason="refused")
        )
