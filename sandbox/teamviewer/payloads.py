"""Format sessions and connections as JSON. Optional fields are absent, never null."""

from sandbox.teamviewer.json_format import Payload, format_date
from sandbox.teamviewer.model import Connection, Session
from sandbox.teamviewer.options import Options

STATE_NUMBERS = {"open": 1, "closed": 3}
KIND_NUMBERS = {"Default": 1, "Pilot": 2}
"""The meaning of the numbers is unpublished, so a client must not depend on them."""

REMOTE_SUPPORT_ACTIVE = 2
"""The connection type in reports. Reports use other numbers than sessions."""


def finish_payload(payload: Payload, options: Options) -> Payload:
    """Remove null fields, and add unknown fields if the option ``extra_fields`` is on."""
    extra_fields: Payload = (
        {"x_added_later": {"since": 2026, "tags": ["new"]}} if options.extra_fields else {}
    )
    return {name: value for name, value in payload.items() if value is not None} | extra_fields


def _format_state(session: Session, options: Options) -> str:
    return session.state if options.state_casing == "open" else session.state.capitalize()


def format_session_summary(session: Session, options: Options) -> Payload:
    """Format a session for a list: TeamViewer API documentation 2023-03, p. 41."""
    payload: Payload = {
        "code": session.code,
        "state": _format_state(session, options),
        "online": session.online,
        "groupid": session.group.id if session.group else None,
        "support_session_type": session.kind,
    }
    return finish_payload(payload, options)


def format_session(session: Session, options: Options) -> Payload:
    """Format a session in full: same document, p. 44-45. The order of fields is that of production traffic."""
    payload: Payload = {
        **format_session_summary(session, options),
        "waiting_message": session.waiting_message,
        "description": session.description,
        "end_customer": session.end_customer,
        "assigned_userid": session.assigned_userid,
        "assigned_at": format_date(session.assigned_at),
        "end_customer_link": session.end_customer_link,
        "supporter_link": session.supporter_link,
        "webclient_supporter_link": _find_web_client_link(session, options),
        "custom_api": session.custom_api,
        "created_at": format_date(session.created_at),
        "valid_until": options.odd_date or format_date(session.valid_until),
        "closed_at": format_date(session.closed_at) if session.closed_at else None,
    }
    return finish_payload(payload, options)


def _find_web_client_link(session: Session, options: Options) -> str | None:
    is_given = options.web_client == "all" or (options.web_client == "remote" and session.kind == "Default")
    return session.webclient_supporter_link if is_given else None


def format_created_session(session: Session, options: Options) -> Payload:
    """Format the response to a create: same document, p. 43-44. It has no ``online``."""
    if options.minimal_create_answer:
        return finish_payload({"code": session.code}, options)
    payload = format_session(session, options) | {"online": None}
    if not options.answers_valid_until:
        payload.pop("valid_until")
    # Seen only in responses to a create.
    if options.state_casing == "int":
        payload |= {
            "state": STATE_NUMBERS[session.state],
            "support_session_type": KIND_NUMBERS[session.kind],
        }
    return finish_payload(payload, options)


def _format_end(connection: Connection, options: Options) -> str | None:
    if connection.ended_at is None:
        return None
    return options.odd_date or format_date(connection.ended_at)


def format_connection(connection: Connection, options: Options) -> Payload:
    """Format a connection for a report: same document, p. 48-49."""
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
        "start_date": format_date(connection.started_at),
        "end_date": _format_end(connection, options),
        "billing_state": "Bill",
        "session_code": session.code,
        "session_created_at": format_date(session.created_at),
        "valid_until": format_date(session.valid_until),
        "assigned_userid": session.assigned_userid,
        "assigned_at": format_date(session.assigned_at),
        "session_note": session.description,
        "custom_api": session.custom_api,
        "end_customer": session.end_customer,
        "feedback": connection.feedback,
    }
    return finish_payload(payload, options)
