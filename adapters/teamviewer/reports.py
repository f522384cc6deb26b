"""The calls of connection reports: which device was connected, when and how long."""

from datetime import UTC, datetime, timedelta

from adapters.teamviewer.api import TeamViewerApi
from adapters.teamviewer.api_response import Payload
from adapters.teamviewer.fields import datetime_field, format_datetime, text_field
from adapters.teamviewer.paging import Listing, iterate_pages
from bot.model.ids import SessionCode, bare_code
from bot.model.session_connection import SessionConnection
from bot.ports import ConnectionReport, TokenSource

_MARGIN = timedelta(days=1)
"""``to_date`` limits the start in one source and the end in another. With this margin it is right for both."""


class ReportCalls:
    """``GET /reports/connections`` (TeamViewer API documentation 2023-03, p. 47 to 49).

    Its field ``support_session_type`` is a number, unlike the field of that name of a session. It is not used here.
    """

    def __init__(self, api: TeamViewerApi) -> None:
        self._api = api

    async def list_reports(
        self, source: TokenSource, since: datetime, code: SessionCode | None
    ) -> list[ConnectionReport]:
        """List the connections that began at or after ``since``, of one code or of all. A code may have several."""
        params = {
            "from_date": format_datetime(since),
            "to_date": format_datetime(datetime.now(UTC) + _MARGIN),
        }
        params |= {"session_code": code} if code else {"has_code": "true"}
        listing = Listing("/reports/connections", "records", "offset_id", params)
        reports = {
            report.connection.id: report
            async for record in iterate_pages(self._api, source, listing)
            if (report := _read_report(record)) and _matches(report, since, code)
        }
        return list(reports.values())


def _matches(report: ConnectionReport, since: datetime, code: SessionCode | None) -> bool:
    is_of_code = code is None or report.code is None or bare_code(report.code) == bare_code(code)
    return is_of_code and report.connection.started_at >= since.replace(microsecond=0)


def _read_report(record: Payload) -> ConnectionReport | None:
    """Return the report in a record. None without an id or a start. Whether running connections are listed is undocumented."""
    started_at, code = datetime_field(record, "start_date"), text_field(record, "session_code")
    ended_at = datetime_field(record, "end_date")
    # An end in the future is none. The sum of the connected times must stay one that can be stored.
    if ended_at is not None and ended_at > datetime.now(UTC) + _MARGIN:
        ended_at = None
    if started_at is None or not text_field(record, "id"):
        return None
    rating, comment = _read_feedback(record)
    connection = SessionConnection(
        id=text_field(record, "id"),
        started_at=started_at,
        ended_at=ended_at,
        device=text_field(record, "devicename") or None,
        rating=rating,
        comment=comment,
    )
    return ConnectionReport(SessionCode(code) if code else None, connection)


def _read_feedback(record: Payload) -> tuple[int | None, str]:
    """Return the requester's rating and comment (documentation 2023-03, p. 49). The object is empty if none was given."""
    feedback = record.get("feedback")
    if not isinstance(feedback, dict):
        return None, ""
    rating = feedback.get("session_rating")
    is_number = isinstance(rating, int) and not isinstance(rating, bool)
    return rating if is_number else None, text_field(feedback, "user_comment")
