"""Find the request that somebody means while they look at a form and wait: within a second or two, for technicians only."""

import asyncio
import re
from collections.abc import Collection, Sequence

from bot.access import require_integration_on
from bot.errors import BotError, NotAllowed, Unavailable
from bot.i18n import Words, _
from bot.identification import identify_technician
from bot.model.ids import Email, RequestNumber, request_number
from bot.model.request import Request
from bot.model.switches import Location
from bot.model.technician import Actor, Technician
from bot.ports import ServiceDesk
from bot.typed_text import normalize_typed_text
from bot.unit_of_work import UnitOfWork
from bot.values import value_class
from bot.views.parts import Reader

SEARCH_SECONDS = 2.0
LINK_SECONDS = 1.0
"""Time limit for looking up a link: a form must open within Slack's three seconds, and Teams waits for five."""
MOST_RESULTS = 20
_NUMBER = re.compile(r"#(\d{1,18})\b|\brequest\s+(?:no\.?\s*|id\s*:?\s*#*)?(\d{1,18})\b", re.IGNORECASE)
_URL = re.compile(r"https?://[^\s<>|\"]*[^\s<>|\".,;:!?'’)\]}…]", re.IGNORECASE)
"""A link in a sentence. Punctuation behind it belongs to the sentence."""


@value_class
class Searcher:
    """A technician who may look requests up, and the language they read."""

    technician: Technician
    reader: Reader


@value_class
class Suggestions:
    """What fits the typed text. ``number`` is the typed number, if ServiceDesk Plus could not look it up."""

    requests: Sequence[Request] = ()
    number: RequestNumber | None = None


@value_class
class Part:
    """Which results are wanted: ``count`` of them, after the first ``skipped``."""

    skipped: int = 0
    count: int = MOST_RESULTS


FIRST = Part()


class RequestSearch:
    """Searches ServiceDesk Plus on behalf of a technician. ``admins`` are the SDAdmins named in the settings."""

    def __init__(self, unit_of_work: UnitOfWork, servicedesk: ServiceDesk, admins: Collection[Email]) -> None:
        self._unit_of_work = unit_of_work
        self._servicedesk = servicedesk
        self._admins = admins

    async def identify_searcher(self, actor: Actor, *, location: Location | None = None) -> Searcher:
        """Return who is searching.

        Raises NotAllowed if they are no technician, or if the integration (or ``location``) is switched off.
        """
        async with self._unit_of_work.read() as tx:
            known_user = await tx.people.known_user(actor)
            switches = await tx.switches.read()
        if known_user is None:
            raise NotAllowed(
                _("I do not know yet who you are. Write {words} to me first.", words=Words("status"))
            )
        technician = identify_technician(known_user, self._admins)
        require_integration_on(switches)
        if location is not None and switches.hides(location):
            raise NotAllowed(_("Previews are switched off here. Every command still works."))
        return Searcher(technician, Reader.of(known_user.profile))

    async def suggest_requests(self, actor: Actor, typed: str, part: Part = FIRST) -> Suggestions:
        """Return what a form's picker offers. Nothing, for somebody who may not search."""
        try:
            await self.identify_searcher(actor)
        except BotError:
            return Suggestions()
        try:
            return Suggestions(await self.find_open_requests(typed, part))
        # While ServiceDesk Plus is down, a number that was typed can still be chosen.
        except BotError:
            return Suggestions(number=None if part.skipped else request_number(typed))

    async def list_assigned(self, actor: Actor) -> Sequence[Request]:
        """Return the open requests that are assigned to a technician. None for somebody else, or without an answer in time."""
        try:
            searcher = await self.identify_searcher(actor)
            async with asyncio.timeout(SEARCH_SECONDS):
                assigned = await self._servicedesk.assigned_requests(searcher.technician.email)
        except (BotError, TimeoutError):
            return []
        return [one for one in assigned.requests if one.takes_sessions][:MOST_RESULTS]

    async def find_open_requests(self, typed: str, part: Part = FIRST) -> Sequence[Request]:
        """Return the open requests that fit the typed text, or a later part of them.

        Raises Unavailable if no answer comes in time, and whatever ServiceDesk Plus refuses with.
        """
        try:
            async with asyncio.timeout(SEARCH_SECONDS):
                found = await self._servicedesk.search(normalize_typed_text(typed), part.skipped + part.count)
        except TimeoutError:
            raise Unavailable(_("ServiceDesk Plus takes too long to answer.")) from None
        return [request for request in found if request.takes_sessions][part.skipped :]

    async def find_linked_request(self, url: str) -> Request | None:
        """Return the request that a link leads to. None for any other link, and if no answer comes in time."""
        request_id = self._servicedesk.id_in(url)
        if request_id is None:
            return None
        try:
            async with asyncio.timeout(LINK_SECONDS):
                return await self._servicedesk.request_by_id(request_id)
        except (BotError, TimeoutError):
            return None

    async def find_number_in_message(self, text: str, actor: Actor) -> RequestNumber | None:
        """Return the number of the request that a message is about: from a link in it, for technicians, or as written."""
        links = [url for url in _URL.findall(text) if self._servicedesk.id_in(url) is not None]
        request = await self._look_up_for(actor, links[0]) if links else None
        if request is not None:
            return request.number
        # A link may contain a number, as in #12, that is no request's.
        found = _NUMBER.search(_URL.sub(" ", text))
        return request_number(found[1] or found[2]) if found else None

    async def _look_up_for(self, actor: Actor, url: str) -> Request | None:
        try:
            await self.identify_searcher(actor)
            return await self.find_linked_request(url)
        except BotError:
            return None
