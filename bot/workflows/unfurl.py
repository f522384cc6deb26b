"""Show a request's panel below a link to it."""

from collections.abc import Mapping

from bot.command_dispatcher import identify
from bot.errors import BotError
from bot.model.ids import RequestId
from bot.model.switches import Location
from bot.model.technician import Actor, Platform
from bot.ports import PastedLink, Steps
from bot.services import DIRECTORY_FRESH, PROFILE_FRESH, Services
from bot.views.parts import Reader
from bot.workflows.identify_user import read_profile, refresh_directory
from bot.workflows.show_request import panel


async def unfurl(arguments: Mapping[str, str], services: Services, steps: Steps) -> None:
    """Preview a link that a technician pasted. For anybody else, or where it is switched off, nothing is shown."""
    await steps.run("show the preview", lambda: _unfurl(arguments, services))


async def _unfurl(arguments: Mapping[str, str], services: Services) -> None:
    actor = Actor(Platform(arguments["platform"]), arguments["tenant"], arguments["user"])
    async with services.unit_of_work.read() as tx:
        switches = await tx.switches.read()
        known_user = await tx.people.known_user(actor)
    if not switches.shows(Location.UNFURL):
        return
    if known_user is None or services.clock() - known_user.profile_read_at > PROFILE_FRESH:
        await read_profile(actor, services)
    await refresh_directory(services, older_than=DIRECTORY_FRESH)
    async with services.unit_of_work.read() as tx:
        known_user = await tx.people.known_user(actor)
    try:
        if known_user is not None:
            identify(known_user, services)
            request = await services.servicedesk.request_by_id(RequestId(arguments["request"]))
            shown = await panel(request, None, services)
            link = PastedLink(
                *(arguments[name] for name in ("url", "channel", "message", "unfurl_id", "source"))
            )
            reader = Reader.of(known_user.profile, services.language)
            await services.chats[actor.platform].unfurl(actor.tenant, link, shown, reader)
    except BotError:
        return  # a preview is an extra: whoever may not see it, or cannot just now, still has the link
