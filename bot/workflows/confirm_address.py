"""Confirm that an account belongs to the technician of its e-mail address, because an SDAdmin says so."""

from collections.abc import Mapping
from datetime import datetime

from bot import access
from bot import freshness as limits
from bot.i18n import _
from bot.installation import Installation
from bot.jobs import AnnounceChange, ConfirmAddress, RefreshHomes
from bot.model.audit import Action, AuditEntry
from bot.model.effect import Effect
from bot.model.ids import CommandKey
from bot.model.technician import Actor, Platform, Profile, Technician
from bot.ports import Chat, Clock, ReturnAddress, Steps
from bot.unit_of_work import Transaction, UnitOfWork
from bot.values import value_class
from bot.views.pages import Message
from bot.views.parts import Confirmation, confirm
from bot.workflows.replies import Replies, problem_view, store_and_enqueue_reply
from bot.workflows.user_lookup import UserLookup


@value_class
class Confirmer:
    """Who confirms an account: ``by`` as the audit trail names them, and the name for the announcement."""

    by: str
    name: str


async def confirm_account(
    profile: Profile,
    technician: Technician,
    by: Confirmer,
    tx: Transaction,
    *,
    key: CommandKey,
    now: datetime,
) -> Effect:
    """Let an account work as the technician of its address. A change is audited and announced. ``key`` names it."""
    effect = await tx.people.confirm_address(profile)
    if effect is Effect.CHANGED:
        subject = f"{account_name(profile.actor)} is {technician.email}"
        await tx.audit.append(AuditEntry(now, by.by, Action.ACCOUNT_CONFIRMED, subject))
        text = _(
            "{by} confirmed that the account of {name} belongs to {email}.",
            by=by.name,
            name=profile.name,
            email=technician.email,
        )
        await tx.enqueue(AnnounceChange(text.to_json(), key), key=f"announce:{key}")
        await tx.enqueue(RefreshHomes(technician.email), key=f"homes_of:{key}")
    return effect


def confirmation_of_account(profile: Profile, technician: Technician, effect: Effect) -> Confirmation:
    """Return the answer to the person who confirmed an account."""
    return confirm(
        effect,
        changed=_("{name} works as {email} now.", name=profile.name, email=technician.email),
        nothing=_(
            "{name} works as {email} already. Nothing was changed.", name=profile.name, email=technician.email
        ),
    )


def account_name(actor: Actor) -> str:
    """Return an account as the audit trail names it: PLATFORM/TENANT/USER."""
    return f"{actor.platform}/{actor.tenant}/{actor.user}"


class AccountConfirmer:
    """Confirms accounts. From then on an account inherits what belongs to its address: connections, sessions, roles."""

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

    async def confirm_address(self, job: ConfirmAddress) -> None:
        """Confirm one account and enqueue the answer. Raises NotAllowed, NotFound, Rejected, Unavailable."""
        async with self._unit_of_work.read() as tx:
            address = await tx.commands.return_address(job.command)
        if address is None:
            return
        asked_by = address.actor
        profile = await self._users.read_profile(Actor(asked_by.platform, asked_by.tenant, job.user))
        await self._users.refresh_technicians(older_than=limits.DIRECTORY_FRESH_FOR_UNLISTED)
        async with self._unit_of_work.write() as tx:
            stored = await tx.people.profile(profile.actor)
            # The profile may have been read again while ServiceDesk Plus was asked. The newest one counts.
            await self._write_confirmation(stored[0] if stored else profile, job, address, tx)

    async def _write_confirmation(
        self, profile: Profile, job: ConfirmAddress, address: ReturnAddress, tx: Transaction
    ) -> None:
        """Confirm the account, audit it, announce it and answer: all of it, once, or nothing."""
        people, key = tx.people, job.command
        listed_as = await people.technician_name(profile.email) if profile.email else None
        technician = access.require_technician_for(access.Purpose.CONFIRMATION, profile, listed_as)
        is_admin = job.by in self._installation.admins or job.by in await people.granted_admins()
        by = Confirmer(job.by, job.by_name)
        effect = await confirm_account(profile, technician, by, tx, key=key, now=self._clock())
        if effect is Effect.CHANGED:
            # The person who asked may have lost the role while outside systems were asked.
            access.require_admin(Technician(job.by, job.by_name, is_admin=is_admin))
        recorded = await tx.commands.record_effect(key, effect)
        answer = Message.confirming(confirmation_of_account(profile, technician, recorded))
        chat = self._chats[address.actor.platform]
        await store_and_enqueue_reply(
            key, answer, address, tx, chat=chat, language=self._installation.language
        )


async def confirm_address(
    job: ConfirmAddress, steps: Steps, *, accounts: AccountConfirmer, replies: Replies
) -> None:
    """Confirm that an account belongs to the technician of its address. The answer is a job of its own."""
    confirmed = await steps.run_step("confirm the account", lambda: accounts.confirm_address(job))
    if confirmed.problem is not None:
        view = problem_view(confirmed.problem)
        await steps.run_step(
            "report the refusal", lambda: replies.enqueue_answer(job.command, view, reason="refused")
        )
