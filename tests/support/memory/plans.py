"""Planned sessions in memory."""

from collections.abc import Sequence
from datetime import datetime

from support.memory.data import Data, PlanRow

from bot.model.ids import Email, PlanId, RequestNumber, request_number
from bot.model.plan import Plan, PlanPlace
from bot.values import replace


class MemoryPlans:
    """The planned sessions of one transaction."""

    def __init__(self, data: Data) -> None:
        self._data = data

    async def add(self, plan: Plan, *, marker: str) -> Plan:
        stored = self._data.plans.get(plan.id) or (None if plan.another else self._in_slot_of(plan))
        if stored is not None:
            return stored.plan
        self._data.plans[plan.id] = PlanRow(plan, PlanPlace(marker))
        return plan

    def _in_slot_of(self, plan: Plan) -> PlanRow | None:
        wanted = (plan.number, plan.technician, plan.kind)
        for row in self._data.plans.values():
            one = row.plan
            if one.is_planned and not one.another and (one.number, one.technician, one.kind) == wanted:
                return row
        return None

    async def get(self, plan_id: PlanId) -> Plan | None:
        stored = self._data.plans.get(plan_id)
        return stored.plan if stored else None

    async def lock(self, plan_id: PlanId) -> Plan | None:
        return await self.get(plan_id)

    async def save(self, plan: Plan, *, known_version: int) -> bool:
        stored = self._data.plans.get(plan.id)
        if stored is None or stored.plan.version != known_version:
            return False
        stored.plan = plan
        return True

    async def due(self, now: datetime, *, limit: int) -> Sequence[PlanId]:
        return [one.id for one in await self.all_planned() if one.starts_at <= now][:limit]

    async def due_reminders(self, now: datetime, *, limit: int) -> Sequence[Plan]:
        due = [
            (row.plan.remind_at, row.plan)
            for row in self._data.plans.values()
            if row.plan.remind_at is not None and row.plan.remind_at <= now
        ]
        return [plan for _at, plan in sorted(due, key=lambda one: one[0])][:limit]

    async def planned_by(self, technician: Email, *, limit: int) -> Sequence[Plan]:
        return [one for one in await self.all_planned() if one.technician == technician][:limit]

    async def planned_for(self, number: RequestNumber) -> Sequence[Plan]:
        return [one for one in await self.all_planned() if one.number == number]

    async def planned_about(self, reference: str) -> Sequence[Plan]:
        return [
            one
            for one in await self.all_planned()
            if one.request_id == reference or one.number == request_number(reference)
        ]

    async def all_planned(self) -> Sequence[Plan]:
        planned = [row.plan for row in self._data.plans.values() if row.plan.is_planned]
        return sorted(planned, key=lambda one: (one.starts_at, one.id))

    async def place(self, plan_id: PlanId) -> PlanPlace | None:
        stored = self._data.plans.get(plan_id)
        return stored.place if stored else None

    async def mark_attempted(self, plan_id: PlanId, at: datetime) -> bool:
        stored = self._data.plans[plan_id]
        if stored.place.attempted_at is not None:
            return True
        stored.place = replace(stored.place, attempted_at=at)
        return False

    async def unmark_attempted(self, plan_id: PlanId) -> None:
        stored = self._data.plans[plan_id]
        stored.place = replace(stored.place, attempted_at=None)

    async def store_place(self, plan_id: PlanId, place: PlanPlace) -> None:
        stored = self._data.plans[plan_id]
        stored.place = replace(
            stored.place, channel=place.channel, message=place.message, is_private=place.is_private
        )

    async def purge(self, before: datetime, *, limit: int) -> bool:
        over = [
            key
            for key, row in self._data.plans.items()
            if not row.plan.is_planned and row.plan.changed_at < before
        ][:limit]
        for key in over:
            del self._data.plans[key]
        return len(over) == limit
