"""The client of ServiceDesk Plus Cloud. It implements the port and delegates each call to the part of its topic."""

import time
from collections.abc import Callable, Sequence
from urllib.parse import quote

from adapters.http import HttpClient
from adapters.servicedesk.api import ServiceDeskApi
from adapters.servicedesk.assigned import AssignedCalls
from adapters.servicedesk.notes import add_note, edit_private_note, find_note
from adapters.servicedesk.portal import Portal
from adapters.servicedesk.replies import ReplyCalls
from adapters.servicedesk.request_links import RequestLinks
from adapters.servicedesk.requests import RequestCalls
from adapters.servicedesk.technicians import list_technicians
from adapters.servicedesk.worklogs import add_worklog, edit_worklog, find_worklog
from bot.model.ids import Email, EntryId, RequestId, RequestNumber
from bot.model.request import AssignedRequests, Request
from bot.ports import Reply, TechnicianList, TokenSource, Worklog


class ServiceDeskClient:
    """Implements the port ``ServiceDesk``, whose Protocol says what each call raises.

    ``api_url`` is an origin without a path. ``portal`` is the portal's name in the API's paths, None for the default
    portal. ``web_urls`` are the addresses of the pages, as ``RequestLinks`` takes them. ``monotonic`` is a clock in
    seconds.
    """

    def __init__(
        self,
        http: HttpClient,
        *,
        api_url: str,
        web_urls: Sequence[str],
        portal: str | None,
        tokens: TokenSource,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        portal_path = f"/app/{quote(portal, safe='')}" if portal else ""
        self._api = ServiceDeskApi(http, f"{api_url.rstrip('/')}{portal_path}/api/v3", tokens)
        self._links = RequestLinks(web_urls)
        self._portal = Portal(
            self._api, name=portal or self._links.portal, is_default=not portal, monotonic=monotonic
        )
        self._requests = RequestCalls(self._api, self._portal, self._links)
        self._assigned = AssignedCalls(self._api, self._requests)
        self._replies = ReplyCalls(self._api)

    async def learn_portal(self) -> None:
        """Look up the name of the default portal, if no setting names the portal. A failure is no error."""
        await self._portal.find_name()

    async def request(self, number: RequestNumber) -> Request:
        """Return a request by its display number. Raises NotFound."""
        return await self._requests.find_by_number(number)

    async def request_by_id(self, request_id: RequestId) -> Request:
        """Return a request by its long id. Raises NotFound."""
        return await self._requests.find_by_id(request_id)

    def id_in(self, url: str) -> RequestId | None:
        """Return the long id in a link to a request of this portal. None for any other link."""
        link = self._links.parse(url)
        return link.request_id if link is not None and self._portal.owns(link) else None

    async def search(self, text: str, limit: int = 20) -> Sequence[Request]:
        """Search requests by their number, or else by words of the subject or of the requester's name. Open requests come first."""
        return await self._requests.search_requests(text, limit)

    async def assigned_requests(self, technician: Email) -> AssignedRequests:
        """Return the open requests that are assigned to a technician, newest first. It never returns those of somebody else."""
        return await self._assigned.list_assigned(technician)

    async def technicians(self) -> TechnicianList:
        """Return all technicians. Where their list is refused, they are read from the list of users."""
        return await list_technicians(self._api)

    async def reply(self, reply: Reply) -> None:
        """Mail a reply to the requester and store it on the request. Raises OutcomeUnknown, Rejected, NotSupported."""
        await self._replies.send_reply(reply)

    async def has_reply(self, request_id: RequestId, marker: str) -> bool:
        """Return whether one of the latest 20 replies contains ``marker``."""
        return await self._replies.find_reply(request_id, marker)

    async def add_note(self, request_id: RequestId, html: str, *, is_public: bool = False) -> EntryId | None:
        """Add a note. The requester sees it only if it is public. Raises OutcomeUnknown, Rejected."""
        return await add_note(self._api, request_id, html, is_public=is_public)

    async def find_note(self, request_id: RequestId, marker: str) -> EntryId | None:
        """Return the newest of the latest 50 notes that contains ``marker``."""
        return await find_note(self._api, request_id, marker)

    async def edit_note(self, request_id: RequestId, note: EntryId, html: str) -> None:
        """Replace the text of a note. Raises OutcomeUnknown, Rejected."""
        await edit_private_note(self._api, request_id, note, html)

    async def add_worklog(self, request_id: RequestId, worklog: Worklog) -> EntryId | None:
        """Add a worklog. Raises OutcomeUnknown, Rejected."""
        return await add_worklog(self._api, request_id, worklog)

    async def find_worklog(self, request_id: RequestId, marker: str) -> EntryId | None:
        """Return the worklog whose description contains ``marker``."""
        return await find_worklog(self._api, request_id, marker)

    async def edit_worklog(self, request_id: RequestId, entry: EntryId, worklog: Worklog) -> None:
        """Replace the time and the description of a worklog. Raises OutcomeUnknown, Rejected."""
        await edit_worklog(self._api, request_id, entry, worklog)
