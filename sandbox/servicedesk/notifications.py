"""The endpoints for the conversation of a request: mails to the requester (the API's *notifications*), and its list."""

import re

from aiohttp import web

from sandbox.mail import Mailbox
from sandbox.servicedesk import payloads
from sandbox.servicedesk.input_data import read_entity, read_flag, read_query_input, read_required_text
from sandbox.servicedesk.json_format import (
    SUCCESS,
    ApiError,
    Payload,
    Route,
    build_entity_response,
    build_html_page,
    invalid,
    mandatory,
    not_found,
    wrong_type,
)
from sandbox.servicedesk.list_info import build_list_response
from sandbox.servicedesk.model import ConversationEntry, EntryType, Request
from sandbox.servicedesk.records import Records, find_entry
from sandbox.servicedesk.tenant import Tenant

_NOTIFICATION_FIELDS = frozenset(
    {"type", "in_reply_to", "to", "cc", "bcc", "subject", "description", "is_public"}
)
_MAIL_TYPES: tuple[EntryType, ...] = ("REQREPLY", "REQFORWARD")
_ADDRESS = re.compile(r"[^@\s<>]+@[^@\s<>]+")


class NotificationEndpoints:
    """Sends mails on a request and returns the conversation, as seen in production traffic."""

    def __init__(self, tenant: Tenant, records: Records, mailbox: Mailbox | None) -> None:
        self._tenant = tenant
        self._records = records
        self._mailbox = mailbox

    def build_routes(self) -> list[Route]:
        """Return the routes of these endpoints. A fixed path must precede a path with an id."""
        mails = "/requests/{id:[0-9]+}/notifications"
        return [
            Route("POST", mails, "notifications.add", "requests", self._add_mail),
            # Must precede the path with an id, which would match it, too.
            Route("GET", f"{mails}/_links", "notifications.links", "requests", self._list_links),
            Route("GET", f"{mails}/{{mail}}", "notifications.get", "requests", self._get_mail),
            Route(
                "GET",
                "/requests/{id:[0-9]+}/conversations",
                "conversations.list",
                "requests",
                self._list_conversation,
            ),
        ]

    async def _add_mail(self, request: web.Request) -> web.Response:
        target = self._records.find_request(request.match_info["id"])
        if self._tenant.refuse_replies:
            return self._refuse_reply()
        known_fields = _NOTIFICATION_FIELDS - self._tenant.refused_reply_fields
        fields = await read_entity(request, "notification", known_fields)
        kind = _parse_mail_type(fields)
        if "in_reply_to" in known_fields:
            _check_in_reply_to(target, fields)
        entry = self._records.add_entry(
            target,
            kind,
            read_required_text(fields, "description"),
            is_public=read_flag(fields, "is_public", default=True),
            subject=read_required_text(fields, "subject") if "subject" in known_fields else target.subject,
            to=_parse_recipients(fields),
        )
        self._send_mail(entry)
        return build_entity_response(
            "notification", payloads.format_notification(entry), self._tenant.reply_status
        )

    def _refuse_reply(self) -> web.Response:
        """Refuse a reply in the way that the tenant is set to. How a tenant refuses one is undocumented."""
        match self._tenant.reply_refusal:
            case "forbidden":
                raise ApiError(4002, message="You are not allowed to perform this operation")
            case "unknown_path":
                raise not_found()
            case "invalid":
                raise invalid("type")
            case "page":
                return build_html_page(400, "Bad Request")

    def _send_mail(self, entry: ConversationEntry) -> None:
        if self._mailbox is not None:
            self._mailbox.send_reply(
                sender=self._tenant.address,
                to=list(entry.to),
                subject=entry.subject,
                html=entry.html,
                message_id=f"<{entry.id}@servicedesk.test>",
            )

    async def _list_links(self, request: web.Request) -> web.Response:
        """Return whether the account may add a mail."""
        self._records.find_request(request.match_info["id"])
        required = read_query_input(request).get("operations_required", ["add"])
        may_add = "add" in required and not self._tenant.refuse_replies
        links = [{"name": "add", "method": "post"}] if may_add else []
        return web.json_response({"_links": links, "response_status": SUCCESS})

    async def _get_mail(self, request: web.Request) -> web.Response:
        target = self._records.find_request(request.match_info["id"])
        mail = find_entry(target, request.match_info["mail"], *_MAIL_TYPES)
        return build_entity_response("notification", payloads.format_notification(mail))

    async def _list_conversation(self, request: web.Request) -> web.Response:
        target = self._records.find_request(request.match_info["id"])
        rows = [payloads.format_conversation_entry(entry) for entry in target.entries]
        allowed_fields, default_fields = payloads.CONVERSATION_FIELDS, payloads.CONVERSATION_ROW_FIELDS
        return build_list_response(
            request, "conversations", rows, allowed_fields=allowed_fields, default_fields=default_fields
        )


def _parse_mail_type(fields: Payload) -> EntryType:
    wanted = read_required_text(fields, "type")
    for kind in _MAIL_TYPES:
        if kind == wanted:
            return kind
    raise invalid("type")


def _check_in_reply_to(target: Request, fields: Payload) -> None:
    """Check that ``in_reply_to`` is the request itself or a mail on it. Raises ApiError."""
    source = fields.get("in_reply_to")
    if source is None:
        raise mandatory("in_reply_to")
    if not isinstance(source, dict):
        raise wrong_type("in_reply_to")
    if source.get("id") not in {target.id, *(entry.id for entry in target.entries_of_type(*_MAIL_TYPES))}:
        raise invalid("in_reply_to")


def _parse_recipients(fields: Payload) -> tuple[str, ...]:
    """Return all recipients. Addresses are plain strings. Whether ``to`` may be missing is unknown."""
    if not fields.get("to"):
        raise mandatory("to")
    recipients: list[str] = []
    for name in ("to", "cc", "bcc"):
        addresses = fields.get(name) or []
        if not isinstance(addresses, list) or not all(isinstance(one, str) for one in addresses):
            raise wrong_type(name)
        if not all(_ADDRESS.fullmatch(one) for one in addresses):
            raise invalid(name)
        recipients += addresses
    return tuple(recipients)
