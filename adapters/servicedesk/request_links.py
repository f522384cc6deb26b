"""Read and write links to the pages of requests."""

import re
from collections.abc import Sequence
from urllib.parse import SplitResult, quote, unquote, urlsplit

from bot.model.ids import RequestId
from bot.values import value_class

_DEFAULT_PORTS = {"http": 80, "https": 443}
_PORTAL_PATH = re.compile(r"/app/(?P<portal>[^/]+)")
_REQUEST_PATH = re.compile(rf"(?:{_PORTAL_PATH.pattern})?/ui/requests/(?P<id>[0-9]{{1,30}})(?:/.*)?")
"""Seen in eight tenants: always with ``/app/<portal>``, and with ``/details`` or another path behind the long id."""
_AMBIGUOUS_PATH = re.compile(r"\\|%2f|%5c|/(?:\.|%2e){1,2}(?:/|$)", re.IGNORECASE)
"""Parts that browsers or servers may rewrite, so that the page is another one than the path seems to name."""
_NO_URL_CHARACTER = re.compile(r"[\x00-\x20\x7f]")

Address = tuple[str, int | None]
"""A host in lower case, and its port. The port is None if it is the scheme's own."""


@value_class
class RequestLink:
    """A link to a request, taken apart. ``portal`` is None if the link names no portal."""

    request_id: RequestId
    portal: str | None


class RequestLinks:
    """Reads and writes links to requests.

    ``web_urls`` are the addresses of the pages: origins, each perhaps with the portal (``https://host/app/itdesk``).
    Links to all of them are read. The first one is written.
    """

    def __init__(self, web_urls: Sequence[str]) -> None:
        split = [urlsplit(url) for url in web_urls]
        self._addresses = {_address(parts) for parts in split}
        self._origin = f"{split[0].scheme}://{split[0].netloc}"
        portals = [_PORTAL_PATH.fullmatch(parts.path.rstrip("/")) for parts in split]
        self.portal = next((unquote(match["portal"]) for match in portals if match), None)
        """The portal that ``web_urls`` name, if any."""

    def parse(self, url: str) -> RequestLink | None:
        """Take a link to a request apart, of whichever portal. Return None for any other URL."""
        parts = _split_url(url)
        if parts is None or _address(parts) not in self._addresses or _AMBIGUOUS_PATH.search(parts.path):
            return None
        match = _REQUEST_PATH.fullmatch(parts.path)
        if match is None:
            return None
        portal = match["portal"]
        return RequestLink(RequestId(match["id"]), None if portal is None else unquote(portal))

    def covers(self, urls: Sequence[str]) -> bool:
        """Return whether links to all of these addresses are read."""
        return {_address(urlsplit(url)) for url in urls} <= self._addresses

    def build(self, request_id: RequestId, portal: str | None) -> str:
        """Return the link to a request.

        Without the portal's name it has the form of the API's path for the default portal. No tenant has been seen
        with such links, so it is only for as long as the name is unknown.
        """
        portal_path = "" if portal is None else f"/app/{quote(portal, safe='')}"
        return f"{self._origin}{portal_path}/ui/requests/{quote(request_id, safe='')}/details"


def _split_url(url: str) -> SplitResult | None:
    """Split a web address. Return None for anything else, and for an address with a user name or password."""
    if _NO_URL_CHARACTER.search(url):
        return None
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - reading it raises ValueError if the port is not a number
    except ValueError:
        return None
    return parts if parts.scheme in _DEFAULT_PORTS and "@" not in parts.netloc else None


def _address(parts: SplitResult) -> Address:
    return parts.hostname or "", None if parts.port == _DEFAULT_PORTS[parts.scheme] else parts.port
