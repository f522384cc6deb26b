"""Row of a session: which values are stored in which column, and how they are read back."""

import hashlib
from collections.abc import Mapping
from typing import Any

import msgspec

from bot.i18n import Text
from bot.model.handover import Handover
from bot.model.ids import (
    Email,
    JoinToken,
    OrgId,
    OutageId,
    RequestId,
    RequestNumber,
    SessionCode,
    SessionId,
    bare_code,
)
from bot.model.listed_session import ListedSession
from bot.model.rating import Rating
from bot.model.request import Requester
from bot.model.secret import Secret
from bot.model.session import Kind, Session, SessionSummary, State
from bot.model.session_connection import SessionConnection
from storage.compiled_statements import Row
from storage.row_context import RowContext

LISTED_COLUMNS = (
    "id",
    "number",
    "kind",
    "technician_name",
    "created_at",
    "state",
    "subject",
    "requester_name",
    "requester_email",
    "code",
    "left_at",
    "stayed_seconds",
    "ending_since",
    "ended_by",
    "renewed_at",
    "moving_to",
)
"""The columns that ``read_listed`` needs: a third of all, because a list reads them of many sessions."""
_SEALED_COLUMNS: Mapping[str, str] = {
    "phone": "sealed_requester_phone",
    "join_token": "sealed_join_token",
    "requester_link": "sealed_requester_link",
    "supporter_link": "sealed_supporter_link",
    "web_client_link": "sealed_web_client_link",
}
"""Where each secret of a session is stored. Its name also ends the name of the row for which it is encrypted."""


def digest_join_token(token: JoinToken) -> str:
    """Return the digest by which a session is found from its join token. The token itself is encrypted."""
    return hashlib.sha256(token.encode()).hexdigest()


def slot_of(session: Session) -> str:
    """Return what only one open session may have: its request, technician and kind."""
    return f"{session.number}:{session.technician}:{session.kind}"


def session_values(row_context: RowContext, session: Session) -> dict[str, object]:
    """Return the columns of a session, without its id, its slot and the key of its command."""
    return _open_values(session) | _sealed_values(row_context, session.id, _secrets(session))


def changed_values(row_context: RowContext, session: Session, known: Session) -> dict[str, object]:
    """Return the columns in which a session differs from the one that is stored, and its version.

    A database changes each index with a column that is written, even if its value stays the same.
    """
    before, after = _open_values(known), _open_values(session)
    changed = {name: value for name, value in after.items() if value != before[name]}
    changed["version"] = session.version
    secrets = _secrets(known)
    changed |= _sealed_values(
        row_context,
        session.id,
        {name: secret for name, secret in _secrets(session).items() if secret != secrets[name]},
    )
    return changed


def _open_values(session: Session) -> dict[str, object]:
    """Return the columns that are not sealed."""
    return _plain_values(session) | _progress_values(session)


def _secrets(session: Session) -> dict[str, Secret | None]:
    """Return what is sealed of a session. The keys are those of ``_SEALED_COLUMNS``."""
    requester = session.requester
    return {
        "phone": requester.phone if requester else None,
        "join_token": Secret(session.join_token),
        "requester_link": session.requester_link,
        "supporter_link": session.supporter_link,
        "web_client_link": session.web_client_link,
    }


def _plain_values(session: Session) -> dict[str, object]:
    requester = session.requester
    return {
        "org_id": session.org_id,
        "number": session.number,
        "kind": session.kind.value,
        "technician": session.technician,
        "technician_name": session.technician_name,
        "note": session.note,
        "in_chat": session.in_chat,
        "request_id": session.request_id,
        "request_url": session.request_url,
        "subject": session.subject,
        "requester_name": requester.name if requester else None,
        "requester_email": requester.email if requester else None,
        "join_digest": digest_join_token(session.join_token),
        "created_at": session.created_at,
        "outage_id": session.outage,
    }


def _progress_values(session: Session) -> dict[str, object]:
    return {
        "state": session.state.value,
        "version": session.version,
        "account": session.account,
        "code": session.code,
        "bare_code": bare_code(session.code) if session.code else None,
        "valid_until": session.valid_until,
        "is_online": session.is_online,
        "arrival_began_at": session.arrival_began_at,
        "arrived_at": session.arrived_at,
        "entered_at": session.entered_at,
        "left_at": session.left_at,
        "stayed_seconds": session.stayed_seconds,
        "connections": msgspec.json.encode(session.connections).decode(),
        "ending_since": session.ending_since,
        "ended_at": session.ended_at,
        "ended_by": session.ended_by,
        "problem": session.problem.to_json() if session.problem else None,
        "rating": msgspec.json.encode(session.rating).decode() if session.rating else None,
        "former_codes": msgspec.json.encode(session.former_codes).decode(),
        "renewed_at": session.renewed_at,
        "moving_to": session.moving_to,
        "handovers": msgspec.json.encode(session.handovers).decode() if session.handovers else "[]",
    }


