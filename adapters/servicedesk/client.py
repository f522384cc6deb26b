"""The client of ServiceDesk Plus Cloud: what the product asks for, handed to the part that knows how."""

from collections.abc import Sequence
from urllib.parse import quote

from adapters.http import AsyncClient
from adapters.servicedesk import notes, replies
from adapters.servicedesk.requests import Requests
from adapters.servicedesk.technicians import technicians
from adapters.servicedesk.wire import Wire
from bot.model.ids import RequestId, RequestNumber
from bot.model.request import Request
from bot.ports import Reply, TokenSource


class ServiceDeskClient:
    """Implements the port ``ServiceDesk``, whose Protocol says what each call raises.

    ``api_url`` and ``web_url`` are origins without a path; ``portal`` is the portal's name in them, None for the
    default one.
    """

    def __init__(
        self, http: AsyncClient, *, api_url: str, web_url: str, portal: str | None, tokens: TokenSource
    ) -> None:
        inside = f"/app/{quote(portal, safe='')}" if portal else ""
        self._wire = Wire(http, f"{api_url.rstrip('/')}{inside}/api/v3", tokens)
        self._requests = Requests(self._wire, f"{web_url.rstrip('/')}{inside}")

    async def request(self, number: RequestNumber) -> Request:
        """Look a request up by the number that people see. Raises NotFound."""
        return await self._requests.by_number(number)

    async def request_by_id(self, request_id: RequestId) -> Request:
        """Look a request up by its long id. Raises NotFound."""
        return await self._requests.by_id(request_id)

    def id_in(self, url: str) -> RequestId | None:
        """Return the long id in a link to a request of this portal; None for any other link."""
        return self._requests.id_in(url)

    async def search(self, text: str, limit: int = 20) -> Sequence[Request]:
        """Find requests for a picker: a number is one request's, other words stand in the subject. Open ones first."""
        return await self._requests.search(text, limit)

    async def technicians(self) -> dict[str, str]:
        """Return every technician: e-mail in lower case → name."""
        return await technicians(self._wire)

    async def reply(self, reply: Reply) -> None:
        """Mail a reply to the requester and record it on the request. Raises OutcomeUnknown, Rejected."""
        await replies.reply(self._wire, reply)

    async def has_reply(self, request_id: RequestId, marker: str) -> bool:
        """Tell whether one of the latest 20 replies has ``marker`` in it."""
        return await replies.has_reply(self._wire, request_id, marker)

    async def add_note(self, request_id: RequestId, html: str) -> None:
        """Add a note that the requester does not see. Raises OutcomeUnknown as ``reply`` does."""
        await notes.add_note(self._wire, request_id, html)

    async def has_note(self, request_id: RequestId, marker: str) -> bool:
        """Tell whether one of the latest 50 notes has ``marker`` in it."""
        return await notes.has_note(self._wire, request_id, marker)
