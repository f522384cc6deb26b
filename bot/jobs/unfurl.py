"""Show a request's panel below a link to it."""

from collections.abc import Mapping

from bot.errors import BotError
from bot.front_desk import identify
from bot.jobs.introduce import read_profile, refresh_directory
from bot.jobs.show_request import panel
from bot.model.ids import RequestId
from bot.model.switches import Location
from bot.model.technician import Actor, Platform
from bot.ports import PastedLink, Steps
from bot.views.parts import Reader
from bot.world import FRESH, PROFILE_FRESH, World


async def unfurl(arguments: Mapping[str, str], world: World, steps: Steps) -> None:
    """Preview a link that a technician pasted. For anybody else, or where it is switched off, nothing is shown."""
    await steps.run("show the preview", lambda: _unfurl(arguments, world))


async def _unfurl(arguments: Mapping[str, str], world: World) -> None:
    actor = Actor(Platform(arguments["platform"]), arguments["tenant"], arguments["user"])
    async with world.books.read() as tx:
        switches = await tx.switches.read()
        standing = await tx.people.standing(actor)
    if not switches.shows(Location.UNFURL):
        return
    if standing is None or world.clock() - standing.profile_read_at > PROFILE_FRESH:
        await read_profile(actor, world)
    await refresh_directory(world, older_than=FRESH)
    async with world.books.read() as tx:
        standing = await tx.people.standing(actor)
    try:
        if standing is not None:
            identify(standing, world)
            request = await world.servicedesk.request_by_id(RequestId(arguments["request"]))
            shown = await panel(request, None, world)
            link = PastedLink(
                *(arguments[name] for name in ("url", "channel", "message", "unfurl_id", "source"))
            )
            reader = Reader.of(standing.profile, world.language)
            await world.chats[actor.platform].unfurl(actor.tenant, link, shown, reader)
    except BotError:
        return  # a preview is an extra: whoever may not see it, or cannot just now, still has the link
