"""Replies: mails to the requester that the request's conversation records."""

from urllib.parse import quote

from adapters.servicedesk.api_response import part, rows, text
from adapters.servicedesk.wire import Wire, accepted
from bot.model.ids import RequestId
from bot.ports import Reply

LATEST_ENTRIES = 100
LATEST_REPLIES = 20
"""How far back a reply is looked for: the bot looks soon after it sent one."""
_REPLY = "REQREPLY"


async def reply(wire: Wire, mail: Reply) -> None:
    """Send a reply (undocumented; seen in production traffic)."""
    request_id = str(mail.request_id)
    notification = {
        "type": _REPLY,
        "in_reply_to": {"id": request_id},
        "to": [mail.to],
        "cc": [],
        "bcc": [],
        "subject": _threaded(mail),
        "description": mail.html,
        "is_public": True,
    }
    accepted(
        await wire.post(
            f"/requests/{quote(request_id, safe='')}/notifications", {"notification": notification}
        )
    )


def _threaded(mail: Reply) -> str:
    """Let the subject hold the mark by which ServiceDesk Plus files an answer (seen in production traffic)."""
    mark = f"##{mail.request_number}##"
    return mail.subject if mark in mail.subject else f"Re: [Request ID :{mark}] : {mail.subject}"


async def has_reply(wire: Wire, request_id: RequestId, marker: str) -> bool:
    """Look for ``marker`` in the latest replies, newest first."""
    path = f"/requests/{quote(request_id, safe='')}"
    list_info = {
        "row_count": LATEST_ENTRIES,
        "start_index": 1,
        "sort_field": "created_time",
        "sort_order": "desc",
        "fields_required": ["id", "type", "created_time", "created_by"],
    }
    payload = accepted(await wire.get(f"{path}/conversations", {"list_info": list_info}))
    replies = [entry for entry in rows(payload, "conversations") if text(entry, "type") == _REPLY]
    for entry in replies[:LATEST_REPLIES]:
        if marker in text(entry, "description") or marker in await _body(wire, path, text(entry, "id")):
            return True
    return False


async def _body(wire: Wire, path: str, entry_id: str) -> str:
    answer = await wire.get(f"{path}/notifications/{quote(entry_id, safe='')}")
    return "" if answer.is_missing else text(part(accepted(answer), "notification"), "description")
