"""The conversation of a request: notes, and mails to the requester."""

import re
from typing import Any

from aiohttp import web

from sandbox.mail import Mailbox
from sandbox.servicedesk import payloads
from sandbox.servicedesk.json_format import (
    SUCCESS,
    ApiError,
    Payload,
    Route,
    entity_response,
    invalid,
    mandatory,
    not_found,
    read_entity,
    read_flag,
    read_query_input,
    required_text,
    wrong_type,
)
from sandbox.servicedesk.list_info import list_response
from sandbox.servicedesk.model import ConversationEntry, EntryType, Request
from sandbox.servicedesk.records import Records
from sandbox.servicedesk.tenant import Tenant

_NOTE = frozenset(
    {"description", "show_to_requester", "notify_technician", "mark_first_response", "add_to_linked_requests"}
)
_NOTIFICATION = frozenset({"type", "in_reply_to", "to", "cc", "bcc", "subject", "description", "is_public"})
_MAIL_TYPES: tuple[EntryType, ...] = ("REQREPLY", "REQFORWARD")
_ADDRESS = re.compile(r"[^@\s<>]+@[^@\s<>]+")


def _entry(request: Request, entry_id: str, *types: EntryType) -> ConversationEntry:
    for entry in request.of_type(*types):
        if entry.id == entry_id:
            return entry
    raise not_found()


class NoteEndpoints:
    """Adds and returns notes: API documentation v3, "Request note". A public note sends no mail."""

    def __init__(self, tenant: Tenant, records: Records) -> None:
        self._tenant = tenant
        self._records = records

    def routes(self) -> list[Route]:
        """Return the routes of these endpoints."""
        return [
            Route("POST", "/requests/{id:[0-9]+}/notes", "notes.add", "requests", self._add),
            Route("GET", "/requests/{id:[0-9]+}/notes", "notes.list", "requests", self._list),
            Route("GET", "/requests/{id:[0-9]+}/notes/{note}", "notes.get", "requests", self._get),
        ]

    async def _add(self, request: web.Request) -> web.Response:
        found = self._records.find_request(request.match_info["id"])
        fields = await read_entity(request, "request_note", _NOTE)
        html = required_text(fields, "description")
        flags = {name: read_flag(fields, name) for name in _NOTE - {"description"}}
        note = self._records.add_entry(found, "NOTES", html, is_public=flags["show_to_requester"])
        return entity_response("request_note", payloads.format_note(note), self._tenant.reply_status)

    async def _list(self, request: web.Request) -> web.Response:
        found = self._records.find_request(request.match_info["id"])
        rows = [payloads.format_note(entry) for entry in found.of_type("NOTES")]
        return list_response(
            request, "notes", rows, known=payloads.NOTE_FIELDS, default=payloads.NOTE_ROW_FIELDS
        )

    async def _get(self, request: web.Request) -> web.Response:
        found = self._records.find_request(request.match_info["id"])
        return entity_response(
            "note", payloads.format_note(_entry(found, request.match_info["note"], "NOTES"))
        )


class NotificationEndpoints:
    """Sends mails on a request and returns the conversation, as seen in production traffic."""

    def __init__(self, tenant: Tenant, records: Records, mailbox: Mailbox | None) -> None:
        self._tenant = tenant
        self._records = records
        self._mailbox = mailbox

    def routes(self) -> list[Route]:
        """Return the routes of these endpoints. A fixed path must precede a path with an id."""
        mails = "/requests/{id:[0-9]+}/notifications"
        return [
            Route("POST", mails, "notifications.add", "requests", self._add),
            Route("GET", f"{mails}/_links", "notifications.links", "requests", self._links),
            Route("GET", f"{mails}/{{mail}}", "notifications.get", "requests", self._get),
            Route("GET", "/requests/{id:[0-9]+}/conversations", "conversations.list", "requests", self._list),
        ]

    async def _add(self, request: web.Request) -> web.Response:
        found = self._records.find_request(request.match_info["id"])
        if self._tenant.refuse_replies:
            raise ApiError(4002, message="You are not allowed to perform this operation")
        fields = await read_entity(request, "notification", _NOTIFICATION)
        kind = _mail_type(fields)
        _check_source(found, fields)
        entry = self._records.add_entry(
            found,
            kind,
            required_text(fields, "description"),
            is_public=read_flag(fields, "is_public", default=True),
            subject=required_text(fields, "subject"),
            to=_recipients(fields),
        )
        self._send(entry)
        return entity_response("notification", payloads.format_notification(entry), self._tenant.reply_status)

    def _send(self, entry: ConversationEntry) -> None:
        if self._mailbox is not None:
            self._mailbox.send_reply(
                sender=self._tenant.address,
                to=list(entry.to),
                subject=entry.subject,
                html=entry.html,
                message_id=f"<{entry.id}@servicedesk.test>",
            )

    async def _links(self, request: web.Request) -> web.Response:
        """Return whether the account may add a mail."""
        self._records.find_request(request.match_info["id"])
        wanted = read_query_input(request).get("operations_required", ["add"])
        may_add = "add" in wanted and not self._tenant.refuse_replies
        links = [{"name": "add", "method": "post"}] if may_add else []
        return web.json_response({"_links": links, "response_status": SUCCESS})

    async def _get(self, request: web.Request) -> web.Response:
        found = self._records.find_request(request.match_info["id"])
        mail = _entry(found, request.match_info["mail"], *_MAIL_TYPES)
        return entity_response("notification", payloads.format_notification(mail))

    async def _list(self, request: web.Request) -> web.Response:
        found = self._records.find_request(request.match_info["id"])
        rows = [payloads.format_conversation_entry(entry) for entry in found.entries]
        known, default = payloads.CONVERSATION_FIELDS, payloads.CONVERSATION_ROW_FIELDS
        return list_response(request, "conversations", rows, known=known, default=default)


def _mail_type(fields: Payload) -> EntryType:
    wanted = required_text(fields, "type")
    for kind in _MAIL_TYPES:
        if kind == wanted:
            return kind
    raise invalid("type")


def _check_source(found: Request, fields: Payload) -> None:
    """Check that ``in_reply_to`` is the request itself or a mail on it. Raises ApiError."""
    source: Any = fields.get("in_reply_to")
    if source is None:
        raise mandatory("in_reply_to")
    if not isinstance(source, dict):
        raise wrong_type("in_reply_to")
    if source.get("id") not in {found.id, *(entry.id for entry in found.of_type(*_MAIL_TYPES))}:
        raise invalid("in_reply_to")


def _recipients(fields: Payload) -> tuple[str, ...]:
    """Return all recipients. Addresses are plain strings. Whether ``to`` may be missing is unknown."""
    if not fields.get("to"):
        raise mandatory("to")
    everybody: list[str] = []
    for name in ("to", "cc", "bcc"):
        addresses = fields.get(name) or []
        if not isinstance(addresses, list) or not all(isinstance(one, str) for one in addresses):
            raise wrong_type(name)
        if not all(_ADDRESS.fullmatch(one) for one in addresses):
            raise invalid(name)
        everybody += addresses
    return tuple(everybody)
