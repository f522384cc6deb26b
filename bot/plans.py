"""The stored planned sessions as the product sees them, as a Protocol."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from bot.model.ids import Email, PlanId, RequestNumber
from bot.model.plan import Plan, PlanPlace


class Plans(Protocol):
    """The planned sessions. A technician has one for each request and kind, unless another one was asked for."""

    async def add(self, plan: Plan, *, marker: str) -> Plan:
        """Store a new planned session, unless its technician has planned one already. Returns the stored one.

        ``marker`` is for the message that will show it.
        """

    async def get(self, plan_id: PlanId) -> Plan | None: ...

    async def lock(self, plan_id: PlanId) -> Plan | None:
        """Return a planned session, and keep other transactions from changing or locking it until this one ends."""

    async def save(self, plan: Plan, *, known_version: int) -> bool:
        """Store a changed planned session. False where its stored version is no longer ``known_version``."""

    async def due(self, now: datetime, *, limit: int) -> Sequence[PlanId]:
        """List the planned sessions that are to be created by now, longest due first."""

    async def due_reminders(self, now: datetime, *, limit: int) -> Sequence[Plan]:
        """List the planned sessions whose people are to be reminded by now, longest due first."""

    async def planned_by(self, technician: Email, *, limit: int) -> Sequence[Plan]:
        """List the sessions that a technician has planned and that are still to be created, the next one first."""

    async def planned_for(self, number: RequestNumber) -> Sequence[Plan]:
        """List the sessions that are planned for a request and are still to be created, the next one first."""

    async def planned_about(self, reference: str) -> Sequence[Plan]:
        """List the sessions that are planned for a request, by its number or its long id."""

    async def all_planned(self) -> Sequence[Plan]:
        """List every planned session that is still to be created."""

    async def place(self, plan_id: PlanId) -> PlanPlace | None:
        """Return where the message is that shows a planned session."""

    async def mark_attempted(self, plan_id: PlanId, at: datetime) -> bool:
        """Store that its message is about to be posted. True where an earlier attempt may have posted it."""

    async def unmark_attempted(self, plan_id: PlanId) -> None:
        """Store that its message was certainly not posted."""

    async def store_place(self, plan_id: PlanId, place: PlanPlace) -> None:
        """Store where its message is. An empty ``message``: there is none any more."""

    async def purge(self, before: datetime, *, limit: int) -> bool:
        """Delete those that were over before that, at most ``limit``. Returns whether there may be more."""
