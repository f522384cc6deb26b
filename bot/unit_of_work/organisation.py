"""What is stored for the organisation: its switches, its rules, its limits, its figures."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Protocol

from bot.model.audit import AuditEntry, AuditHead, AuditRecord
from bot.model.daily_sums import Figure, SumKey
from bot.model.ids import Email, SessionId
from bot.model.limitation import KnownLimitation, Limitation
from bot.model.policy import NumberedRule, Origin, PastSession, Rule
from bot.model.session import Kind, Session
from bot.model.switches import Switches


class SwitchBoard(Protocol):
    async def read(self) -> Switches: ...

    async def lock(self) -> Switches:
        """Return the switches, and keep other transactions from writing them until this one ends."""

    async def write(self, switches: Switches) -> None: ...


class Policy(Protocol):
    """The rules about which sessions may be created. They are read in each transaction that asks: nothing caches them."""

    async def rules(self) -> Sequence[NumberedRule]:
        """List the rules by their numbers."""

    async def lock(self) -> None:
        """Let other transactions that lock the rules wait until this one ends."""

    async def add(self, rule: Rule) -> NumberedRule:
        """Store a rule under a new number. Lock the rules first."""

    async def remove(self, number: int) -> bool:
        """Remove a rule. False where there is none with this number."""

    async def count_open(self, *, technician: Email | None = None, kind: Kind | None = None) -> int:
        """Count the sessions that can be entered, or will be: of a technician and of a kind, or of any."""

    async def store_origin(self, session_id: SessionId, origin: Origin) -> None:
        """Store where and by whom a session was asked for. One that is stored already stays."""

    async def store_request(self, session_id: SessionId, *, site: str, group: str) -> None:
        """Store the site and the group of a session's request, empty where it has none."""

    async def origin(self, session_id: SessionId) -> Origin | None:
        """Return the origin of a session. None where it was asked for before origins were stored."""

    async def created_since(self, since: datetime, *, limit: int) -> Sequence[PastSession]:
        """List the newest ``limit`` sessions that were created at TeamViewer since then, the newest first."""


class Limitations(Protocol):
    """What ServiceDesk Plus was found to refuse here."""

    async def get(self, limitation: Limitation) -> KnownLimitation | None: ...

    async def all(self) -> Sequence[KnownLimitation]:
        """List the known limitations, by their names."""

    async def store(self, known: KnownLimitation) -> bool:
        """Store a limitation. False where it is known already: then its reason and next try are updated."""

    async def delete(self, known: KnownLimitation) -> bool:
        """Delete a limitation. False where it is not stored, or was found again meanwhile."""


class Announcements(Protocol):
    """What was announced to the SDAdmins about the bot's secrets, so that it is announced once."""

    async def add(self, about: str, now: datetime) -> bool:
        """Store an announcement. Return False if it is stored already."""

    async def remove(self, about: str) -> bool:
        """Remove an announcement that is no longer true. Return False if there is none."""


class DailySums(Protocol):
    """The daily sums that reports are made of."""

    async def uncounted(self, *, limit: int) -> Sequence[Session]:
        """List sessions that are over and changed since they were counted, at most ``limit``."""

    async def claim(self, session: Session) -> Counter[SumKey] | None:
        """Mark a session as counted, and return what was counted of it so far. None where it has changed meanwhile."""

    async def store_counted(self, session_id: SessionId, counted: Counter[SumKey]) -> None:
        """Store what was counted of a session."""

    async def add(self, changes: Mapping[SumKey, int]) -> None:
        """Add amounts, which may be negative, to the daily sums."""

    async def by_day(self, figure: Figure, first: date, last: date) -> Mapping[date, Mapping[str, int]]:
        """Return the sums of one figure from the first day to the last one, by day and label."""

    async def totals(self, first: date, last: date) -> Mapping[Figure, Mapping[str, int]]:
        """Return the sums from the first day to the last one, by figure and label."""

    async def purge_people(self, before: date, *, limit: int) -> bool:
        """Delete the sums by technician of the days before that, at most ``limit``. Returns whether there may be more."""


class AuditLog(Protocol):
    """The audit log. It only grows."""

    async def append(self, entry: AuditEntry) -> None:
        """Append an entry, chained to the last one, and sign the new head."""

    async def latest(self, limit: int) -> Sequence[AuditRecord]:
        """List the newest records, newest first."""

    async def all(
        self, *, since: datetime | None = None, until: datetime | None = None
    ) -> Sequence[AuditRecord]:
        """List the records from the first one on, or those of a time span."""

    async def lock(self) -> None:
        """Keep other transactions from appending until this one ends."""

    async def head(self) -> AuditHead | None:
        """Return the signed head: the newest record's number and digest. None where no valid signature is stored."""

    async def sign(self) -> None:
        """Sign the log as it ends now, whatever was signed before. Only an operator may decide this."""
