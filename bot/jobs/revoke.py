"""Revoke at TeamViewer what was given up here: kept until it is done, and for nothing else."""

from collections.abc import Mapping
from contextlib import suppress
from functools import partial

from bot import access
from bot.errors import NotAllowed, NotAuthorized
from bot.i18n import Text, _
from bot.jobs.each import for_each
from bot.jobs.home import refresh_homes
from bot.jobs.telling import answer
from bot.model.connection import Connection
from bot.model.ids import Email
from bot.ports import Steps
from bot.views.pages import Message
from bot.views.parts import Tone
from bot.world import REVOKE_AGAIN, World


async def disconnect(arguments: Mapping[str, str], world: World, steps: Steps) -> None:
    """Revoke the connections that a technician gave up; tell them where that has to wait.

    ``connections``: their ids, parted by commas. What cannot be revoked now, the watch tries again.
    """
    await steps.run("show the home", lambda: refresh_homes(world, Email(arguments["technician"])))
    trouble: Text | None = None
    for connection_id in filter(None, arguments["connections"].split(",")):
        done = await steps.run(f"revoke {connection_id}", partial(revoke, connection_id, world))
        trouble = done.problem or trouble
    if trouble is not None:
        view = _not_yet(trouble)
        await steps.run("tell", lambda: answer(world, arguments["command"], view))


def _not_yet(why: Text) -> Message:
    return Message(
        _("TeamViewer has not yet revoked the access that you gave up. {why}", why=why),
        Tone.WAIT,
        details=[
            _(
                "It is tried again by itself until it is done. You can also revoke it in TeamViewer’s own settings."
            )
        ],
        is_personal=True,
    )


async def revoke(connection_id: str, world: World) -> None:
    """Revoke one connection, then forget it. Raises NotAllowed (switched off), Unavailable, Rejected."""
    async with world.books.read() as tx:
        connection = await tx.revocations.get(connection_id)
        switches = await tx.switches.read()
    if connection is None:
        return
    access.integration_is_on(switches)
    with suppress(NotAuthorized):  # then it is dead at TeamViewer already
        await world.tokens(connection).end(world.teamviewer.revoke)
    async with world.books.write() as tx:
        await tx.revocations.done(connection)


async def revoke_due(world: World) -> None:
    """Revoke what waits for it, for the watch."""
    async with world.books.read() as tx:
        due = await tx.revocations.due(world.clock())

    async def one(connection: Connection) -> None:
        try:
            await revoke(connection.id, world)
        except NotAllowed:
            raise  # switched off meanwhile: it is due as soon as that is over
        except Exception:
            async with world.books.write() as tx:
                await tx.revocations.postpone(connection, world.clock() + REVOKE_AGAIN)
            raise

    await for_each(due, one, name="revoke a connection")
