"""ServiceDesk Plus, as the workflows see it."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from bot.i18n import Text
from bot.model.ids import Email, EntryId, RequestId, RequestNumber
from bot.model.request import AssignedRequests, Request
from bot.values import value_class


@value_class
class Reply:
    """A mail that goes out as a reply on a request. ``marker`` is a text inside ``html`` that finds the reply again."""

    request_id: RequestId
    request_number: RequestNumber
    to: str
    subject: str
    html: str
    marker: str


@value_class
class TechnicianList:
    """The technicians of ServiceDesk Plus: ``names`` by their e-mail addresses, in lower case.

    ``limitation`` says what is missing where the list had to be read in another way than usual.
    """

    names: Mapping[str, str]
    limitation: Text | None = None


@value_class
class Worklog:
    """Time that a technician spent on a request. ``description`` contains the marker by which the worklog is found."""

    owner: Email
    owner_name: str
    minutes: int
    description: str


class ServiceDesk(Protocol):
    """ServiceDesk Plus Cloud's API. Every call may raise Unavailable, Rejected and NotAuthorized."""

    async def request(self, number: RequestNumber) -> Request:
        """Look a request up by the number that people see. Raises NotFound."""

    async def request_by_id(self, request_id: RequestId) -> Request:
        """Look a request up by its long id. Raises NotFound."""

    def id_in(self, url: str) -> RequestId | None:
        """Return the long id in a link to a request of this portal; None for any other link."""

    async def search(self, text: str, limit: int = 20) -> Sequence[Request]:
        """Find requests for a picker, open ones first: by number, or by words of the subject or of the requester's name."""

    async def assigned_requests(self, technician: Email) -> AssignedRequests:
        """Return the open requests that are assigned to a technician. It never returns those of somebody else."""

    async def technicians(self) -> TechnicianList:
        """Return every technician."""

    async def reply(self, reply: Reply) -> None:
        """Mail a reply to the requester and record it on the request.

        Raises OutcomeUnknown where it may have been sent (then look with ``has_reply``), Rejected where this reply is
        refused, and NotSupported where the portal refuses every reply.
        """

    async def has_reply(self, request_id: RequestId, marker: str) -> bool:
        """Return whether the request's conversation has a reply that contains ``marker``."""

    async def add_note(self, request_id: RequestId, html: str, *, is_public: bool = False) -> EntryId | None:
        """Add a note. The requester sees it only if it is public. Raises OutcomeUnknown as ``reply`` does.

        Returns None where the response does not name the note: then ``find_note`` finds it.
        """

    async def find_note(self, request_id: RequestId, marker: str) -> EntryId | None:
        """Return the newest note on the request that contains ``marker``."""

    async def edit_note(self, request_id: RequestId, note: EntryId, html: str) -> None:
        """Replace the text of a private note. A repeat is harmless."""

    async def add_worklog(self, request_id: RequestId, worklog: Worklog) -> EntryId | None:
        """Add a worklog. Raises OutcomeUnknown, and returns None, as ``add_note`` does."""

    async def find_worklog(self, request_id: RequestId, marker: str) -> EntryId | None:
        """Return a worklog on the request whose description contains ``marker``."""

    async def edit_worklog(self, request_id: RequestId, entry: EntryId, worklog: Worklog) -> None:
        """Replace the time and the description of a worklog. A repeat is harmless."""
