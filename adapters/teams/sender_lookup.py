"""Find the directory id of a sender whose activity does not carry it: in the stored accounts, else in the roster."""

import asyncio
from collections import OrderedDict
from datetime import datetime, timedelta

import structlog

from adapters.teams.incoming.activity import TeamsActivity, without_thread
from adapters.teams.transport.connector import Connector
from bot.errors import BotError
from bot.model.technician import Actor, Platform
from bot.ports import Clock
from bot.values import replace
from storage.unit_of_work import SqlUnitOfWork

ROSTER_SECONDS = 2.0
"""Time limit for the roster. Teams waits five seconds for the reply to an invoke, and the command needs its part of them."""
NOT_FOUND_FOR = timedelta(minutes=5)
"""How long the roster is not asked again about somebody without a directory id, such as an anonymous guest of a meeting."""
MAX_NOT_FOUND = 1000
log = structlog.get_logger("teams")


class SenderLookup:
    """Completes activities whose sender has no directory id (``from.aadObjectId``).

    A person is known by the directory id, which is the same in every activity, so the command cannot begin without it.
    That is the only outside call between a command and its answer, and it happens once for each person.
    """

    def __init__(self, connector: Connector, unit_of_work: SqlUnitOfWork, clock: Clock) -> None:
        self._connector = connector
        self._unit_of_work = unit_of_work
        self._clock = clock
        self._not_found: OrderedDict[tuple[str, str], datetime] = OrderedDict()

    async def add_directory_id(self, activity: TeamsActivity) -> TeamsActivity:
        """Return the activity with its sender's directory id, or as it is if that cannot be found."""
        if activity.has_directory_id or not activity.mri or not activity.conversation:
            return activity
        found = await self._find_stored_id(activity) or await self._find_id_in_roster(activity)
        if not found:
            return activity
        return replace(activity, actor=Actor(Platform.TEAMS, activity.tenant, found))

    async def _find_stored_id(self, activity: TeamsActivity) -> str:
        async with self._unit_of_work.read() as tx:
            met = await tx.teams.find_account(activity.tenant, activity.mri)
        return met.account.user if met is not None and met.account.user != activity.mri else ""

    async def _find_id_in_roster(self, activity: TeamsActivity) -> str:
        key, now = (activity.tenant, activity.mri), self._clock()
        if now - self._not_found.get(key, datetime.min.replace(tzinfo=now.tzinfo)) < NOT_FOUND_FOR:
            return ""
        try:
            async with asyncio.timeout(ROSTER_SECONDS):
                member = await self._connector.read_member(
                    activity.service_url, without_thread(activity.conversation), activity.mri
                )
        except (BotError, TimeoutError) as error:
            log.info("a sender was not found in the roster", error=type(error).__name__)
            return ""
        found = member.get("objectId") or member.get("aadObjectId")
        if isinstance(found, str) and found:
            return found
        self._not_found[key] = now
        while len(self._not_found) > MAX_NOT_FOUND:
            self._not_found.popitem(last=False)
        return ""
