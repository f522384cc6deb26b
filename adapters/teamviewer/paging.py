"""Lists that come page by page: up to 1000 entries a call (TeamViewer API documentation 2023-03, p. 40 and 47)."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass, field

from adapters.teamviewer.api_response import Payload
from adapters.teamviewer.errors import unreadable
from adapters.teamviewer.payload import accepted, entries, text
from adapters.teamviewer.wire import Wire
from bot.ports import TokenSource


@dataclass(frozen=True, slots=True)
class Listing:
    """A list, the name of its entries in the answer and of the parameter that continues it."""

    path: str
    entries: str
    offset: str
    params: dict[str, str] = field(default_factory=dict)


async def every(wire: Wire, source: TokenSource, listing: Listing) -> AsyncGenerator[Payload]:
    """Yield the entries of all pages.

    ``next_offset`` alone tells whether there is more; the counters' names differ between sources. Raises Unavailable
    where an offset comes a second time, for then the list has no end and half of it would pass for the whole.
    """
    offset, seen = "", set[str]()
    while offset not in seen:
        seen.add(offset)
        params = listing.params | ({listing.offset: offset} if offset else {})
        payload = accepted(await wire.call(source, "GET", listing.path, params=params))
        page = entries(payload, listing.entries)
        for entry in page:
            yield entry
        offset = text(payload, "next_offset")
        if not page or not offset:
            return
    raise unreadable()
