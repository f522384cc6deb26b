"""The calls of sessions at TeamViewer: create, find, list and close."""

from contextlib import aclosing
from http import HTTPStatus
from typing import Any
from weakref import WeakKeyDictionary

import structlog

from adapters.teamviewer.api import TeamViewerApi
from adapters.teamviewer.api_response import ApiResponse, Payload
from adapters.teamviewer.errors import PermissionMissing, not_confirmed_error, refusal_error
from adapters.teamviewer.fields import (
    datetime_field,
    format_datetime,
    is_closed,
    require_accepted,
    required_text,
    text_field,
)
from adapters.teamviewer.paging import Listing, iterate_pages
from adapters.teamviewer.paths import session_path
from bot.errors import NotAuthorized, Rejected, Unavailable
from bot.model.ids import SessionCode
from bot.model.secret import Secret
from bot.model.session import Kind, RemoteSession
from bot.ports import NewRemoteSession, OpenSession, SessionStatus, TokenSource
from bot.values import replace

_SESSION_TYPES = {Kind.REMOTE: "Default", Kind.PILOT: "Pilot"}
"""``support_session_type`` of a session (TeamViewer API documentation 2023-03, p. 42)."""
_GROUP, _EXPIRY = "groupname", "valid_until"
"""Fields that a create may do without. ``valid_until`` is 24 hours by default (TeamViewer API documentation 2023-03,
p. 43). That page calls the group "partially required", and the OpenAPI description requires none."""
log = structlog.get_logger("teamviewer")
_OPEN_SESSIONS = Listing("/sessions", "sessions", "offset", {"state": "open"})
_OPEN_SESSIONS_IN_FULL = Listing("/sessions", "sessions", "offset", {"state": "open", "full_list": "true"})


