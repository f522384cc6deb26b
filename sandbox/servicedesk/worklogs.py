"""The endpoint for worklogs."""

from aiohttp import web

from sandbox.servicedesk import payloads
from sandbox.servicedesk.input_data import read_entity, read_flag
from sandbox.servicedesk.json_format import (
    ApiError,
    Payload,
    Route,
    build_entity_response,
    mandatory,
    wrong_type,
)
from sandbox.servicedesk.model import Worklog
from sandbox.servicedesk.records import Records
from sandbox.servicedesk.requests import find_referenced_user
from sandbox.servicedesk.tenant import Tenant

_WORKLOG = frozenset(
    {
        *("owner", "description", "start_time", "end_time", "time_spent", "worklog_type"),
        *("include_nonoperational_hours", "mark_first_response"),
    }
)


class WorklogEndpoints:
    """Adds worklogs: API documentation v3, "Change worklog". Requests have the same format."""

    def __init__(self, tenant: Tenant, records: Records) -> None:
        self._tenant = tenant
        self._records = records

    def build_routes(self) -> list[Route]:
        """Return the routes of these endpoints."""
        return [
            Route("POST", "/requests/{id:[0-9]+}/worklogs", "worklogs.add", "requests", self._add_worklog)
        ]

    async def _add_worklog(self, request: web.Request) -> web.Response:
        target = self._records.find_request(request.match_info["id"])
        fields = await read_entity(request, "worklog", _WORKLOG)
        if fields.get("owner") is None:
            raise mandatory("owner")
        # The API's own account may be the owner, too.
        owner = find_referenced_user(
            [*self._records.list_technicians(), self._records.account], fields["owner"], "owner"
        )
        read_flag(fields, "mark_first_response")
        start, end, minutes = _parse_time(fields)
        now = self._records.now()
        worklog = Worklog(
            self._records.new_id(), owner, str(fields.get("description") or ""), start, end, minutes, now
        )
        target.worklogs.append(worklog)
        return build_entity_response("worklog", payloads.format_worklog(worklog), self._tenant.reply_status)


def _parse_time(fields: Payload) -> tuple[int | None, int | None, int]:
    """Return start, end and minutes. A worklog needs start and end, or the time spent."""
    start, end = _parse_milliseconds(fields, "start_time"), _parse_milliseconds(fields, "end_time")
    if start is not None and end is not None and start > end:
        raise ApiError(4016, field="end_time", message="Time mismatch")
    time_spent = fields.get("time_spent")
    if isinstance(time_spent, dict):
        hours, minutes = (
            _parse_whole_number(time_spent.get("hours", "0")),
            _parse_whole_number(time_spent.get("minutes", "0")),
        )
        return start, end, hours * 60 + minutes
    if start is None or end is None:
        raise mandatory("time_spent")
    return start, end, (end - start) // 60000


def _parse_milliseconds(fields: Payload, name: str) -> int | None:
    value: object = fields.get(name)
    if value is None:
        return None
    if not isinstance(value, dict) or not str(value.get("value")).isdigit():
        raise wrong_type(name)
    return int(value["value"])


def _parse_whole_number(value: object) -> int:
    if not str(value).isdigit():
        raise wrong_type("time_spent")
    return int(str(value))
