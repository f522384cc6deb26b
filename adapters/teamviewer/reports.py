"""Connection reports: who was connected, when and how long."""

from datetime import UTC, datetime, timedelta

from adapters.teamviewer.api_response import Payload
from adapters.teamviewer.paging import Listing, every
from adapters.teamviewer.payload import moment, text, written
from adapters.teamviewer.wire import Wire
from bot.model.ids import SessionCode, bare_code
from bot.ports import ConnectionReport, TokenSource

_SLACK = timedelta(days=1)
"""``to_date`` is about the start in one source and the end in another: late enough, it is right for both."""


class Reports:
    """``GET /reports/connections`` (TeamViewer API documentation 2023-03, p. 47 to 49).

    Its ``support_session_type`` is a number and not the session's field of that name; nothing here needs it.
    """

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    async def since(
        self, source: TokenSource, since: datetime, code: SessionCode | None
    ) -> list[ConnectionReport]:
        """List the connections that began at or after ``since``, of one code or of all. One code may have several."""
        params = {"from_date": written(since), "to_date": written(datetime.now(UTC) + _SLACK)}
        params |= {"session_code": code} if code else {"has_code": "true"}
        listing = Listing("/reports/connections", "records", "offset_id", params)
        reports = {
            report.id: report
            async for record in every(self._wire, source, listing)
            if (report := _report(record)) and _is_wanted(report, since, code)
        }
        return list(reports.values())


def _is_wanted(report: ConnectionReport, since: datetime, code: SessionCode | None) -> bool:
    is_of_code = code is None or report.code is None or bare_code(report.code) == bare_code(code)
    return is_of_code and report.started_at >= since.replace(microsecond=0)


def _report(record: Payload) -> ConnectionReport | None:
    """Read a record; one without an id or a start measures nothing. Whether running ones come is undocumented."""
    started_at, code = moment(record, "start_date"), text(record, "session_code")
    if started_at is None or not text(record, "id"):
        return None
    return ConnectionReport(
        id=text(record, "id"),
        code=SessionCode(code) if code else None,
        device=text(record, "devicename") or None,
        started_at=started_at,
        ended_at=moment(record, "end_date"),
    )
