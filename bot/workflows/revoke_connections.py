"""Revoke at TeamViewer what was given up here: kept until it is done, and for nothing else."""

from collections.abc import Mapping
from contextlib import suppress
from functools import partial

from bot import access
from bot.errors import NotAllowed, NotAuthorized
from bot.i18n import Text, _
from bot.model.connection import Connection
from bot.model.ids import Email
from bot.ports import Steps
from bot.services import REVOKE_RETRY_AFTER, Services
from bot.views.pages import Message
from bot.views.parts import Tone
from bot.workflows.bounded_gather import bounded_gather
from bot.workflows.home import refresh_homes
from bot.workflows.replies import answer


async def disconnect(arguments: Mapping[str, str], services: Services, steps: Steps) -> None:
    """Revoke the connections that a technician gave up; tell them where that has to wait.

    ``connections``: their ids, parted by commas. What cannot be revoked now, the watch tries again.
    """
    await steps.run("show the home", lambda: refresh_homes(services, Email(arguments["technician"])))
    trouble: Text | None = None
    for connection_id in filter(None, arguments["connections"].split(",")):
        done = await steps.run(f"revoke {connection_id}", partial(revoke, connection_id, services))
        trouble = done.problem or trouble
    if trouble is not None:
        view = _not_yet(trouble)
        await steps.run("tell", lambda: answer(services, arguments["command"], view))


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


async def revoke(connection_id: str, services: Services) -> None:
    """Revoke one connection, then forget it. Raises NotAllowed (switched off), Unavailable, Rejected."""
    async with services.unit_of_work.read() as tx:
        connection = await tx.revocations.get(connection_id)
        switches = await tx.switches.read()
    if connection is None:
        return
    access.require_integration_on(switches)
    with suppress(NotAuthorized):  # then it is dead at TeamViewer already
        await services.tokens(connection).end(services.teamviewer.revoke)
    async with services.unit_of_work.write() as tx:
        await tx.revocations.done(connection)


async def revoke_due(services: Services) -> None:
    """Revoke what waits for it, for the watch."""
    async with services.unit_of_work.read() as tx:
        due = await tx.revocations.due(services.clock())

    async def one(connection: Connection) -> None:
        try:
            await revoke(connection.id, services)
        except NotAllowed:
            raise  # switched off meanwhile: it is due as soon as that is over
        except Exception:
            async with services.unit_of_work.write() as tx:
                await tx.revocations.postpone(connection, services.clock() + REVOKE_RETRY_AFTER)
            raise

    await bounded_gather(due, one, name="revoke a connection")
