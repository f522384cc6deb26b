"""Two SDAdmins who change different switches at the same time do not undo each other's change."""

import asyncio
from collections.abc import Awaitable, Callable

from support.clock import Clock
from support.fakes.services import INSTALLATION

from bot.commands import CommandRequest, Place, SwitchIntegration, SwitchWidget
from bot.model.ids import CommandKey, Email, OrgId
from bot.model.switches import Location, Switches
from bot.model.technician import Actor, Platform, Technician
from bot.unit_of_work import Transaction, UnitOfWork
from bot.use_cases.admin import switch_integration, switch_widget
from bot.use_cases.context import CommandContext
from bot.values import replace
from storage.unit_of_work import SqlUnitOfWork


def context(command: SwitchIntegration | SwitchWidget, tx: Transaction, clock: Clock) -> CommandContext:
    installation = replace(INSTALLATION, org_id=OrgId("default"))
    by = Technician(Email("ada@example.test"), "Ada Min", is_admin=True)
    command_request = CommandRequest(
        CommandKey(repr(command)), Actor(Platform.SLACK, "T1", "U1"), Place("C1"), command
    )
    return CommandContext(by, command_request, Switches(), tx, installation, clock())


async def test_widget_change_does_not_undo_a_concurrent_integration_change(
    postgres_unit_of_work: SqlUnitOfWork,
    wait_for_blocked_transaction: Callable[[], Awaitable[None]],
    clock: Clock,
) -> None:
    """The second transaction begins before the first one commits, and still reads what the first one wrote."""

    async def toggle() -> None:
        command = SwitchWidget(on=False, location=Location.HOME)
        async with postgres_unit_of_work.write() as tx:
            await switch_widget(command, context(command, tx, clock))

    async with postgres_unit_of_work.write() as tx:
        command = SwitchIntegration(on=False)
        await switch_integration(command, context(command, tx, clock))
        toggling = asyncio.create_task(toggle())
        await wait_for_blocked_transaction()
    await toggling
    async with postgres_unit_of_work.read() as tx:
        stand = await tx.switches.read()
    assert stand == Switches(integration=False, locations=frozenset(Location) - {Location.HOME})


async def test_switches_without_a_row_are_locked_too(unit_of_work: UnitOfWork) -> None:
    async with unit_of_work.write() as tx:
        assert await tx.switches.lock() == Switches()
        await tx.switches.write(Switches(widget=False))
    async with unit_of_work.write() as tx:
        assert await tx.switches.lock() == Switches(widget=False)
