"""Find the request that is meant, while somebody looks at a form and waits: a second or two, for technicians alone."""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot import access
from bot.command_dispatcher import identify
from bot.errors import BotError, NotAllowed, Unavailable
from bot.i18n import Words, _
from bot.model.ids import RequestNumber, request_number
from bot.model.request import Request
from bot.model.switches import Location
from bot.model.technician import Actor, Technician
from bot.services import Services
from bot.views.parts import Reader

SEARCH_SECONDS = 2.0
LOOK_SECONDS = 1.0
"""How long a link is looked up: a form must open within Slack's three seconds, and Teams waits for five."""
MOST = 20
_NUMBER = re.compile(r"#(\d{1,18})\b|\brequest\s+(?:no\.?\s*|id\s*:?\s*#*)?(\d{1,18})\b", re.IGNORECASE)
_URL = re.compile(r"https?://[^\s<>|\"]+")


@dataclass(frozen=True, slots=True)
class Searcher:
    """Somebody who may look requests up."""

    technician: Technician
    reader: Reader


async def searcher(actor: Actor, services: Services, *, location: Location | None = None) -> Searcher:
    """Tell who looks. Raises NotAllowed where they are no technician, or the integration (or ``location``) is off."""
    async with services.unit_of_work.read() as tx:
        known_user = await tx.people.known_user(actor)
        switches = await tx.switches.read()
    if known_user is None:
        raise NotAllowed(
            _("I do not know yet who you are. Write {words} to me first.", words=Words("status"))
        )
    technician = identify(known_user, services)
    access.require_integration_on(switches)
    if location is not None and switches.hides(location):
        raise NotAllowed(_("Previews are switched off here. Every command still works."))
    return Searcher(technician, Reader.of(known_user.profile))


@dataclass(frozen=True, slots=True)
class Found:
    """What fits what was typed. ``number`` is the number that was typed, where nobody can say what it stands for."""

    requests: Sequence[Request] = ()
    number: RequestNumber | None = None


async def suggest(actor: Actor, typed: str, services: Services) -> Found:
    """Find what a form's picker offers. Whoever may not look finds nothing."""
    try:
        await searcher(actor, services)
    except BotError:
        return Found()
    try:
        return Found(await search(typed, services))
    except BotError:
        return Found(number=request_number(typed))


async def search(typed: str, services: Services) -> Sequence[Request]:
    """Find open requests for what was typed so far.

    Raises Unavailable where no answer comes in time, and whatever ServiceDesk Plus refuses with.
    """
    try:
        async with asyncio.timeout(SEARCH_SECONDS):
            found = await services.servicedesk.search(typed, MOST)
    except TimeoutError:
        raise Unavailable(_("ServiceDesk Plus takes too long to answer.")) from None
    return [request for request in found if not request.is_closed]


async def linked(url: str, services: Services) -> Request | None:
    """Return the request that a link leads to; None where it is no such link, or the answer does not come in time."""
    request_id = services.servicedesk.id_in(url)
    if request_id is None:
        return None
    try:
        async with asyncio.timeout(LOOK_SECONDS):
            return await services.servicedesk.request_by_id(request_id)
    except (BotError, TimeoutError):
        return None


async def number_in(text: str, actor: Actor, services: Services) -> RequestNumber | None:
    """Take the number of a request out of a message: of a link to one, for technicians, else where one is written."""
    links = [url for url in _URL.findall(text) if services.servicedesk.id_in(url) is not None]
    if links:
        try:
            await searcher(actor, services)
            request = await linked(links[0], services)
        except BotError:
            request = None
        if request is not None:
            return request.number
    found = _NUMBER.search(text)
    return request_number(found[1] or found[2]) if found else None
