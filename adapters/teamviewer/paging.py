"""Read lists page by page: up to 1000 entries a call (TeamViewer API documentation 2023-03, p. 40 and 47)."""

from collections.abc import AsyncGenerator

from adapters.teamviewer.api import TeamViewerApi
from adapters.teamviewer.api_response import Payload
from adapters.teamviewer.errors import unreadable_response_error
from adapters.teamviewer.fields import object_list, require_accepted, text_field
from bot.ports import TokenSource
from bot.values import field, value_class


@value_class
class Listing:
    """A list of the API. ``entries`` names its field in the response, ``offset`` the parameter for the next page."""

    path: str
    entries: str
    offset: str
    params: dict[str, str] = field(default_factory=dict)


async def iterate_pages(api: TeamViewerApi, source: TokenSource, listing: Listing) -> AsyncGenerator[Payload]:
    """Yield the entries of all pages.

    Only ``next_offset`` says whether there is more, because the names of the counters differ between sources. Raises
    Unavailable if an offset comes a second time: the list would not end, and its first part is not the whole list.
    """
    offset, seen = "", set[str]()
    while offset not in seen:
        seen.add(offset)
        params = listing.params | ({listing.offset: offset} if offset else {})
        payload = require_accepted(await api.call_as_technician(source, "GET", listing.path, params=params))
        page = object_list(payload, listing.entries)
        for entry in page:
            yield entry
        offset = text_field(payload, "next_offset")
        if not page or not offset:
            return
    raise unreadable_response_error()
