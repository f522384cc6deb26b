"""Announce to the SDAdmins that an outside system refuses the bot's own credentials, or that a secret ends soon."""

from collections.abc import Awaitable, Callable
from datetime import date, datetime, time, timedelta, timezone
from enum import StrEnum

import structlog

from adapters.tasks import Tasks
from bot.errors import Unavailable
from bot.i18n import Text, _
from bot.jobs import WarnAdmins
from bot.ports import Clock
from bot.unit_of_work import Transaction, UnitOfWork

ANNOUNCE_BEFORE = (timedelta(days=30), timedelta(days=7))
"""How long before its last day the end of a secret is announced, the longest first."""
_WESTERNMOST = timezone(timedelta(hours=-12))
log = structlog.get_logger("bot")


class Credential(StrEnum):
    """What the bot shows an outside system to be let in."""

    ZOHO = "zoho"
    TEAMVIEWER = "teamviewer"
    TEAMS = "teams"


_REFUSED = {
    Credential.ZOHO: _(
        "Zoho refuses the bot’s access to ServiceDesk Plus. Until that is repaired, no session can be created. `tvbot doctor` says what to change."
    ),
    Credential.TEAMVIEWER: _(
        "TeamViewer refuses the bot’s app. Until that is repaired, nobody can sign in or create a session. `tvbot doctor` says what to change."
    ),
    Credential.TEAMS: _(
        "Microsoft refuses the bot’s sign-in. Until that is repaired, the bot cannot write in Teams. `tvbot doctor` says what to change."
    ),
}
_ACCEPTED = {
    Credential.ZOHO: _("Zoho accepts the bot’s access to ServiceDesk Plus again."),
    Credential.TEAMVIEWER: _("TeamViewer accepts the bot’s app again."),
    Credential.TEAMS: _("Microsoft accepts the bot’s sign-in again."),
}


class CredentialWatch:
    """Announces each refusal once, for all processes, and once that it is over. No call waits for that."""

    def __init__(self, unit_of_work: UnitOfWork, clock: Clock, tasks: Tasks) -> None:
        self._unit_of_work = unit_of_work
        self._clock = clock
        self._tasks = tasks
        self._is_accepted: dict[Credential, bool] = {}

    def note(self, credential: Credential, *, is_accepted: bool) -> None:
        """Note whether an outside system has just accepted a credential. Only a change, and the first note, is looked at."""
        if self._is_accepted.get(credential) is is_accepted:
            return
        self._is_accepted[credential] = is_accepted
        self._tasks.start_task(self._announce(credential, is_accepted=is_accepted))

    async def _announce(self, credential: Credential, *, is_accepted: bool) -> None:
        about = f"credential:{credential.value}"

        async def store(tx: Transaction) -> None:
            if is_accepted and await tx.announcements.remove(about):
                await self._warn(f"{about}:accepted", _ACCEPTED[credential], tx, is_problem=False)
            elif not is_accepted and await tx.announcements.add(about, self._clock()):
                log.error("credential refused", credential=credential.value)
                await self._warn(f"{about}:refused", _REFUSED[credential], tx)

        if not await self._try_to(store):
            self._is_accepted.pop(credential, None)  # the next call tries again

    def note_end(self, what: Text, setting: str, last_day: date) -> None:
        """Announce the end of a secret, a month and a week before its last day. ``what`` names the secret."""
        now = self._clock()
        # The day ends last in the westernmost time zone.
        left = datetime.combine(last_day, time.max, _WESTERNMOST) - now
        due = [days for days in ANNOUNCE_BEFORE if timedelta(0) < left <= days]
        if due:
            self._tasks.start_task(self._announce_end(what, setting, last_day, due))

    async def _announce_end(self, what: Text, setting: str, last_day: date, due: list[timedelta]) -> None:
        text = _(
            "{what} ends on {day}. Make a new one before that day, set {setting}, and restart the bot.",
            what=what,
            day=last_day.isoformat(),
            setting=setting,
        )

        async def store(tx: Transaction) -> None:
            keys = [f"ends:{setting}:{last_day.isoformat()}:{days.days}" for days in due]
            # All that are due are stored, so that a start in the last week announces the end once.
            if any([await tx.announcements.add(key, self._clock()) for key in keys]):
                await self._warn(keys[-1], text, tx)

        await self._try_to(store)

    async def _warn(self, about: str, text: Text, tx: Transaction, *, is_problem: bool = True) -> None:
        key = f"{about}:{self._clock().isoformat(timespec='microseconds')}"
        await tx.enqueue(WarnAdmins(key, text.to_json(), is_problem=is_problem), key=key)

    async def _try_to(self, store: Callable[[Transaction], Awaitable[None]]) -> bool:
        try:
            async with self._unit_of_work.write() as tx:
                await store(tx)
        except Unavailable:
            return False
        return True
