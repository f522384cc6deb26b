"""Create the planned sessions whose time has come, and remind people of those that begin soon. The sweep calls this."""

from bot.installation import Installation
from bot.model.ids import PlanId
from bot.model.plan import Plan
from bot.ports import Clock
from bot.unit_of_work import UnitOfWork
from bot.use_cases.plan import remind_of_plan, start_due_plan
from bot.workflows.bounded_gather import bounded_gather

AT_ONCE = 100
"""How many are looked at in one round. The others follow in the next one."""


async def start_due_plans(unit_of_work: UnitOfWork, installation: Installation, clock: Clock) -> None:
    """Create each planned session whose time has come, in a transaction of its own. One that fails is tried in the next round."""
    now = clock()
    async with unit_of_work.read() as tx:
        due = await tx.plans.due(now, limit=AT_ONCE)

    async def start(plan_id: PlanId) -> None:
        async with unit_of_work.write() as tx:
            await start_due_plan(plan_id, tx, installation, now)

    await bounded_gather(due, start, name="create a planned session")


async def remind_of_due_plans(unit_of_work: UnitOfWork, clock: Clock) -> None:
    """Enqueue the reminders of each planned session that begins soon, once."""
    now = clock()
    async with unit_of_work.read() as tx:
        due = await tx.plans.due_reminders(now, limit=AT_ONCE)

    async def remind(plan: Plan) -> None:
        async with unit_of_work.write() as tx:
            await remind_of_plan(plan, tx)

    await bounded_gather(due, remind, name="remind of a planned session")
