"""The endpoints for sessions: create, list, get and update."""

from collections.abc import Iterable
from typing import TypeVar

from aiohttp import web

from sandbox.teamviewer import payloads, session_fields
from sandbox.teamviewer.access_control import AccessControl
from sandbox.teamviewer.json_format import (
    ApiError,
    PlainTextError,
    check_names,
    invalid_request,
    not_found,
    parse_flag,
    read_json_object,
)
from sandbox.teamviewer.model import Account, Kind, Session
from sandbox.teamviewer.options import Options
from sandbox.teamviewer.service_queue import ServiceQueue
from sandbox.teamviewer.sms_invitations import SmsInvitations

FILTERS = frozenset({"groupid", "assigned_userid", "state", "full_list", "offset"})
READ = ("Sessions.ReadOwn", "Sessions.ReadAll")
MODIFY = ("Sessions.ModifyOwn", "Sessions.ModifyAll")
T = TypeVar("T")


class SessionEndpoints:
    """TeamViewer API documentation 2023-03, p. 40-47. A token gives access to the sessions of its own account."""

    def __init__(
        self, access: AccessControl, queue: ServiceQueue, options: Options, invitations: SmsInvitations
    ) -> None:
        self._access = access
        self._queue = queue
        self._options = options
        self._invitations = invitations

    def build_routes(self) -> list[web.RouteDef]:
        """Return the routes of these endpoints."""
        one = "/api/v1/sessions/{code}"
        return [
            web.post("/api/v1/sessions", self.create_session, name="sessions.create"),
            web.get("/api/v1/sessions", self.list_sessions, name="sessions.list"),
            web.get(one, self.get_session, name="sessions.get"),
            web.put(one, self.update_session, name="sessions.update"),
        ]

    async def create_session(self, request: web.Request) -> web.Response:
        """Create a session. Return 200 and its path in ``Location``: p. 42-44."""
        # The order of the checks decides which error a caller with several mistakes sees.
        owner = self._access.authorize(request, "Sessions.Create")
        body = await read_json_object(request)
        session_fields.check_fields(body, session_fields.ON_CREATE - self._options.refused_create_fields)
        if "groupname" in body and self._options.groupname_permission is not None:
            self._access.authorize(request, self._options.groupname_permission)
        session_fields.check_assignee(body, self._queue)
        kind = session_fields.parse_kind(body)
        valid_until = session_fields.parse_valid_until(body, self._queue.now())
        group = session_fields.parse_group(body, self._queue, owner)
        if group is None and self._options.group_required:
            raise invalid_request("groupid or groupname is needed.")
        self._check_licence(owner, kind)
        self._invitations.check_fields(body)
        session = self._queue.open_session(owner, kind=kind, group=group, valid_until=valid_until)
        session_fields.apply_fields(body, session, self._queue)
        self._invitations.send_sms(body, session)
        location = {"Location": f"/api/v1/sessions/{session.code}"}
        return web.json_response(payloads.format_created_session(session, self._options), headers=location)

    def _check_licence(self, owner: Account, kind: Kind) -> None:
        if not self._options.tensor_licensed:
            raise self._missing_licence("TeamViewer Tensor")
        if kind == "Pilot" and not self._options.pilot_licensed:
            raise self._missing_licence("TeamViewer AR assist")
        limit = self._options.max_open_sessions
        now = self._queue.now()
        own_sessions = (one for one in self._queue.sessions.values() if one.owner == owner)
        open_count = sum(one.state == "open" and not one.is_expired(now) for one in own_sessions)
        if limit is not None and open_count >= limit:
            raise PlainTextError("The session could not be created due to license limitations.")

    def _missing_licence(self, licence: str) -> ApiError:
        status = self._options.licence_status
        names = {400: "invalid_request", 403: "forbidden", 500: "internal_error"}
        return ApiError(status, names[status], self._options.licence_refusal.format(licence=licence))

    async def list_sessions(self, request: web.Request) -> web.Response:
        """List sessions, newest first, after the code in ``offset``: p. 40-41."""
        account = self._access.authorize(request, *READ)
        check_names(set(request.query), FILTERS)
        format_item = (
            payloads.format_session
            if parse_flag(request.query.get("full_list", "false"), "full_list")
            else payloads.format_session_summary
        )
        found = list(self._filter_sessions(account, request))
        page, remaining = cut_page(
            found, self._find_page_start(account, request, found), self._options.page_size
        )
        body: dict[str, object] = {"sessions": [format_item(one, self._options) for one in page]}
        if remaining:
            body |= {"next_offset": page[-1].code, "sessions_remaining": remaining}
        return web.json_response(payloads.finish_payload(body, self._options))

    def _filter_sessions(self, account: Account, request: web.Request) -> Iterable[Session]:
        states = set(request.query.get("state", "open").lower().split(","))
        if not states <= {"open", "closed"}:
            raise invalid_request("state must be open, closed or both.")
        groupid, assignee = (request.query.get(name) for name in ("groupid", "assigned_userid"))
        for one in self._queue.list_newest_first():
            in_group = groupid is None or (one.group is not None and one.group.id == groupid)
            is_assigned = assignee in {None, one.assigned_userid}
            if self._queue.may_use(account, one) and one.state in states and in_group and is_assigned:
                yield one

    def _find_page_start(self, account: Account, request: web.Request, found: list[Session]) -> int:
        code = request.query.get("offset")
        if code is None:
            return 0
        last = self._queue.sessions.get(code)
        if last is None or not self._queue.may_use(account, last):
            raise invalid_request("offset is no session code.")
        # A session that was closed between two pages no longer passes the filter, but its place is still known.
        sessions_in_order = list(self._queue.list_newest_first())
        position = sessions_in_order.index(last)
        return sum(sessions_in_order.index(one) <= position for one in found)

    async def get_session(self, request: web.Request) -> web.Response:
        """Return one session in full: p. 44-45."""
        account = self._access.authorize(request, *READ)
        return web.json_response(payloads.format_session(self._find_session(account, request), self._options))

    async def update_session(self, request: web.Request) -> web.Response:
        """Change or close a session. Return 204 without a body: p. 46-47."""
        account = self._access.authorize(request, *MODIFY)
        session = self._find_session(account, request)
        body = await read_json_object(request)
        session_fields.check_fields(body, session_fields.ON_UPDATE)
        session_fields.check_assignee(body, self._queue)
        session_fields.check_reassignment(body, session, self._options)
        state = session_fields.parse_state(body)
        self._invitations.check_fields(body)
        session.group = session_fields.parse_group(body, self._queue, session.owner) or session.group
        session_fields.apply_fields(body, session, self._queue)
        self._invitations.send_sms(body, session)
        if state is not None:
            (self._queue.close_session if state == "closed" else self._queue.reopen_session)(session)
        return web.Response(status=204)

    def _find_session(self, account: Account, request: web.Request) -> Session:
        session = self._queue.sessions.get(request.match_info["code"])
        if session is None or not self._queue.may_use(account, session):
            raise not_found("There is no such session code.")
        return session


def cut_page(found: list[T], start: int, size: int) -> tuple[list[T], int]:
    """Return one page of the results, and the number of results after it."""
    page = found[start : start + size]
    return page, len(found) - start - len(page)
