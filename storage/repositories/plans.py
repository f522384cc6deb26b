"""The planned sessions, each with the message that shows it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.i18n import Text
from bot.model.ids import CommandKey, Email, OrgId, PlanId, RequestId, RequestNumber, request_number
from bot.model.notice import Channel, NoticeState
from bot.model.plan import Plan, PlanMail, PlanPlace, PlanState
from bot.model.session import Kind
from bot.model.technician import Actor, Platform
from storage.row_context import RowContext, RowQuery
from storage.tables import IS_PLANNED, IS_TO_BE_REMINDED, plans

_OWN = plans.c.org_id == sa.bindparam("org_id")
_BY_ID: RowQuery = sa.select(plans).where(plans.c.id == sa.bindparam("id"), _OWN)
_BY_ID_LOCKED = _BY_ID.with_for_update()
_BY_SLOT: RowQuery = sa.select(plans).where(_OWN, plans.c.slot == sa.bindparam("slot"))
_DUE: RowQuery = (
    sa.select(plans.c.id)
    .where(_OWN, IS_PLANNED, plans.c.starts_at <= sa.bindparam("now"))
    .order_by(plans.c.starts_at)
    .limit(sa.bindparam("most"))
)
_DUE_REMINDERS: RowQuery = (
    sa.select(plans)
    .where(_OWN, IS_TO_BE_REMINDED, plans.c.remind_at <= sa.bindparam("now"))
    .order_by(plans.c.remind_at)
    .limit(sa.bindparam("most"))
)
_PLANNED_BY: RowQuery = (
    sa.select(plans)
    .where(_OWN, IS_PLANNED, plans.c.technician == sa.bindparam("technician"))
    .order_by(plans.c.starts_at, plans.c.id)
    .limit(sa.bindparam("most"))
)
_PLANNED_FOR: RowQuery = (
    sa.select(plans)
    .where(_OWN, IS_PLANNED, plans.c.number == sa.bindparam("number"))
    .order_by(plans.c.starts_at, plans.c.id)
)
_PLANNED_ABOUT: RowQuery = (
    sa.select(plans)
    .where(
        _OWN,
        IS_PLANNED,
        sa.or_(plans.c.number == sa.bindparam("number"), plans.c.request_id == sa.bindparam("about")),
    )
    .order_by(plans.c.starts_at, plans.c.id)
)
_ALL_PLANNED: RowQuery = sa.select(plans).where(_OWN, IS_PLANNED).order_by(plans.c.starts_at)
_MARK_ATTEMPTED = sa.update(plans).where(plans.c.id == sa.bindparam("of_id"), plans.c.attempted_at.is_(None))


class SqlPlanRepository:
    """Stores planned sessions."""

    def __init__(self, row_context: RowContext) -> None:
        self._context = row_context

    async def add(self, plan: Plan, *, marker: str) -> Plan:
        """Store a new planned session, unless its technician has planned one already. Returns the stored one."""
        slot = None if plan.another else _slot_of(plan)
        values = _row_values(plan) | {"id": plan.id, "org_id": plan.org_id, "slot": slot, "marker": marker}
        if await self._context.insert_if_absent(plans, **values):
            return plan
        same = await self.get(plan.id)
        if same is not None:
            return same
        row = await self._context.fetch_row(_BY_SLOT, org_id=self._context.org_id, slot=slot)
        return _read_plan(row) if row else plan

    async def get(self, plan_id: PlanId) -> Plan | None:
        """Return a planned session."""
        row = await self._context.fetch_row(_BY_ID, id=plan_id, org_id=self._context.org_id)
        return _read_plan(row) if row else None

    async def lock(self, plan_id: PlanId) -> Plan | None:
        """Return a planned session, and keep other transactions from changing or locking it until this one ends."""
        row = await self._context.fetch_row(_BY_ID_LOCKED, id=plan_id, org_id=self._context.org_id)
        return _read_plan(row) if row else None

    async def save(self, plan: Plan, *, known_version: int) -> bool:
        """Store a changed planned session. False if its stored version is no longer ``known_version``."""
        values = _row_values(plan)
        if not plan.is_planned:
            values["slot"] = None
        result = await self._context.connection.execute(
            sa.update(plans).where(plans.c.id == plan.id, plans.c.version == known_version).values(**values)
        )
        return result.rowcount == 1

    async def due(self, now: datetime, *, limit: int) -> Sequence[PlanId]:
        """List the planned sessions that are to be created by now, longest due first."""
        rows = await self._context.fetch_rows(_DUE, org_id=self._context.org_id, now=now, most=limit)
        return [PlanId(row["id"]) for row in rows]

    async def due_reminders(self, now: datetime, *, limit: int) -> Sequence[Plan]:
        """List the planned sessions whose people are to be reminded by now, longest due first."""
        rows = await self._context.fetch_rows(
            _DUE_REMINDERS, org_id=self._context.org_id, now=now, most=limit
        )
        return [_read_plan(row) for row in rows]

    async def planned_by(self, technician: Email, *, limit: int) -> Sequence[Plan]:
        """List the sessions that a technician has planned and that are still to be created, the next one first."""
        rows = await self._context.fetch_rows(
            _PLANNED_BY, org_id=self._context.org_id, technician=technician, most=limit
        )
        return [_read_plan(row) for row in rows]

    async def planned_for(self, number: RequestNumber) -> Sequence[Plan]:
        """List the sessions that are planned for a request and are still to be created, the next one first."""
        rows = await self._context.fetch_rows(_PLANNED_FOR, org_id=self._context.org_id, number=number)
        return [_read_plan(row) for row in rows]

    async def planned_about(self, reference: str) -> Sequence[Plan]:
        """List the sessions that are planned for a request, by its number or its long id."""
        rows = await self._context.fetch_rows(
            _PLANNED_ABOUT, org_id=self._context.org_id, about=reference, number=request_number(reference)
        )
        return [_read_plan(row) for row in rows]

    async def all_planned(self) -> Sequence[Plan]:
        """List every planned session that is still to be created."""
        rows = await self._context.fetch_rows(_ALL_PLANNED, org_id=self._context.org_id)
        return [_read_plan(row) for row in rows]

    async def place(self, plan_id: PlanId) -> PlanPlace | None:
        """Return where the message is that shows a planned session."""
        row = await self._context.fetch_row(_BY_ID, id=plan_id, org_id=self._context.org_id)
        if row is None:
            return None
        return PlanPlace(
            row["marker"], row["attempted_at"], row["channel"], row["message"], is_private=row["is_private"]
        )

    async def mark_attempted(self, plan_id: PlanId, at: datetime) -> bool:
        """Store that its message is about to be posted. True if an earlier attempt may have posted it."""
        result = await self._context.connection.execute(
            _MARK_ATTEMPTED, {"of_id": plan_id, "attempted_at": at}
        )
        return result.rowcount == 0

    async def unmark_attempted(self, plan_id: PlanId) -> None:
        """Store that its message was certainly not posted."""
        await self._update(plan_id, attempted_at=None)

    async def store_place(self, plan_id: PlanId, place: PlanPlace) -> None:
        """Store where its message is."""
        await self._update(plan_id, channel=place.channel, message=place.message, is_private=place.is_private)

    async def purge(self, before: datetime, *, limit: int) -> bool:
        """Delete those that were over before that, at most ``limit``. Returns whether there may be more."""
        return await self._context.delete_some(
            plans,
            plans.c.org_id == self._context.org_id,
            plans.c.changed_at < before,
            plans.c.state != PlanState.PLANNED.value,
            limit=limit,
        )

    async def _update(self, plan_id: PlanId, **values: object) -> None:
        await self._context.connection.execute(sa.update(plans).where(plans.c.id == plan_id).values(**values))


def _slot_of(plan: Plan) -> str:
    return f"{plan.number}/{plan.technician}/{plan.kind.value}"


def _row_values(plan: Plan) -> dict[str, object]:
    return {
        "number": plan.number,
        "kind": plan.kind.value,
        "technician": plan.technician,
        "technician_name": plan.technician_name,
        "command_key": plan.command,
        "platform": plan.actor.platform.value,
        "tenant": plan.actor.tenant,
        "user": plan.actor.user,
        "starts_at": plan.starts_at,
        "timezone": plan.timezone[:64],
        "changed_at": plan.changed_at,
        "remind_at": plan.remind_at,
        "note": plan.note,
        "another": plan.another,
        "in_chat": plan.in_chat,
        "request_id": plan.request_id,
        "subject": plan.subject,
        "requester_name": plan.requester_name,
        "requester_email": plan.requester_email,
        "sequence": plan.sequence,
        "state": plan.state.value,
        "problem": plan.problem.to_json() if plan.problem else None,
        "changed_by": plan.changed_by,
        "mail_state": plan.mail.state.value,
        "mail_channel": plan.mail.channel.value,
        "mail_problem": plan.mail.problem.to_json() if plan.mail.problem else None,
        "version": plan.version,
    }


def _read_plan(row: Mapping[str, Any]) -> Plan:
    return Plan(
        id=PlanId(row["id"]),
        org_id=OrgId(row["org_id"]),
        number=RequestNumber(row["number"]),
        kind=Kind(row["kind"]),
        technician=Email(row["technician"]),
        technician_name=row["technician_name"],
        command=CommandKey(row["command_key"]),
        actor=Actor(Platform(row["platform"]), row["tenant"], row["user"]),
        starts_at=row["starts_at"],
        timezone=row["timezone"],
        changed_at=row["changed_at"],
        remind_at=row["remind_at"],
        note=row["note"],
        another=row["another"],
        in_chat=row["in_chat"],
        request_id=RequestId(row["request_id"]) if row["request_id"] else None,
        subject=row["subject"],
        requester_name=row["requester_name"],
        requester_email=row["requester_email"],
        sequence=row["sequence"],
        state=PlanState(row["state"]),
        problem=Text.from_json(row["problem"]) if row["problem"] else None,
        changed_by=row["changed_by"],
        mail=PlanMail(
            NoticeState(row["mail_state"]),
            Channel(row["mail_channel"]),
            Text.from_json(row["mail_problem"]) if row["mail_problem"] else None,
        ),
        version=row["version"],
    )
