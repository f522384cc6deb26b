"""Find the request that is meant, while somebody looks at a form and waits: a second or two, for technicians alone."""

import asyncio
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from bot import access
from bot.errors import BotError, NotAllowed, Unavailable
from bot.front_desk import identify
from bot.i18n import Words, _
from bot.model.ids import RequestNumber, request_number
from bot.model.request import Request
from bot.model.switches import Location
from bot.model.technician import Actor, Technician
from bot.views.parts import Reader
from bot.world import World

SEARCH_SECONDS = 2.0
LOOK_SECONDS = 3.0
MOST = 20
_NUMBER = re.compile(r"#(\d{1,18})\b|\brequest\s+(?:no\.?\s*|id\s*:?\s*#*)?(\d{1,18})\b", re.IGNORECASE)
_URL = re.compile(r"https?://[^\s<>|\"]+")


@dataclass(frozen=True, slots=True)
class Searcher:
    """Somebody who may look requests up."""

    technician: Technician
    reader: Reader


async def searcher(actor: Actor, world: World, *, location: Location | None = None) -> Searcher:
    """Tell who looks. Raises NotAllowed where they are no technician, or the integration (or ``location``) is off."""
    async with world.books.read() as tx:
        standing = await tx.people.standing(actor)
        switches = await tx.switches.read()
    if standing is None:
        raise NotAllowed(
            _("I do not know yet who you are. Write {words} to me first.", words=Words("status"))
        )
    technician = identify(standing, world)
    access.integration_is_on(switches)
    if location is not None and switches.hides(location):
        raise NotAllowed(_("Previews are switched off here. Every command still works."))
    return Searcher(technician, Reader.of(standing.profile))


async def search(typed: str, world: World) -> Sequence[Request]:
    """Find open requests for what was typed so far. Raises Unavailable where no answer comes in time."""
    try:
        async with asyncio.timeout(SEARCH_SECONDS):
            found = await world.servicedesk.search(typed, MOST)
    except TimeoutError:
        raise Unavailable(_("ServiceDesk Plus takes too long to answer.")) from None
    return [request for request in found if not request.is_closed]


async def linked(url: str, world: World) -> Request | None:
    """Return the request that a link leads to; None where it is no such link, or the answer does not come in time."""
    request_id = world.servicedesk.id_in(url)
    if request_id is None:
        return None
    try:
        async with asyncio.timeout(LOOK_SECONDS):
            return await world.servicedesk.request_by_id(request_id)
    except (BotError, TimeoutError):
        return None


async def number_in(text: str, world: World) -> RequestNumber | None:
    """Take the number of a request out of a message: out of a link to it, else where one is written.

    However many links there are, they are looked at for no longer than one.
    """
    with suppress(TimeoutError):
        async with asyncio.timeout(LOOK_SECONDS):
            for url in _URL.findall(text):
                request = await linked(url, world)
                if request is not None:
                    return request.number
    found = _NUMBER.search(text)
    return request_number(found[1] or found[2]) if found else None
