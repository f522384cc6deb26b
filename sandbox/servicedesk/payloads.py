"""Format users, requests and conversations as JSON: Microsoft connector by ManageEngine, October 2024."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sandbox.servicedesk.json_format import Payload
from sandbox.servicedesk.model import ConversationEntry, Request, Status, User, Worklog
from sandbox.servicedesk.tenant import STATUS_FIELDS

TECHNICIAN_TYPE = "3"
"""The author type of a technician. The system has ``1``: undocumented, assumed."""


def format_time(at: datetime) -> Payload:
    """Format a time: milliseconds since 1970 as a string, and a text for people."""
    utc = at.astimezone(UTC)
    display_value = f"{utc:%b} {utc.day}, {utc:%Y} {utc.hour % 12 or 12}:{utc:%M %p}"
    return {"display_value": display_value, "value": str(int(utc.timestamp() * 1000))}


def format_user(item: User) -> Payload:
    """Format a user in full."""
    first, _, last = item.name.partition(" ")
    return {
        "id": item.id,
        "name": item.name,
        "first_name": first,
        "last_name": last or None,
        "email_id": item.email,
        "phone": item.phone,
        "mobile": item.mobile,
        "sms_mail": None,
        "sms_mail_id": None,
        "job_title": None,
        "employee_id": None,
        "photo_url": None,
        "is_technician": item.is_technician,
        "is_vip_user": False,
    }


USER_FIELDS = tuple(format_user(User("", "", "")))


def format_status(item: Status, fields: Sequence[str]) -> Payload:
    """Format these fields of a status."""
    status = {
        "id": item.id,
        "name": item.name,
        "internal_name": item.internal_name,
        "color": item.color,
        "in_progress": item.in_progress,
        "stop_timer": item.stop_timer,
    }
    return {name: status[name] for name in fields}


def format_request(item: Request, status_fields: Sequence[str] | None = STATUS_FIELDS) -> Payload:
    """Format a request in full. Without ``status_fields`` its status is null."""
    return dict(RequestRow(item, status_fields))


class RequestRow(Mapping[str, Any]):
    """A request as JSON, of which each field is formatted when it is asked for: a search looks at few fields of many requests."""

    def __init__(self, item: Request, status_fields: Sequence[str] | None) -> None:
        self._item = item
        self._status_fields = status_fields

    def __getitem__(self, name: str) -> Any:
        if name in _UNUSED:
            return _UNUSED[name]
        if name == "status":
            fields = self._status_fields
            return format_status(self._item.status, fields) if fields is not None else None
        return _FIELD_FORMATS[name](self._item)

    def __contains__(self, name: object) -> bool:
        return name in REQUEST_FIELDS

    def __iter__(self) -> Iterator[str]:
        return iter(REQUEST_FIELDS)

    def __len__(self) -> int:
        return len(REQUEST_FIELDS)


_TEMPLATE: Payload = {
    "id": "216826000000006701",
    "name": "Default Request",
    "inactive": False,
    "is_service_template": False,
}
_GROUP_ID = "216826000000006201"
_SITE: Payload = {"id": "216826000000006301", "deleted": False, "is_default": False}

# A client must cope with these fields, so responses contain them.
_UNUSED: Payload = {
    "priority": None,
    "department": None,
    "mode": None,
    "category": None,
    "due_by_time": None,
    "cancel_flag_comments": None,
    "cancellation_requested": False,
    "has_draft": False,
    "has_attachments": False,
    "is_service_request": False,
    "maintenance": None,
    "attachments": [],
    "email_to": [],
    "email_cc": [],
    "email_bcc": [],
    "email_ids_to_notify": [],
    "udf_fields": {},
    "resolution": {"content": None},
}
"""Fields of a request that the simulation never fills."""

_FIELD_FORMATS: dict[str, Callable[[Request], object]] = {
    "id": lambda item: item.id,
    "display_id": lambda item: item.display_id,
    "subject": lambda item: item.subject,
    "description": lambda _item: None,
    "requester": lambda item: format_user(item.requester) if item.requester else None,
    "technician": lambda item: format_user(item.technician) if item.technician else None,
    "template": lambda _item: dict(_TEMPLATE),
    "created_time": lambda item: format_time(item.created),
    "last_updated_time": lambda item: format_time(item.updated),
    "has_notes": lambda item: bool(item.entries_of_type("NOTES")),
    "notification_status": lambda _item: None,
    "unreplied_count": lambda _item: None,
    "is_trashed": lambda item: item.is_trashed,
    "deleted_time": lambda item: format_time(item.updated) if item.is_trashed else None,
    "group": lambda item: {"id": _GROUP_ID, "name": item.group, "deleted": False} if item.group else None,
    "site": lambda item: {**_SITE, "name": item.site} if item.site else None,
}
"""How each field is formatted, but for the status, which depends on the portal."""

REQUEST_FIELDS = (*_FIELD_FORMATS, "status", *_UNUSED)

REQUEST_ROW_FIELDS = (
    *("id", "display_id", "subject", "requester", "status", "template", "group", "technician"),
    *("has_notes", "has_draft", "is_service_request", "cancellation_requested", "cancel_flag_comments"),
    *("maintenance", "created_time"),
)
"""The fields of a list row if the caller requests none."""


def format_note(entry: ConversationEntry) -> Payload:
    """Format a note in full."""
    return {
        "id": entry.id,
        "description": entry.html,
        "created_by": format_user(entry.by),
        "created_time": format_time(entry.created),
        "last_updated_time": format_time(entry.updated) if entry.updated else None,
        "last_updated_by": format_user(entry.by) if entry.updated else None,
        "show_to_requester": entry.is_public,
    }


NOTE_ROW_FIELDS = (
    *("id", "created_by", "created_time", "last_updated_time", "last_updated_by", "show_to_requester"),
)
NOTE_FIELDS = (*NOTE_ROW_FIELDS, "description")
"""A list omits the text unless the caller requests it, as seen in production traffic."""


def format_conversation_entry(entry: ConversationEntry) -> Payload:
    """Format a row of the conversation. A mail's text must be fetched by id, as seen in production traffic."""
    row = {
        "id": entry.id,
        "type": entry.type,
        "created_time": format_time(entry.created),
        "created_by": {**format_user(entry.by), "user_type": TECHNICIAN_TYPE},
        "show_to_requester": entry.is_public,
    }
    return {**row, "description": entry.html} if entry.type == "NOTES" else row


