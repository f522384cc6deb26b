"""The calls that hand a session over to another account: assign it, and read whom it is assigned to."""

from adapters.teamviewer.api import TeamViewerApi
from adapters.teamviewer.errors import refusal_error
from adapters.teamviewer.fields import is_closed, require_accepted, text_field
from adapters.teamviewer.paths import session_path
from adapters.teamviewer.sessions import read_remote_session
from bot.model.ids import SessionCode
from bot.ports import AssignedSession, TokenSource


class AssignmentCalls:
    """Reads and changes ``assigned_userid`` (TeamViewer API documentation 2023-03, p. 44 to 47).

    What an assignment changes besides that field is undocumented. So the session is read again after it.
    """

    def __init__(self, api: TeamViewerApi) -> None:
        self._api = api

    async def read_assigned_session(self, source: TokenSource, code: SessionCode) -> AssignedSession | None:
        """Read a session. None if the account may not read it. Raises NotAuthorized, Unavailable, Rejected."""
        response = await self._api.call_as_technician(source, "GET", session_path(code))
        if response.is_not_found or response.refuses_parameters:
            return None
        payload = require_accepted(response)
        return AssignedSession(
            read_remote_session({"code": code} | payload),
            text_field(payload, "assigned_userid"),
            is_open=not is_closed(payload),
        )

    async def assign_session(self, source: TokenSource, code: SessionCode, user_id: str) -> None:
        """Assign a session to the account ``user_id``. Raises Rejected, NotAuthorized, Unavailable."""
        body = {"assigned_userid": user_id}
        response = await self._api.call_as_technician(source, "PUT", session_path(code), body=body)
        if response.is_refusal:
            raise refusal_error(response)
