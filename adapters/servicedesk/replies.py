"""Replies: mails to the requester that ServiceDesk Plus stores in the request's conversation."""

from urllib.parse import quote

from adapters.servicedesk.api import ServiceDeskApi, require_accepted
from adapters.servicedesk.fields import object_field, object_list, text_field
from bot.model.ids import RequestId
from bot.ports import Reply

LATEST_ENTRIES = 100
LATEST_REPLIES = 20
"""How many replies are searched. That is enough, because the bot searches soon after it sent one."""
_REPLY = "REQREPLY"


async def send_reply(api: ServiceDeskApi, mail: Reply) -> None:
    """Send a reply (undocumented; seen in production traffic)."""
    request_id = str(mail.request_id)
    notification = {
        "type": _REPLY,
        "in_reply_to": {"id": request_id},
        "to": [mail.to],
        "cc": [],
        "bcc": [],
        "subject": _subject_with_mark(mail),
        "description": mail.html,
        "is_public": True,
    }
    require_accepted(
        await api.post(
            f"/requests/{quote(request_id, safe='')}/notifications", {"notification": notification}
        )
    )


def _subject_with_mark(mail: Reply) -> str:
    """Return the subject with the mark by which ServiceDesk Plus files the requester's answer (seen in production traffic)."""
    mark = f"##{mail.request_number}##"
    return mail.subject if mark in mail.subject else f"Re: [Request ID :{mark}] : {mail.subject}"


async def find_reply(api: ServiceDeskApi, request_id: RequestId, marker: str) -> bool:
    """Return whether ``marker`` is in one of the latest replies, newest first."""
    path = f"/requests/{quote(request_id, safe='')}"
    list_info = {
        "row_count": LATEST_ENTRIES,
        "start_index": 1,
        "sort_field": "created_time",
        "sort_order": "desc",
        "fields_required": ["id", "type", "created_time", "created_by"],
    }
    payload = require_accepted(await api.get(f"{path}/conversations", {"list_info": list_info}))
    replies = [
        entry for entry in object_list(payload, "conversations") if text_field(entry, "type") == _REPLY
    ]
    for entry in replies[:LATEST_REPLIES]:
        if marker in text_field(entry, "description") or marker in await _reply_text(
            api, path, text_field(entry, "id")
        ):
            return True
    return False


async def _reply_text(api: ServiceDeskApi, path: str, entry_id: str) -> str:
    response = await api.get(f"{path}/notifications/{quote(entry_id, safe='')}")
    return (
        ""
        if response.is_path_not_found
        else text_field(object_field(require_accepted(response), "notification"), "description")
    )
