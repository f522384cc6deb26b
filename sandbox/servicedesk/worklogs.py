"""The endpoints for worklogs."""

from dataclasses import replace

from aiohttp import web

from sandbox.servicedesk import payloads
from sandbox.servicedesk.input_data import read_entity, read_flag
from sandbox.servicedesk.json_format import (
    ApiError,
    Payload,
    Route,
    build_entity_response,
    invalid,
    mandatory,
    not_found,
    wrong_type,
)
from sandbox.servicedesk.list_info import build_list_response
from sandbox.servicedesk.model import Request, User, Worklog
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
    """Adds, edits and returns worklogs: API documentation v3, "Request worklog" and "Change worklog"."""

    def __init__(self, tenant: Tenant, records: Records) -> None:
        self._tenant = tenant
        self._records = records

    def build_routes(self) -> list[Route]:
        """Return the routes of these endpoints."""
        path = "/requests/{id:[0-9]+}/worklogs"
        return [
            Route("POST", path, "worklogs.add", "requests", self._add_worklog),
            Route("GET", path, "worklogs.list", "requests", self._list_worklogs),
            Route("GET", path + "/{worklog}", "worklogs.get", "requests", self._get_worklog),
            Route("PUT", path + "/{worklog}", "worklogs.update", "requests", self._edit_worklog),
        ]

    async def _add_worklog(self, request: web.Request) -> web.Response:
        target = self._records.find_open_request(request.match_info["id"])
        fields = await read_entity(request, "worklog", _WORKLOG)
        if fields.get("owner") is None:
            raise mandatory("owner")
        owner = self._parse_owner(fields["owner"])
        read_flag(fields, "mark_first_response")
        start, end, minutes = _parse_time(fields)
        now = self._records.now()
        worklog = Worklog(
            self._records.new_id(), owner, str(fields.get("description") or ""), start, end, minutes, now
        )
        target.worklogs.append(worklog)
        return build_entity_response("worklog", payloads.format_worklog(worklog), self._tenant.reply_status)

    def _parse_owner(self, reference: object) -> User:
        if isinstance(reference, dict) and "email_id" in reference and not self._tenant.knows_owners_by_email:
            raise invalid("owner")
        # The API's own account may be the owner, too.
        return find_referenced_user(
            [*self._records.list_technicians(), self._records.account], reference, "owner"
        )

    async def _list_worklogs(self, request: web.Request) -> web.Response:
        target = self._records.find_request(request.match_info["id"])
        rows = [payloads.format_worklog(one) for one in target.worklogs]
        default_fields = [
            name
            for name in payloads.WORKLOG_FIELDS
            if name != "description" or self._tenant.lists_worklog_texts
        ]
        return build_list_response(
            request,
            "worklogs",
            rows,
            allowed_fields=payloads.WORKLOG_FIELDS,
            default_fields=default_fields,
        )

    async def _get_worklog(self, request: web.Request) -> web.Response:
        target = self._records.find_request(request.match_info["id"])
        found = _find_worklog(target, request.match_info["worklog"])
        return build_entity_response("worklog", payloads.format_worklog(found))

    async def _edit_worklog(self, request: web.Request) -> web.Response:
        target = self._records.find_open_request(request.match_info["id"])
        found = _find_worklog(target, request.match_info["worklog"])
        fields = await read_entity(request, "worklog", _WORKLOG)
        edited = replace(found, description=str(fields.get("description") or found.description))
        if fields.get("owner") is not None:
            edited = replace(edited, owner=self._parse_owner(fields["owner"]))
        if fields.keys() & {"start_time", "end_time", "time_spent"}:
            start, end, minutes = _parse_time(fields)
            edited = replace(edited, start=start, end=end, minutes=minutes)
        target.worklogs[target.worklogs.index(found)] = edited
        return build_entity_response("worklog", payloads.format_worklog(edited))


def _find_worklog(target: Request, worklog_id: str) -> Worklog:
    """Return the worklog with this id. Raises ApiError (404)."""
    for one in target.worklogs:
        if one.id == worklog_id:
            return one
    raise not_found()


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
