"""How a session and a connection are written: optional fields are absent, never null."""

from sandbox.teamviewer.json_format import Payload, write_date
from sandbox.teamviewer.model import Connection, Session
from sandbox.teamviewer.options import Options

STATE_NUMBERS = {"open": 1, "closed": 3}
KIND_NUMBERS = {"Default": 1, "Pilot": 2}
"""The numbers' names are unpublished: a client that knows them is guessing."""

REMOTE_SUPPORT_ACTIVE = 2
"""Reports number the types of connections, which are others than those of sessions."""


def present(payload: Payload, options: Options) -> Payload:
    """Drop what is None, and add unknown fields where that switch is on."""
    extra: Payload = {"x_added_later": {"since": 2026, "tags": ["new"]}} if options.extra_fields else {}
    return {name: value for name, value in payload.items() if value is not None} | extra


def _state(session: Session, options: Options) -> str:
    return session.state if options.state_casing == "open" else session.state.capitalize()


def minimal(session: Session, options: Options) -> Payload:
    """Write what a list shows of a session: TeamViewer API documentation 2023-03, p. 41."""
    payload: Payload = {
        "code": session.code,
        "state": _state(session, options),
        "online": session.online,
        "groupid": session.group.id if session.group else None,
        "support_session_type": session.kind,
    }
    return present(payload, options)


def full(session: Session, options: Options) -> Payload:
    """Write everything about a session: same document, p. 44-45; the order of fields as in production traffic."""
    payload: Payload = {
        **minimal(session, options),
        "waiting_message": session.waiting_message,
        "description": session.description,
        "end_customer": session.end_customer,
        "assigned_userid": session.assigned_userid,
        "assigned_at": write_date(session.assigned_at),
        "end_customer_link": session.end_customer_link,
        "supporter_link": session.supporter_link,
        "webclient_supporter_link": session.webclient_supporter_link,
        "custom_api": session.custom_api,
        "created_at": write_date(session.created_at),
        "valid_until": write_date(session.valid_until),
        "closed_at": write_date(session.closed_at) if session.closed_at else None,
    }
    return present(payload, options)


def created(session: Session, options: Options) -> Payload:
    """Write the answer to a create: same document, p. 43-44; it does not tell whether anybody is online."""
    if options.minimal_create_answer:
        return present({"code": session.code}, options)
    payload = full(session, options) | {"online": None}
    if options.state_casing == "int":
        payload |= {
            "state": STATE_NUMBERS[session.state],
            "support_session_type": KIND_NUMBERS[session.kind],
        }
    return present(payload, options)


def record(connection: Connection, options: Options) -> Payload:
    """Write a finished connection: same document, p. 48-49."""
    session = connection.session
    payload: Payload = {
        "id": connection.id,
        "userid": session.owner.userid,
        "username": session.owner.name,
        "deviceid": connection.deviceid,
        "devicename": connection.devicename,
        "groupid": session.group.id if session.group else None,
        "groupname": session.group.name if session.group else None,
        "support_session_type": REMOTE_SUPPORT_ACTIVE,
        "start_date": write_date(connection.started_at),
        "end_date": write_date(connection.ended_at) if connection.ended_at else None,
        "billing_state": "Bill",
        "session_code": session.code,
        "session_created_at": write_date(session.created_at),
        "valid_until": write_date(session.valid_until),
        "assigned_userid": session.assigned_userid,
        "assigned_at": write_date(session.assigned_at),
        "session_note": session.description,
        "custom_api": session.custom_api,
        "end_customer": session.end_customer,
        "feedback": {},
    }
    return present(payload, options)