CONVERSATION_ROW_FIELDS = ("id", "type", "created_time", "created_by", "show_to_requester")
CONVERSATION_FIELDS = (*CONVERSATION_ROW_FIELDS, "description")


def format_notification(entry: ConversationEntry) -> Payload:
    """Format a sent mail, as seen in production traffic."""
    return {
        "id": entry.id,
        "type": entry.type,
        "subject": entry.subject,
        "description": entry.html,
        "sender": format_user(entry.by),
        "time": format_time(entry.created),
        "to": list(entry.to),
        "is_public": entry.is_public,
    }


def format_worklog(item: Worklog) -> Payload:
    """Format a worklog. Hours and minutes are strings, as seen in production traffic."""
    time_spent = {
        "hours": str(item.minutes // 60),
        "minutes": str(item.minutes % 60),
        "value": str(item.minutes * 60000),
    }
    return {
        "id": item.id,
        "owner": format_user(item.owner),
        "description": item.description,
        "start_time": {"value": str(item.start)} if item.start is not None else None,
        "end_time": {"value": str(item.end)} if item.end is not None else None,
        "time_spent": time_spent,
        "recorded_time": format_time(item.created),
    }


WORKLOG_FIELDS = ("id", "owner", "description", "start_time", "end_time", "time_spent", "recorded_time")
