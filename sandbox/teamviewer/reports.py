"""The connection reports of the API."""

from collections.abc import Iterable

from aiohttp import web
from multidict import MultiMapping

from sandbox.teamviewer import payloads
from sandbox.teamviewer.access_control import AccessControl
from sandbox.teamviewer.json_format import check_names, invalid_request, parse_date, parse_flag
from sandbox.teamviewer.model import Account, Connection
from sandbox.teamviewer.options import Options
from sandbox.teamviewer.service_queue import ServiceQueue
from sandbox.teamviewer.sessions import cut_page

EXACT = ("userid", "username", "groupid", "devicename", "deviceid", "session_code", "support_session_type")
FILTERS = frozenset({*EXACT, "from_date", "to_date", "offset_id", "has_code"})


class ReportEndpoints:
    """TeamViewer API documentation 2023-03, p. 47-49. Whether reports contain running connections is an option."""

    def __init__(self, access: AccessControl, queue: ServiceQueue, options: Options) -> None:
        self._access = access
        self._queue = queue
        self._options = options

    def build_routes(self) -> list[web.RouteDef]:
        """Return the routes of these endpoints."""
        return [web.get("/api/v1/reports/connections", self.list_connections, name="reports.connections")]

    async def list_connections(self, request: web.Request) -> web.Response:
        """List ended connections, latest end first, after the record in ``offset_id``."""
        account = self._access.authorize(request, "Connections.Read")
        check_names(set(request.query), FILTERS)
        found = [one for one in self._list_visible_connections(account) if self._matches(one, request.query)]
        page, remaining = cut_page(
            found, _find_page_start(found, request.query.get("offset_id")), self._options.page_size
        )
        body: dict[str, object] = {
            "records": [payloads.format_connection(one, self._options) for one in page]
        }
        if remaining:
            body |= {"records_remaining": remaining, "next_offset": page[-1].id}
        return web.json_response(payloads.finish_payload(body, self._options))

    def _list_visible_connections(self, account: Account) -> Iterable[Connection]:
        latest_end = self._queue.now() - self._options.report_delay
        ended = [
            (one.ended_at, one)
            for one in reversed(self._queue.connections)
            if one.ended_at is not None and one.ended_at <= latest_end and one.session.belongs_to(account)
        ]
        if self._options.running_reported:
            for one in reversed(self._queue.connections):
                if one.ended_at is None and one.session.belongs_to(account):
                    yield one
        for _, one in sorted(ended, key=lambda pair: pair[0], reverse=True):
            # Whether Pilot connections are reported is unknown, so tests switch it.
            if one.session.kind == "Default" or self._options.pilot_reported:
                yield one

    def _matches(self, one: Connection, query: MultiMapping[str]) -> bool:
        record = payloads.format_connection(one, self._options)
        if any(name in query and str(record.get(name)) != query[name] for name in EXACT):
            return False
        # Dates are whole seconds on the wire, and so they are compared.
        start = one.started_at.replace(microsecond=0)
        if "from_date" in query and start < parse_date(query["from_date"], "from_date"):
            return False
        if "to_date" in query and start >= parse_date(query["to_date"], "to_date"):
            return False
        return parse_flag(query.get("has_code", "true"), "has_code")


def _find_page_start(found: list[Connection], offset_id: str | None) -> int:
    if offset_id is None:
        return 0
    # The offset is the last record of the page before.
    for index, one in enumerate(found):
        if one.id == offset_id:
            return index + 1
    raise invalid_request("offset_id is no record of this report.")
