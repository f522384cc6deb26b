"""Show people their home, and keep it in step with what changes."""

from collections.abc import Mapping
from contextlib import suppress

from bot.commands import OpenForm
from bot.errors import BotError
from bot.front_desk import identify
from bot.i18n import Text, _
from bot.jobs.introduce import look_for, read_profile
from bot.model.card import Audience
from bot.model.ids import Email
from bot.model.switches import Location
from bot.model.technician import Actor, Platform, Standing, Technician
from bot.ports import Steps
from bot.store import Job, Transaction
from bot.use_cases.look import standing_of
from bot.views.admin import AdminPage
from bot.views.home import HomePage
from bot.views.parts import Button, Reader, Style
from bot.views.session import card, row
from bot.world import PROFILE_FRESH, World

RECENT = 5
"""How many past sessions a home shows."""


def show_home_job(actor: Actor, key: str, *, anew: bool = False) -> Job:
    """The job that shows somebody their home; ``anew``: as a new message, where it is one."""
    arguments = {"platform": actor.platform.value, "tenant": actor.tenant, "user": actor.user}
    arguments["anew"] = "yes" if anew else ""
    return Job("show_home", f"home:{key}", arguments)


async def show_home(arguments: Mapping[str, str], world: World, steps: Steps) -> None:
    """Find out who somebody is, and show them their home."""
    actor = Actor(Platform(arguments["platform"]), arguments["tenant"], arguments["user"])
    known = await steps.run("find out who it is", lambda: _introduce(actor, world))
    anew = bool(arguments.get("anew"))
    await steps.run("show the home", lambda: _publish(actor, world, known.problem, anew=anew))


async def _introduce(actor: Actor, world: World) -> None:
    async with world.books.read() as tx:
        standing = await tx.people.standing(actor)
    if standing is None or world.clock() - standing.profile_read_at > PROFILE_FRESH:
        await read_profile(actor, world)
    async with world.books.write() as tx:
        await tx.homes.opened(actor)
    await look_for(actor, world)


async def refresh_homes(world: World, technician: Email | None) -> None:
    """Show the opened homes anew: a technician's, or everybody's. A home that cannot be shown hinders nobody."""
    async with world.books.read() as tx:
        actors = await (tx.homes.of_technician(technician) if technician else tx.homes.all())
    for actor in actors:
        with suppress(BotError):
            await _publish(actor, world, None)


async def _publish(actor: Actor, world: World, trouble: Text | None, *, anew: bool = False) -> None:
    async with world.books.read() as tx:
        standing = await tx.people.standing(actor)
        home = await _home(standing, trouble, tx, world)
    await world.chats[actor.platform].publish_home(
        actor, home, Reader.of(standing.profile if standing else None), anew=anew
    )


async def _home(standing: Standing | None, trouble: Text | None, tx: Transaction, world: World) -> HomePage:
    if standing is None:
        return HomePage(trouble or _("It is not clear who you are. Open this page again in a moment."))
    try:
        technician = identify(standing, world)
    except BotError as error:
        return HomePage(error.text)
    switches = await tx.switches.read()
    if switches.integration and switches.hides(Location.HOME):
        return HomePage(
            _("The overview is switched off here. Every command still works."),
            administration=AdminPage(switches) if technician.is_admin else None,
        )
    return await _home_of(technician, tx)


async def _home_of(technician: Technician, tx: Transaction) -> HomePage:
    status = await standing_of(technician, tx)
    open_ones = await tx.sessions.open_of_technician(technician.email)
    recent = await tx.sessions.history(technician=technician.email, limit=RECENT + len(open_ones))
    can_create = status.switches.integration and status.connection is not None
    return HomePage(
        status=status,
        cards=[
            card(
                one,
                await tx.notices.of_session(one.id),
                Audience.CREATOR,
                is_on=status.switches.integration,
            )
            for one in open_ones[:RECENT]
        ],
        recent=[row(one) for one in recent if not one.state.is_open][:RECENT],
        administration=AdminPage(status.switches) if technician.is_admin else None,
        buttons=[Button(_("New session"), OpenForm(), Style.PRIMARY)] if can_create else [],
    )
