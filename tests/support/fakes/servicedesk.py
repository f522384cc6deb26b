"""A fake of ServiceDesk Plus."""

from collections.abc import Sequence

from support.fakes.service import FakeService

from bot.errors import NotFound
from bot.i18n import Text
from bot.model.ids import RequestId, RequestNumber
from bot.model.request import Request
from bot.ports import Reply, TechnicianList


class FakeServiceDesk(FakeService):
    """ServiceDesk Plus with some requests and technicians."""

    def __init__(self) -> None:
        super().__init__()
        self.requests: dict[RequestNumber, Request] = {}
        self.names: dict[str, str] = {}
        self.replies: list[Reply] = []
        self.notes: list[tuple[RequestId, str]] = []
        self.public_notes: list[tuple[RequestId, str]] = []
        self.limitation: Text | None = None

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

    async def add_note(self, request_id: RequestId, html: str, *, is_public: bool = False) -> None:
        async with self._calling("add_note"):
            (self.public_notes if is_public else self.notes).append((request_id, html))

    async def has_note(self, request_id: RequestId, marker: str) -> bool:
        notes = [*self.notes, *self.public_notes]
        found = any(whose == request_id and marker in html for whose, html in notes)
        async with self._calling("has_note"):
            pass
        return found
