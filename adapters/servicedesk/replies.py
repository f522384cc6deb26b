"""Replies: mails to the requester that ServiceDesk Plus stores in the request's conversation."""

from urllib.parse import quote

import structlog

from adapters.servicedesk.api import ServiceDeskApi, require_accepted
from adapters.servicedesk.api_response import ApiResponse
from adapters.servicedesk.errors import AccessRefused
from adapters.servicedesk.fields import Payload, is_trashed, object_field, object_list, text_field
from bot.errors import BotError, NotSupported, Rejected
from bot.model.ids import RequestId
from bot.ports import Reply

LATEST_ENTRIES = 100
LATEST_REPLIES = 20
"""How many replies are searched. That is enough, because the bot searches soon after it sent one."""
_REPLY = "REQREPLY"
_OPTIONAL_FIELDS = frozenset({"in_reply_to", "cc", "bcc", "subject", "is_public"})
"""Fields of a reply without which it still reaches the requester."""
log = structlog.get_logger("servicedesk")


class ReplyCalls:
    """The calls of replies. The fields that the portal refused are left out of later replies."""

    def __init__(self, api: ServiceDeskApi) -> None:
        self._api = api
        self._refused_fields: frozenset[str] = frozenset()

    async def send_reply(self, mail: Reply) -> None:
        """Send a reply (undocumented; seen in production traffic).

        Raises Rejected where this reply is refused, and NotSupported where the portal refuses replies at all.
        """
        try:
            response = await self._post_reply(f"{_path(mail.request_id)}/notifications", _notification(mail))
        except AccessRefused as refusal:
            raise await self._judge_refusal(refusal, mail.request_id) from refusal
        try:
            require_accepted(response)
        except Rejected as refusal:
            # A wrong address says nothing about other replies.
            if "to" in response.named_fields:
                raise
            raise await self._judge_refusal(refusal, mail.request_id) from refusal

    async def _judge_refusal(self, refusal: BotError, request_id: RequestId) -> BotError:
        """Return NotSupported where the request itself can be read, so that the refusal is not about it; else the refusal."""
        if not await self._is_request_readable(request_id):
            return refusal
        log.warning("replies refused")
        return NotSupported(refusal.text)

    async def _post_reply(self, path: str, notification: Payload) -> ApiResponse:
        """Post a reply. A refusal that names an optional field sent nothing, so the reply is posted without that field."""
        left_out = self._refused_fields
        while True:
            body = {name: value for name, value in notification.items() if name not in left_out}
            response = await self._api.post(path, {"notification": body})
            refused = response.named_fields & _OPTIONAL_FIELDS & body.keys()
            if not response.is_refusal or response.misses_value or not refused:
                break
            log.warning("fields of a reply refused", fields=sorted(refused))
            left_out |= refused
        if not response.is_refusal:
            self._refused_fields = left_out
        return response

    async def _is_request_readable(self, request_id: RequestId) -> bool:
        """Return whether the request exists, is not in the trash, and may be read."""
        try:
            response = await self._api.get(_path(request_id))
        except BotError:
            return False
        row = object_field(response.payload or {}, "request")
        return not response.is_refusal and text_field(row, "id") == request_id and not is_trashed(row)

    async def find_reply(self, request_id: RequestId, marker: str) -> bool:
        """Return whether ``marker`` is in one of the latest replies, newest first."""
        path = _path(request_id)
        list_info = {
            "row_count": LATEST_ENTRIES,
            "start_index": 1,
            "sort_field": "created_time",
            "sort_order": "desc",
            "fields_required": ["id", "type", "created_time", "created_by"],
        }
        payload = require_accepted(await self._api.get(f"{path}/conversations", {"list_info": list_info}))
        replies = [
            entry for entry in object_list(payload, "conversations") if text_field(entry, "type") == _REPLY
        ]
        for entry in replies[:LATEST_REPLIES]:
            if marker in text_field(entry, "description") or marker in await self._reply_text(
                path, text_field(entry, "id")
            ):
                return True
        return False

    async def _reply_text(self, path: str, entry_id: str) -> str:
        response = await self._api.get(f"{path}/notifications/{quote(entry_id, safe='')}")
        return (
            ""
            if response.is_path_not_found
            else text_field(object_field(require_accepted(response), "notification"), "description")
        )


def _path(request_id: RequestId) -> str:
    return f"/requests/{quote(request_id, safe='')}"


def _notification(mail: Reply) -> Payload:
    return {
        "type": _REPLY,
        "in_reply_to": {"id": str(mail.request_id)},
        "to": [mail.to],
        "cc": [],
        "bcc": [],
        "subject": _subject_with_mark(mail),
        "description": mail.html,
        "is_public": True,
    }


def _subject_with_mark(mail: Reply) -> str:
    """Return the subject with the mark by which ServiceDesk Plus files the requester's answer (seen in production traffic)."""
    mark = f"##{mail.request_number}##"
    return mail.subject if mark in mail.subject else f"Re: [Request ID :{mark}] : {mail.subject}"
