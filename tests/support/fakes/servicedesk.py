"""A fake of ServiceDesk Plus."""

from collections.abc import Sequence
from typing import ClassVar

from support.fakes.service import FakeService

from bot.errors import NotFound
from bot.i18n import Text
from bot.model.ids import Email, EntryId, RequestId, RequestNumber
from bot.model.request import AssignedRequests, Request
from bot.ports import Reply, TechnicianList, Worklog


class FakeServiceDesk(FakeService):
    """ServiceDesk Plus with some requests and technicians.

    ``assigned`` are the numbers of the requests of a technician. ``names_new_entries``: whether the response to a new note or worklog has its id.
    """

    port: ClassVar[str] = "ServiceDesk"

    def __init__(self) -> None:
        super().__init__()
        self.requests: dict[RequestNumber, Request] = {}
        self.names: dict[str, str] = {}
        self.assigned: dict[Email, list[RequestNumber]] = {}
        self.has_more_assigned = False
        self.replies: list[Reply] = []
        self.notes: list[tuple[RequestId, str]] = []
        self.public_notes: list[tuple[RequestId, str]] = []
        self.limitation: Text | None = None
        self.worklogs: list[tuple[RequestId, Worklog]] = []
        self.names_new_entries = True

    def add_request(self, request: Request) -> None:
        """Add a request, or replace it by its number."""
        self.requests[request.number] = request

    async def request(self, number: RequestNumber) -> Request:
        found = self.requests.get(number)
        async with self._calling("request"):
            pass
        if found is None:
            raise NotFound(Text("No such request."))
        return found

    async def request_by_id(self, request_id: RequestId) -> Request:
        found = next((one for one in self.requests.values() if one.id == request_id), None)
        async with self._calling("request_by_id"):
            pass
        if found is None:
            raise NotFound(Text("No such request."))
        return found

    def id_in(self, url: str) -> RequestId | None:
        return next((one.id for one in self.requests.values() if one.url == url), None)

    async def search(self, text: str, limit: int = 20) -> Sequence[Request]:
        found = [one for one in self.requests.values() if text in one.number or text in one.subject]
        async with self._calling("search"):
            pass
        return found[:limit]

    async def assigned_requests(self, technician: Email) -> AssignedRequests:
        found = [self.requests[number] for number in self.assigned.get(technician, [])]
        async with self._calling("assigned_requests"):
            pass
        return AssignedRequests(found, self.has_more_assigned)

    async def technicians(self) -> TechnicianList:
        technicians = TechnicianList(dict(self.names), self.limitation)
        async with self._calling("technicians"):
            pass
        return technicians

    async def reply(self, reply: Reply) -> None:
        async with self._calling("reply"):
            self.replies.append(reply)

    async def has_reply(self, request_id: RequestId, marker: str) -> bool:
        found = any(one.request_id == request_id and marker in one.html for one in self.replies)
        async with self._calling("has_reply"):
            pass
        return found

    async def add_note(self, request_id: RequestId, html: str, *, is_public: bool = False) -> EntryId | None:
        notes = self.public_notes if is_public else self.notes
        async with self._calling("add_note"):
            notes.append((request_id, html))
        return EntryId(f"note {len(notes) - 1}") if self.names_new_entries else None

    async def find_note(self, request_id: RequestId, marker: str) -> EntryId | None:
        found = [
            EntryId(f"note {place}")
            for notes in (self.public_notes, self.notes)
            for place, (whose, html) in enumerate(notes)
            if whose == request_id and marker in html
        ]
        async with self._calling("find_note"):
            pass
        return found[-1] if found else None

    async def edit_note(self, request_id: RequestId, note: EntryId, html: str) -> None:
        place = int(note.removeprefix("note "))
        assert self.notes[place][0] == request_id
        async with self._calling("edit_note"):
            self.notes[place] = (request_id, html)

    async def add_worklog(self, request_id: RequestId, worklog: Worklog) -> EntryId | None:
        async with self._calling("add_worklog"):
            self.worklogs.append((request_id, worklog))
        return EntryId(f"worklog {len(self.worklogs) - 1}") if self.names_new_entries else None

    async def find_worklog(self, request_id: RequestId, marker: str) -> EntryId | None:
        found = [
            EntryId(f"worklog {place}")
            for place, (whose, worklog) in enumerate(self.worklogs)
            if whose == request_id and marker in worklog.description
        ]
        async with self._calling("find_worklog"):
            pass
        return found[-1] if found else None

    async def edit_worklog(self, request_id: RequestId, entry: EntryId, worklog: Worklog) -> None:
        place = int(entry.removeprefix("worklog "))
        assert self.worklogs[place][0] == request_id
        async with self._calling("edit_worklog"):
            self.worklogs[place] = (request_id, worklog)
