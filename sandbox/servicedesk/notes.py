"""The endpoints for notes on a request."""

from aiohttp import web

from sandbox.mail import Mailbox
from sandbox.servicedesk import payloads
from sandbox.servicedesk.input_data import read_entity, read_flag, read_required_text
from sandbox.servicedesk.json_format import Route, build_entity_response
from sandbox.servicedesk.list_info import build_list_response
from sandbox.servicedesk.model import ConversationEntry, Request
from sandbox.servicedesk.records import Records, find_entry
from sandbox.servicedesk.tenant import Tenant

_NOTE_FIELDS = frozenset(
    {"description", "show_to_requester", "notify_technician", "mark_first_response", "add_to_linked_requests"}
)


class NoteEndpoints:
    """Adds, edits and returns notes: API documentation v3, "Request note"."""

    def __init__(self, tenant: Tenant, records: Records, mailbox: Mailbox | None) -> None:
        self._tenant = tenant
        self._records = records
        self._mailbox = mailbox

    def build_routes(self) -> list[Route]:
        """Return the routes of these endpoints."""
        return [
            Route("POST", "/requests/{id:[0-9]+}/notes", "notes.add", "requests", self._add_note),
            Route("GET", "/requests/{id:[0-9]+}/notes", "notes.list", "requests", self._list_notes),
            Route("GET", "/requests/{id:[0-9]+}/notes/{note}", "notes.get", "requests", self._get_note),
            Route("PUT", "/requests/{id:[0-9]+}/notes/{note}", "notes.update", "requests", self._edit_note),
        ]

    async def _add_note(self, request: web.Request) -> web.Response:
        target = self._records.find_open_request(request.match_info["id"])
        fields = await read_entity(request, "request_note", _NOTE_FIELDS)
        html = read_required_text(fields, "description")
        flags = {name: read_flag(fields, name) for name in _NOTE_FIELDS - {"description"}}
        note = self._records.add_entry(target, "NOTES", html, is_public=flags["show_to_requester"])
        self._mail_public_note(target, note)
        return build_entity_response("request_note", payloads.format_note(note), self._tenant.reply_status)

    def _mail_public_note(self, target: Request, note: ConversationEntry) -> None:
        address = target.requester.email if target.requester else None
        if self._mailbox is None or address is None or not note.is_public:
            return
        if self._tenant.mails_public_notes:
            self._mailbox.send_reply(
                sender=self._tenant.address,
                to=[address],
                subject=f"A note was added to request ##{target.display_id}##",
                html=note.html,
                message_id=f"<{note.id}@servicedesk.test>",
            )

    async def _list_notes(self, request: web.Request) -> web.Response:
        target = self._records.find_request(request.match_info["id"])
        rows = [payloads.format_note(entry) for entry in target.entries_of_type("NOTES")]
        return build_list_response(
            request,
            "notes",
            rows,
            allowed_fields=payloads.NOTE_FIELDS,
            default_fields=payloads.NOTE_ROW_FIELDS,
        )

    async def _get_note(self, request: web.Request) -> web.Response:
        target = self._records.find_request(request.match_info["id"])
        return build_entity_response(
            "note", payloads.format_note(find_entry(target, request.match_info["note"], "NOTES"))
        )

    async def _edit_note(self, request: web.Request) -> web.Response:
        target = self._records.find_open_request(request.match_info["id"])
        note = find_entry(target, request.match_info["note"], "NOTES")
        fields = await read_entity(request, "request_note", _NOTE_FIELDS)
        html = read_required_text(fields, "description") if "description" in fields else note.html
        is_public = read_flag(fields, "show_to_requester", default=note.is_public)
        edited = self._records.edit_entry(target, note, html, is_public=is_public)
        return build_entity_response("request_note", payloads.format_note(edited))
