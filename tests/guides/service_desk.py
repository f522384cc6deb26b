"""How to add a service desk: here one that is called Helpdesk."""

from guides.tree import Edit, Guide, Step

_CLIENT = '''"""Helpdesk as the service desk."""

from collections.abc import Sequence

from bot.errors import NotFound
from bot.i18n import _
from bot.model.ids import Email, EntryId, RequestId, RequestNumber
from bot.model.request import AssignedRequests, Request
from bot.ports import Reply, TechnicianList, Worklog


class HelpdeskClient:
    """The ``ServiceDesk`` of a Helpdesk installation."""

    async def request(self, number: RequestNumber) -> Request:
        raise NotFound(_("No request has the number {number}.", number=number))

    async def request_by_id(self, request_id: RequestId) -> Request:
        raise NotFound(_("No request has the number {number}.", number=request_id))

    def id_in(self, url: str) -> RequestId | None:
        return None

    async def search(self, text: str, limit: int = 20) -> Sequence[Request]:
        return []

    async def assigned_requests(self, technician: Email) -> AssignedRequests:
        return AssignedRequests([])

    async def technicians(self) -> TechnicianList:
        return TechnicianList({})

    async def reply(self, reply: Reply) -> None: ...

    async def has_reply(self, request_id: RequestId, marker: str) -> bool:
        return False

    async def add_note(
        self, request_id: RequestId, html: str, *, is_public: bool = False
    ) -> EntryId | None:
        return None

    async def find_note(self, request_id: RequestId, marker: str) -> EntryId | None:
        return None

    async def edit_note(self, request_id: RequestId, note: EntryId, html: str) -> None: ...

    async def add_worklog(self, request_id: RequestId, worklog: Worklog) -> EntryId | None:
        return None

    async def find_worklog(self, request_id: RequestId, marker: str) -> EntryId | None:
        return None

    async def edit_worklog(self, request_id: RequestId, entry: EntryId, worklog: Worklog) -> None: ...
'''
SERVICE_DESK = Guide(
    "A new service desk",
    (
        Step(
            "its package",
            (
                Edit("adapters/helpdesk/__init__.py", '"""Helpdesk."""\n'),
                Edit("adapters/helpdesk/client.py", _CLIENT),
            ),
            "mypy",
            "adapters.helpdesk",
        ),
        Step(
            "its choice in the bootstrap",
            (
                Edit(
                    "adapters/bootstrap.py",
                    """        if self.settings.servicedesk_portal == "helpdesk":
            return HelpdeskClient()
""",
                    after="    def _servicedesk(self, http: HttpClient) -> ServiceDesk:\n",
                ),
                Edit(
                    "adapters/bootstrap.py",
                    "from adapters.helpdesk.client import HelpdeskClient\n",
                    before="from adapters.http import ",
                ),
            ),
            "tests/unit/test_adapters_are_complete.py",
            "adapters.helpdesk",
        ),
        Step(
            "its place in the import contracts",
            (
                Edit(
                    "pyproject.toml",
                    ', "adapters.helpdesk"',
                    after='name = "Adapters do not know each other"\ntype = "independence"\nmodules = ["adapters.teamviewer"',
                ),
            ),
            "tests/unit/test_adapters_are_complete.py",
            "adapters.helpdesk",
        ),
        Step(
            "its simulated counterpart",
            (Edit("sandbox/helpdesk/__init__.py", '"""A simulated Helpdesk."""\n'),),
            "tests/unit/test_adapters_are_complete.py",
            "sandbox/ has no helpdesk",
        ),
    ),
)
