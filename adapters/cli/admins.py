"""The command of an operator about people: confirm whose account it is, where no SDAdmin can."""

import asyncio
import getpass
import secrets
from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.cli.database import open_current_database
from adapters.cli.failures import USAGE_ERROR, CommandFailed
from adapters.engine.queue import JobQueue
from adapters.installation_settings import organisation
from adapters.settings import load_settings, problems_with_keys, vault_keys
from bot import access
from bot.errors import NotAllowed
from bot.i18n import Language
from bot.jobs import Job
from bot.model.ids import CommandKey, OrgId, email
from bot.model.technician import Actor, Platform, Profile
from bot.unit_of_work import Transaction
from bot.workflows.confirm_address import Confirmer, account_name, confirm_account, confirmation_of_account
from storage.database import Database
from storage.key_check import has_unfit_signature, require_known_keys
from storage.unit_of_work import SqlUnitOfWork
from storage.vault import Vault

_UNKNOWN = (
    "the bot has seen no such account; let its person send the bot any command first, then run this again"
)
_NO_ACCOUNT = "an account is an e-mail address, or PLATFORM/TENANT/USER as the audit trail names it"
_UNFIT_SIGNATURE = (
    "no key in TVBOT_SECRET_KEYS fits the signature of the audit trail: set the keys that the bot runs with. If they are set,"
    " look at `tvbot audit verify` first"
)
_SEVERAL = "several accounts show this address; give the right one: {}"


def confirm_admin_account(account: str) -> str:
    """Confirm that an account belongs to the technician of its address, and return what was done.

    ``account`` is an e-mail address, or PLATFORM/TENANT/USER. Raises BadSettings, CommandFailed, UnknownKey.
    """
    settings = load_settings(problems_with_keys)
    vault = Vault(vault_keys(settings))
    database = open_current_database(settings)
    return asyncio.run(_confirm(account, database, vault, organisation(settings)))


async def _confirm(account: str, database: Database, vault: Vault, org_id: OrgId) -> str:
    queue = JobQueue(database)

    async def enqueue(connection: AsyncConnection, job: Job, key: str, delay_seconds: int) -> None:
        await queue.enqueue(connection, job, key, delay_seconds)

    try:
        await require_known_keys(database, vault)
        # Its audit entry must continue a trail that is signed with these keys.
        if await has_unfit_signature(database, vault):
            raise CommandFailed(_UNFIT_SIGNATURE)
        async with SqlUnitOfWork(database, vault, org_id, enqueue).write() as tx:
            profile = await _find_profile(account, tx)
            return await _confirm_profile(profile, tx)
    finally:
        queue.close()
        await database.close()


async def _find_profile(account: str, tx: Transaction) -> Profile:
    if "@" not in account or "/" in account:
        stored = await tx.people.profile(_read_account(account))
        if stored is None:
            raise CommandFailed(_UNKNOWN)
        return stored[0]
    found = await tx.people.profiles_with(email(account))
    doubted = [one for one in found if await _is_doubted(one, tx)]
    # An account that works already is left alone while another one waits.
    candidates = doubted or found
    if not candidates:
        raise CommandFailed(_UNKNOWN)
    if len(candidates) > 1 and doubted:
        names = ", ".join(f"{account_name(one.actor)} ({one.name})" for one in candidates)
        raise CommandFailed(_SEVERAL.format(names), USAGE_ERROR)
    return candidates[0]


def _read_account(account: str) -> Actor:
    platform, *rest = account.split("/", 2)
    if platform not in set(Platform) or len(rest) < 2 or not all(rest):  # noqa: PLR2004 - tenant and user
        raise CommandFailed(_NO_ACCOUNT, USAGE_ERROR)
    return Actor(Platform(platform), *rest)


async def _is_doubted(profile: Profile, tx: Transaction) -> bool:
    known_user = await tx.people.known_user(profile.actor)
    return known_user is not None and known_user.address_doubt is not None


async def _confirm_profile(profile: Profile, tx: Transaction) -> str:
    listed_as = await tx.people.technician_name(profile.email) if profile.email else None
    try:
        technician = access.require_technician_for(access.Purpose.CONFIRMATION, profile, listed_as)
    except NotAllowed as error:
        raise CommandFailed(Language("en").say(error.text)) from None
    key = CommandKey(f"operator:{secrets.token_hex(16)}")
    by = Confirmer(f"{_operator()} (tvbot admins confirm)", _operator())
    effect = await confirm_account(profile, technician, by, tx, key=key, now=datetime.now(UTC))
    said = Language("en").say(confirmation_of_account(profile, technician, effect).text)
    return f"{account_name(profile.actor)}: {said}"


def _operator() -> str:
    """Return the name of the account on this machine that runs the command."""
    try:
        return f"operator {getpass.getuser()}"
    except (OSError, KeyError):  # a container may run under an id that has no name
        return "operator"
