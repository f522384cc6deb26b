"""Validate and apply the fields of a session that a caller may set."""

import re
from datetime import datetime
from typing import cast

from sandbox.teamviewer.json_format import Payload, check_names, invalid_request, parse_date
from sandbox.teamviewer.model import Account, Group, Kind, Session
from sandbox.teamviewer.options import Options
from sandbox.teamviewer.service_queue import ServiceQueue

UNDOCUMENTED = frozenset(
    {"customId", "tv_version", "sms_invite_number", "sms_invite_language", "custom_module_id"}
)
"""Fields of TeamViewer's OpenAPI file alone. ``sms_invite_number`` is also seen in production traffic."""
CHANGEABLE = UNDOCUMENTED | {
    "groupid",
    "groupname",
    "waiting_message",
    "description",
    "end_customer",
    "assigned_userid",
    "custom_api",
}
ON_CREATE = CHANGEABLE | {"valid_until", "support_session_type"}
ON_UPDATE = CHANGEABLE | {"state"}
"""Neither expiry nor type can be changed: TeamViewer API documentation 2023-03, p. 46."""

SMS_FIELDS = ("sms_invite_number", "sms_invite_language")
TEXTS = ("waiting_message", "description", "custom_api")
LONGEST = {"description": 4000, "custom_api": 4000, "name": 100, "email": 254}
PATTERNS = {"groupid": re.compile(r"g\d+"), "assigned_userid": re.compile(r"u\d+")}


def check_fields(body: Payload, known: frozenset[str]) -> None:
    """Check names, types, lengths and patterns of all fields. Raises ApiError for the first problem."""
    check_names(set(body), known)
    for name in {
        *TEXTS,
        "groupname",
        "support_session_type",
        "state",
        "valid_until",
        *PATTERNS,
        *SMS_FIELDS,
    } & set(body):
        _check_text(name, body[name])
    if "end_customer" in body:
        _check_end_customer(body["end_customer"])


def _check_text(name: str, value: object) -> None:
    if not isinstance(value, str):
        raise invalid_request(f"{name} must be a string.")
    if len(value) > LONGEST.get(name, len(value)):
        raise invalid_request(f"{name} is longer than {LONGEST[name]} characters.")
    if name in PATTERNS and not PATTERNS[name].fullmatch(value):
        raise invalid_request(f"{name} is malformed.")


def _check_end_customer(value: object) -> None:
    if not isinstance(value, dict):
        raise invalid_request("end_customer must be an object.")
    check_names(set(value), frozenset({"name", "email"}))
    for name, text in value.items():
        if text is not None:
            _check_text(name, text)


def parse_kind(body: Payload) -> Kind:
    """Return the session type. Raises ApiError."""
    kinds: dict[str, Kind] = {"default": "Default", "pilot": "Pilot"}
    kind = kinds.get(str(body.get("support_session_type", "Default")).lower())
    if kind is None:
        raise invalid_request("support_session_type must be Default or Pilot.")
    return kind


def parse_valid_until(body: Payload, now: datetime) -> datetime | None:
    """Return the requested expiry. Raises ApiError if it is in the past (undocumented, assumed)."""
    if "valid_until" not in body:
        return None
    moment = parse_date(body["valid_until"], "valid_until")
    if moment <= now:
        raise invalid_request("valid_until is in the past.")
    return moment


def parse_group(body: Payload, queue: ServiceQueue, owner: Account) -> Group | None:
    """Return the requested group. Raises ApiError if id and name mean different groups."""
    name = str(body["groupname"]) if "groupname" in body else None
    # A name creates its group, an id must exist.
    if "groupid" not in body:
        return queue.get_or_create_group(owner, name) if name else None
    group = queue.find_group(owner, str(body["groupid"]))
    if group is None or name not in {None, group.name}:
        raise invalid_request("groupid is unknown or does not match groupname.")
    return group


def check_assignee(body: Payload, queue: ServiceQueue) -> None:
    """Check that the session is assigned to a known user. Raises ApiError."""
    if not queue.is_assignable(str(body.get("assigned_userid", "u0"))):
        raise invalid_request("assigned_userid is unknown.")


def parse_state(body: Payload) -> str | None:
    """Return the requested state. Upper and lower case are accepted. Raises ApiError."""
    if "state" not in body:
        return None
    state = str(body["state"]).lower()
    if state not in {"open", "closed"}:
        raise invalid_request("state must be open or closed.")
    return state


def check_reassignment(body: Payload, session: Session, options: Options) -> None:
    """Check that the session may be assigned to another account. Raises ApiError."""
    userid = body.get("assigned_userid", session.assigned_userid)
    if options.reassigning == "refused" and userid != session.assigned_userid:
        raise invalid_request("assigned_userid can not be changed.")


def apply_fields(body: Payload, session: Session, queue: ServiceQueue) -> None:
    """Set the fields of a session from a checked body."""
    for name in set(TEXTS) & set(body):
        setattr(session, name, str(body[name]))
    if "end_customer" in body:
        parts = cast("dict[str, str | None]", body["end_customer"])
        session.end_customer = {name: text for name, text in parts.items() if text is not None}
    if "assigned_userid" in body:
        queue.assign_session(session, str(body["assigned_userid"]))
