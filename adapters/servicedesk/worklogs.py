"""Worklogs on a request: the time that a technician spent on it."""

from urllib.parse import quote

from adapters.servicedesk.api import ServiceDeskApi, require_accepted
from adapters.servicedesk.fields import (
    Payload,
    entry_id,
    object_field,
    object_list,
    required_entry_id,
    text_field,
)
from bot.model.ids import EntryId, RequestId
from bot.ports import Worklog

MOST_WORKLOGS = 100
"""How many worklogs of a request are searched: the largest page (ServiceDesk Plus Cloud API documentation, Input Data)."""


async def add_worklog(api: ServiceDeskApi, request_id: RequestId, worklog: Worklog) -> EntryId | None:
    """Add a worklog (fields seen in production traffic). Return its id if the response has one.

    Its owner is named by the e-mail address (seen in production traffic). Where that is refused, it is named by the name
    (ServiceDesk Plus Cloud API documentation, Change Worklog). A refusal means that nothing was added.
    """
    fields = _time_and_description(worklog)
    path = _path(request_id)
    response = await api.post(path, {"worklog": fields | {"owner": {"email_id": worklog.owner}}})
    if response.has_unknown_value:
        response = await api.post(path, {"worklog": fields | {"owner": {"name": worklog.owner_name}}})
    return entry_id(object_field(require_accepted(response), "worklog"))


async def edit_worklog(api: ServiceDeskApi, request_id: RequestId, entry: EntryId, worklog: Worklog) -> None:
    """Replace time and description (ServiceDesk Plus Cloud API documentation, Edit Request Worklog). The owner stays."""
    path = f"{_path(request_id)}/{quote(entry, safe='')}"
    require_accepted(await api.put(path, {"worklog": _time_and_description(worklog)}))


async def find_worklog(api: ServiceDeskApi, request_id: RequestId, marker: str) -> EntryId | None:
    """Return the worklog whose description contains ``marker``.

    The list is not sorted: by which field it can be is undocumented.
    """
    list_info = {"row_count": MOST_WORKLOGS, "start_index": 1}
    payload = require_accepted(await api.get(_path(request_id), {"list_info": list_info}))
    for row in object_list(payload, "worklogs"):
        if marker in await _description(api, request_id, row):
            return required_entry_id(row)
    return None


async def _description(api: ServiceDeskApi, request_id: RequestId, row: Payload) -> str:
    """Return the description of a worklog. A list may leave it out, as that of notes does (undocumented, assumed)."""
    if isinstance(row.get("description"), str):
        return text_field(row, "description")
    response = await api.get(f"{_path(request_id)}/{quote(text_field(row, 'id'), safe='')}")
    if response.is_path_not_found:
        return ""
    return text_field(object_field(require_accepted(response), "worklog"), "description")


def _time_and_description(worklog: Worklog) -> Payload:
    hours, minutes = divmod(worklog.minutes, 60)
    return {
        "description": worklog.description,
        # Without a start and an end: the connections of a session may have pauses between them.
        "time_spent": {"hours": str(hours), "minutes": str(minutes)},
        "include_nonoperational_hours": True,
        "mark_first_response": False,
    }


def _path(request_id: RequestId) -> str:
    return f"/requests/{quote(request_id, safe='')}/worklogs"