def _sealed_values(
    row_context: RowContext, session_id: SessionId, secrets: Mapping[str, Secret | None]
) -> dict[str, bytes | None]:
    return {
        _SEALED_COLUMNS[name]: row_context.seal(secret, f"sessions/{session_id}/{name}")
        for name, secret in secrets.items()
    }


def read_session(row_context: RowContext, row: Row) -> Session:
    """Return the session in a row of ``sessions``. Raises Undecipherable.

    Most of what is done with a session needs neither a link nor the phone number, so these are decrypted when they are needed.
    """
    row_name = f"sessions/{row['id']}"
    join_token = row_context.unseal(row["sealed_join_token"], f"{row_name}/join_token")

    def unseal(name: str) -> Secret | None:
        return row_context.unseal_when_needed(row[_SEALED_COLUMNS[name]], f"{row_name}/{name}")

    return Session(
        **_summary_values(row, unseal("phone")),
        join_token=JoinToken(join_token.reveal() if join_token else ""),
        requester_link=unseal("requester_link"),
        supporter_link=unseal("supporter_link"),
        web_client_link=unseal("web_client_link"),
    )


def read_summary(row: Row) -> SessionSummary:
    """Return what a list shows of the session in a row. The row may lack the sealed columns."""
    return SessionSummary(**_summary_values(row, None))


def read_listed(row: Row) -> ListedSession:
    """Return what a row of a list shows of an open session. The row needs the columns ``LISTED_COLUMNS`` only."""
    return ListedSession(
        id=SessionId(row["id"]),
        number=RequestNumber(row["number"]),
        kind=Kind(row["kind"]),
        technician_name=row["technician_name"],
        created_at=row["created_at"],
        state=State(row["state"]),
        subject=row["subject"],
        requester=_read_requester(row, None),
        code=SessionCode(row["code"]) if row["code"] else None,
        left_at=row["left_at"],
        stayed_seconds=row["stayed_seconds"],
        ending_since=row["ending_since"],
        ended_by=row["ended_by"],
        renewed_at=row["renewed_at"],
        moving_to=row["moving_to"],
    )


def _read_requester(row: Row, phone: Secret | None) -> Requester | None:
    if row["requester_name"] is None:
        return None
    return Requester(row["requester_name"], row["requester_email"], phone)


def _summary_values(row: Row, phone: Secret | None) -> dict[str, Any]:
    reported = row["connections"]
    return {
        "id": SessionId(row["id"]),
        "org_id": OrgId(row["org_id"]),
        "number": RequestNumber(row["number"]),
        "kind": Kind(row["kind"]),
        "technician": Email(row["technician"]),
        "technician_name": row["technician_name"],
        "created_at": row["created_at"],
        "state": State(row["state"]),
        "version": row["version"],
        "note": row["note"],
        "in_chat": row["in_chat"],
        "request_id": RequestId(row["request_id"]) if row["request_id"] else None,
        "subject": row["subject"],
        "request_url": row["request_url"],
        "requester": _read_requester(row, phone),
        "account": row["account"],
        "code": SessionCode(row["code"]) if row["code"] else None,
        "valid_until": row["valid_until"],
        "is_online": row["is_online"],
        "arrival_began_at": row["arrival_began_at"],
        "arrived_at": row["arrived_at"],
        "entered_at": row["entered_at"],
        "left_at": row["left_at"],
        "stayed_seconds": row["stayed_seconds"],
        "connections": msgspec.json.decode(reported, type=tuple[SessionConnection, ...]),
        "ending_since": row["ending_since"],
        "ended_at": row["ended_at"],
        "ended_by": row["ended_by"],
        "problem": Text.from_json(row["problem"]) if row["problem"] else None,
        "rating": msgspec.json.decode(row["rating"], type=Rating) if row["rating"] else None,
        "former_codes": _read_codes(row["former_codes"]),
        "renewed_at": row["renewed_at"],
        "moving_to": row["moving_to"],
        "handovers": _read_handovers(row["handovers"]),
        "outage": OutageId(row["outage_id"]) if row["outage_id"] else None,
    }


def _read_codes(stored: str) -> tuple[SessionCode, ...]:
    # Few sessions were renewed, and a page of history reads many.
    return () if stored == "[]" else tuple(SessionCode(one) for one in msgspec.json.decode(stored))


def _read_handovers(stored: str) -> tuple[Handover, ...]:
    # Few sessions change hands, and a page of history reads many.
    return () if stored == "[]" else msgspec.json.decode(stored, type=tuple[Handover, ...])
