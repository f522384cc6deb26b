"""Time spent on a request."""

from typing import Any

from aiohttp import web

from sandbox.servicedesk import payloads
from sandbox.servicedesk.json_format import (
    ApiError,
    Payload,
    Route,
    entity,
    flag_of,
    mandatory,
    single,
    wrong_type,
)
from sandbox.servicedesk.model import Worklog
from sandbox.servicedesk.records import Records
from sandbox.servicedesk.requests import referred
from sandbox.servicedesk.tenant import Tenant

_WORKLOG = frozenset(
    {
        *("owner", "description", "start_time", "end_time", "time_spent", "worklog_type"),
        *("include_nonoperational_hours", "mark_first_response"),
    }
)


class WorklogEndpoints:
    """Adds worklogs: API documentation v3, "Change worklog", which requests share."""

    def __init__(self, tenant: Tenant, desk: Records) -> None:
        self._tenant = tenant
        self._desk = desk

    def routes(self) -> list[Route]:
        """Return the calls of this part."""
        return [Route("POST", "/requests/{id:[0-9]+}/worklogs", "worklogs.add", "requests", self._add)]

    async def _add(self, request: web.Request) -> web.Response:
        found = self._desk.find(request.match_info["id"])
        fields = await entity(request, "worklog", _WORKLOG)
        if fields.get("owner") is None:
            raise mandatory("owner")
        owner = referred([*self._desk.technicians(), self._desk.account], fields["owner"], "owner")
        flag_of(fields, "mark_first_response")
        start, end, minutes = _time(fields)
        now = self._desk.now()
        worklog = Worklog(
            self._desk.new_id(), owner, str(fields.get("description") or ""), start, end, minutes, now
        )
        found.worklogs.append(worklog)
        return single("worklog", payloads.worklog(worklog), self._tenant.reply_status)


def _time(fields: Payload) -> tuple[int | None, int | None, int]:
    """Return start, end and minutes: either start and end or the time spent must be there."""
    start, end = _milliseconds(fields, "start_time"), _milliseconds(fields, "end_time")
    if start is not None and end is not None and start > end:
        raise ApiError(4016, field="end_time", message="Time mismatch")
    spent = fields.get("time_spent")
    if isinstance(spent, dict):
        hours, minutes = _whole(spent.get("hours", "0")), _whole(spent.get("minutes", "0"))
        return start, end, hours * 60 + minutes
    if start is None or end is None:
        raise mandatory("time_spent")
    return start, end, (end - start) // 60000


def _milliseconds(fields: Payload, name: str) -> int | None:
    value: Any = fields.get(name)
    if value is None:
        return None
    if not isinstance(value, dict) or not str(value.get("value")).isdigit():
        raise wrong_type(name)
    return int(value["value"])


def _whole(value: object) -> int:
    if not str(value).isdigit():
        raise wrong_type("time_spent")
    return int(str(value))