class SessionCalls:
    """The calls under ``/sessions`` (TeamViewer API documentation 2023-03, p. 40 to 47)."""

    def __init__(self, api: TeamViewerApi, group: str) -> None:
        self._api = api
        self._group = group
        self._refused_fields: WeakKeyDictionary[TokenSource, frozenset[str]] = WeakKeyDictionary()

    async def create_remote_session(self, source: TokenSource, new: NewRemoteSession) -> RemoteSession:
        """Create a session. If the response lacks a link, read the session once more."""
        response = await self._post_session(source, self._creation_body(new))
        session = _read_created_session(response, new.kind)
        if session.requester_link and session.supporter_link:
            return session
        try:
            return await self._add_missing_links(source, session)
        except Unavailable as error:
            raise not_confirmed_error(error.retry_after) from error
        except (NotAuthorized, Rejected):
            # The session exists, so its code must not be lost, even if the account may create but not read sessions.
            return session

    async def _post_session(self, source: TokenSource, body: Payload) -> ApiResponse:
        """Post a session. Where an optional field is refused, post it once more without that field.

        A refusal created nothing. What an account refused is left out of its next sessions, so that each costs one call.
        Where that does not help, the first refusal counts. Raises NotAuthorized, Unavailable.
        """
        refused = self._refused_fields.get(source, frozenset())
        first_refusal: ApiResponse | None = None
        denied: PermissionMissing | None = None
        while True:
            sent = {name: value for name, value in body.items() if name not in refused}
            try:
                response = await self._api.call_as_technician(
                    source, "POST", "/sessions", body=sent, creates=True
                )
            except PermissionMissing as error:
                # A group by its name may need the permission to read groups (undocumented).
                if _GROUP not in sent:
                    raise
                denied, named = error, frozenset({_GROUP})
            else:
                named = _named_fields(response) & sent.keys()
                if not named:
                    break
                first_refusal = first_refusal or response
            log.warning("fields of a session refused", fields=sorted(named))
            refused |= named
        if response.is_refusal:
            if denied is not None and _GROUP in _named_fields(response):
                raise denied
            return first_refusal or response
        self._refused_fields[source] = refused
        return response

    def _creation_body(self, new: NewRemoteSession) -> dict[str, Any]:
        """Return the body of the call. ``end_customer`` is an object (a text is refused: seen in production traffic)."""
        body: dict[str, Any] = {
            _GROUP: self._group,
            "description": new.description,
            "custom_api": new.key,
            "support_session_type": _SESSION_TYPES[new.kind],
            _EXPIRY: format_datetime(new.valid_until),
        }
        requester = {"name": new.requester_name, "email": new.requester_email}
        known = {field: value for field, value in requester.items() if value}
        return body | ({"end_customer": known} if known else {})

    async def _add_missing_links(self, source: TokenSource, session: RemoteSession) -> RemoteSession:
        complete = read_remote_session(
            require_accepted(await self._api.call_as_technician(source, "GET", session_path(session.code)))
        )
        return replace(
            session,
            requester_link=session.requester_link or complete.requester_link,
            supporter_link=session.supporter_link or complete.supporter_link,
            valid_until=session.valid_until or complete.valid_until,
            web_client_link=session.web_client_link or complete.web_client_link,
        )

    async def find_by_key(self, source: TokenSource, key: str) -> RemoteSession | None:
        """Find the newest open session that carries ``key``."""
        async with aclosing(iterate_pages(self._api, source, _OPEN_SESSIONS_IN_FULL)) as open_sessions:
            async for entry in open_sessions:
                if text_field(entry, "custom_api") == key and not is_closed(entry):
                    return await self._with_links(source, read_remote_session(entry))
        return None

    async def _with_links(self, source: TokenSource, session: RemoteSession) -> RemoteSession:
        if session.requester_link and session.supporter_link:
            return session
        return await self._add_missing_links(source, session)

    async def list_open_sessions(self, source: TokenSource) -> list[OpenSession]:
        """List the open sessions. An expired one may still be among them (seen in production traffic)."""
        entries = [entry async for entry in iterate_pages(self._api, source, _OPEN_SESSIONS)]
        return [
            OpenSession(SessionCode(required_text(entry, "code")), entry.get("online") is True)
            for entry in entries
            if not is_closed(entry)
        ]

    async def read_status(self, source: TokenSource, code: SessionCode) -> SessionStatus:
        """Return the status of a session (``GET``: TeamViewer API documentation 2023-03, p. 44)."""
        response = await self._api.call_as_technician(source, "GET", session_path(code))
        if response.is_not_found or response.refuses_parameters:
            return SessionStatus(is_open=False, is_online=False)
        payload = require_accepted(response)
        return SessionStatus(is_open=not is_closed(payload), is_online=payload.get("online") is True)

    async def close_remote_session(self, source: TokenSource, code: SessionCode) -> None:
        """Close a session (``PUT`` answers 204: TeamViewer API documentation 2023-03, p. 46)."""
        response = await self._api.call_as_technician(
            source, "PUT", session_path(code), body={"state": "closed"}
        )
        if response.is_refusal and not await self._is_closed_or_unknown(source, code, response):
            raise refusal_error(response)

    async def _is_closed_or_unknown(
        self, source: TokenSource, code: SessionCode, refusal: ApiResponse
    ) -> bool:
        """Return whether a refused close has nothing left to close.

        How an unknown or a closed code is refused is undocumented. So unless it is ``not_found``, the session is read.
        """
        if refusal.is_not_found:
            return True
        if refusal.status not in {HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND}:
            return False
        response = await self._api.call_as_technician(source, "GET", session_path(code))
        if response.is_refusal:
            return response.is_not_found or response.refuses_parameters
        return is_closed(response.payload or {})


def read_remote_session(payload: Payload) -> RemoteSession:
    """Read a session. ``webclient_supporter_link`` is seen in production traffic, but not in TeamViewer's document."""
    web_client_link = text_field(payload, "webclient_supporter_link")
    return RemoteSession(
        SessionCode(required_text(payload, "code")),
        Secret(text_field(payload, "end_customer_link")),
        Secret(text_field(payload, "supporter_link")),
        datetime_field(payload, "valid_until"),
        Secret(web_client_link) if web_client_link else None,
    )


def _named_fields(response: ApiResponse) -> frozenset[str]:
    """Return the optional fields that a refusal names: a 400 with the name of the field in its explanation."""
    if response.status != HTTPStatus.BAD_REQUEST or response.is_html_page:
        return frozenset()
    return frozenset(name for name in (_GROUP, _EXPIRY) if name in response.text.lower())


def _read_created_session(response: ApiResponse, kind: Kind) -> RemoteSession:
    """Read a new session from the body, or its code from ``Location``. Raises OutcomeUnknown, Rejected."""
    payload = require_accepted(response, kind)
    code = text_field(payload, "code") or response.created_code
    if not code:
        raise not_confirmed_error()
    return read_remote_session(payload | {"code": code})
