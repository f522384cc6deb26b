"""Show people their home, and keep it in step with what changes."""

from collections.abc import Mapping
from dataclasses import replace
from math import ceil

from bot.command_dispatcher import identify
from bot.commands import OpenForm
from bot.errors import BotError, Unavailable
from bot.i18n import Text, _
from bot.model.card import Audience
from bot.model.ids import Email
from bot.model.switches import Location, Switches
from bot.model.technician import Actor, KnownUser, Platform, Technician
from bot.ports import Steps
from bot.services import DIRECTORY_FRESH, PROFILE_FRESH, Services
from bot.unit_of_work import Job, Transaction
from bot.use_cases.queries import status_page_of
from bot.views.admin import AdminPage, channel_refs
from bot.views.home import HomePage
from bot.views.parts import Button, Reader, Style
from bot.views.session import card, row
from bot.workflows.identify_user import read_profile, refresh_directory

RECENT = 5
"""How many past sessions a home shows."""


def show_home_job(actor: Actor, key: str, *, anew: bool = False) -> Job:
    """The job that shows somebody their home; ``anew``: as a new message, where it is one."""
    return Job("show_home", f"home:{key}", {**_addressed(actor), "anew": "yes" if anew else ""})


def _addressed(actor: Actor) -> dict[str, str]:
    return {"platform": actor.platform.value, "tenant": actor.tenant, "user": actor.user}


async def show_home(arguments: Mapping[str, str], services: Services, steps: Steps) -> None:
    """Find out who somebody is, and show them their home."""
    actor = Actor(Platform(arguments["platform"]), arguments["tenant"], arguments["user"])
    known = await steps.run("find out who it is", lambda: _introduce(actor, services))
    anew = bool(arguments.get("anew"))
    await steps.run("show the home", lambda: _publish(actor, services, known.problem, anew=anew))


async def _introduce(actor: Actor, services: Services) -> None:
    async with services.unit_of_work.read() as tx:
        known_user = await tx.people.known_user(actor)
    if known_user is None or services.clock() - known_user.profile_read_at > PROFILE_FRESH:
        await read_profile(actor, services)
    async with services.unit_of_work.write() as tx:
        await tx.homes.opened(actor)
    await refresh_directory(services, older_than=DIRECTORY_FRESH)


async def refresh_homes(services: Services, technician: Email | None) -> None:
    """Show the opened homes anew: a technician's, or everybody's. A home that cannot be shown hinders nobody."""
    async with services.unit_of_work.read() as tx:
        actors = await (tx.homes.of_technician(technician) if technician else tx.homes.all())
    for actor in actors:
        try:
            await _publish(actor, services, None)
        except Unavailable as error:
            await _publish_later(actor, services, error)
        except BotError:
            continue


async def refresh_home(arguments: Mapping[str, str], services: Services, steps: Steps) -> None:
    """Show somebody their home as it stands now, after the platform was too busy for it."""
    actor = Actor(Platform(arguments["platform"]), arguments["tenant"], arguments["user"])
    await steps.run("show the home", lambda: _publish(actor, services, None))


async def _publish_later(actor: Actor, services: Services, busy: Unavailable) -> None:
    """Leave one home to a job of its own, which is tried again: the others are not to wait for it."""
    now = services.clock()
    key = f"home:{actor.platform}:{actor.tenant}:{actor.user}:{now.isoformat()}"
    job = Job("refresh_home", key, _addressed(actor), delay_seconds=ceil(busy.retry_after or 1))
    async with services.unit_of_work.write() as tx:
        await tx.enqueue(job)


async def _publish(actor: Actor, services: Services, trouble: Text | None, *, anew: bool = False) -> None:
    async with services.unit_of_work.read() as tx:
        known_user = await tx.people.known_user(actor)
        home = await _home(known_user, trouble, tx, services)
    await services.chats[actor.platform].publish_home(
        actor, home, Reader.of(known_user.profile if known_user else None, services.language), anew=anew
    )


async def _home(
    known_user: KnownUser | None, trouble: Text | None, tx: Transaction, services: Services
) -> HomePage:
    if known_user is None:
        return HomePage(trouble or _("It is not clear who you are. Try again in a moment."))
    try:
        technician = identify(known_user, services)
    except BotError as error:
        return HomePage(error.text)
    switches = await tx.switches.read()
    if switches.integration and switches.hides(Location.HOME):
        home = HomePage(_("The overview is switched off here. Every command still works."))
    else:
        home = await _home_of(technician, tx)
    return _with_administration(home, switches, services) if technician.is_admin else home


def _with_administration(home: HomePage, switches: Switches, services: Services) -> HomePage:
    """Add the switches for an SDAdmin; where channels for administration are set, a home is none: it says where to go."""
    if not services.admin_channels:
        return replace(home, administration=AdminPage(switches))
    where = _(
        "Administration is done in its own channels: {channels}.",
        channels=channel_refs(services.admin_channels),
    )
    return replace(home, administered_in=where)


async def _home_of(technician: Technician, tx: Transaction) -> HomePage:
    status = await status_page_of(technician, tx)
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
        buttons=[Button(_("New session"), OpenForm(), Style.PRIMARY)] if can_create else [],
    )
