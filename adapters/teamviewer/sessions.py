"""Sessions at TeamViewer: create, find, list and close."""

from contextlib import aclosing
from dataclasses import replace
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from adapters.teamviewer.api_response import Answer, Payload
from adapters.teamviewer.errors import not_confirmed, refusal
from adapters.teamviewer.paging import Listing, every
from adapters.teamviewer.payload import accepted, is_closed, moment, needed, text, written
from adapters.teamviewer.wire import Wire
from bot.errors import NotAuthorized, Rejected, Unavailable
from bot.model.ids import SessionCode
from bot.model.secret import Secret
from bot.model.session import Kind, RemoteSession
from bot.ports import NewRemoteSession, OpenSession, TokenSource

_PLATFORMS = {Kind.REMOTE: "Default", Kind.PILOT: "Pilot"}
"""``support_session_type`` of a session (TeamViewer API documentation 2023-03, p. 42)."""
_OPEN = Listing("/sessions", "sessions", "offset", {"state": "open"})
_OPEN_IN_FULL = Listing("/sessions", "sessions", "offset", {"state": "open", "full_list": "true"})


class Sessions:
    """The calls under ``/sessions`` (TeamViewer API documentation 2023-03, p. 40 to 47)."""

    def __init__(self, wire: Wire, group: str) -> None:
        self._wire = wire
        self._group = group

    async def create(self, source: TokenSource, new: NewRemoteSession) -> RemoteSession:
        """Create a session. Where its answer lacks a link, the session is read once more."""
        answer = await self._wire.call(source, "POST", "/sessions", body=self._wanted(new), creates=True)
        session = _created(answer)
        if session.requester_link and session.supporter_link:
            return session
        try:
            return await self._complete(source, session)
        except Unavailable as error:
            raise not_confirmed(error.retry_after) from error
        except (NotAuthorized, Rejected):
            # It exists, so it must stay known here even where the account may create but not read.
            return session

    def _wanted(self, new: NewRemoteSession) -> dict[str, Any]:
        """Dates are UTC; ``end_customer`` is an object (text is refused: seen in production traffic)."""
        wanted: dict[str, Any] = {
            "groupname": self._group,
            "description": new.description,
            "custom_api": new.key,
            "support_session_type": _PLATFORMS[new.kind],
            "valid_until": written(new.valid_until),
        }
        requester = {"name": new.requester_name, "email": new.requester_email}
        known = {field: value for field, value in requester.items() if value}
        return wanted | ({"end_customer": known} if known else {})

    async def _complete(self, source: TokenSource, session: RemoteSession) -> RemoteSession:
        whole = _session(accepted(await self._wire.call(source, "GET", _path(session.code))))
        return replace(
            session,
            requester_link=session.requester_link or whole.requester_link,
            supporter_link=session.supporter_link or whole.supporter_link,
            valid_until=session.valid_until or whole.valid_until,
        )

    async def find(self, source: TokenSource, key: str) -> RemoteSession | None:
        """Find the newest open session that carries ``key``."""
        async with aclosing(every(self._wire, source, _OPEN_IN_FULL)) as listed:
            async for entry in listed:
                if text(entry, "custom_api") == key and not is_closed(entry):
                    return await self._whole(source, _session(entry))
        return None

    async def _whole(self, source: TokenSource, session: RemoteSession) -> RemoteSession:
        if session.requester_link and session.supporter_link:
            return session
        return await self._complete(source, session)

    async def all_open(self, source: TokenSource) -> list[OpenSession]:
        """List the open sessions. One whose time is over may still be among them (seen in production traffic)."""
        listed = [entry async for entry in every(self._wire, source, _OPEN)]
        return [
            OpenSession(SessionCode(needed(entry, "code")), entry.get("online") is True)
            for entry in listed
            if not is_closed(entry)
        ]

    async def is_open(self, source: TokenSource, code: SessionCode) -> bool:
        """Tell whether a session is open (``GET``: TeamViewer API documentation 2023-03, p. 44)."""
        seen = await self._wire.call(source, "GET", _path(code))
        if seen.is_unknown or (seen.is_refusal and seen.error == "invalid_request"):
            return False
        return not is_closed(accepted(seen))

    async def close(self, source: TokenSource, code: SessionCode) -> None:
        """Close a session (``PUT`` answers 204: TeamViewer API documentation 2023-03, p. 46)."""
        answer = await self._wire.call(source, "PUT", _path(code), body={"state": "closed"})
        if answer.is_refusal and not await self._is_over(source, code, answer):
            raise refusal(answer)

    async def _is_over(self, source: TokenSource, code: SessionCode, refused: Answer) -> bool:
        """Tell whether there is nothing left to close.

        How an unknown or a closed code is refused is undocumented, so where ``not_found`` is not said, it is asked.
        """
        if refused.is_unknown:
            return True
        if refused.status not in {HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND}:
            return False
        seen = await self._wire.call(source, "GET", _path(code))
        if seen.is_refusal:
            return seen.is_unknown or seen.error == "invalid_request"
        return is_closed(seen.payload or {})


def _path(code: SessionCode) -> str:
    return f"/sessions/{quote(code, safe='')}"


def _session(payload: Payload) -> RemoteSession:
    return RemoteSession(
        SessionCode(needed(payload, "code")),
        Secret(text(payload, "end_customer_link")),
        Secret(text(payload, "supporter_link")),
        moment(payload, "valid_until"),
    )


def _created(answer: Answer) -> RemoteSession:
    """Read a new session from the body, or its code from ``Location``. Raises OutcomeUnknown, Rejected."""
    payload = accepted(answer)
    code = text(payload, "code") or answer.created_code
    if not code:
        raise not_confirmed()
    return _session(payload | {"code": code})
