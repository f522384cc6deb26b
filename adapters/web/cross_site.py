"""Recognize forms that another web site sends in the name of the person at the browser."""

from aiohttp import web
from yarl import URL

_OPAQUE = "null"
"""What browsers send as ``Origin`` from a page whose referrer policy is ``no-referrer``, as ours is (Fetch, 3.1)."""


def is_cross_site(request: web.Request, public_url: str) -> bool:
    """Whether a browser says that a request comes from another site than ``public_url``.

    ``Sec-Fetch-Site`` is exact, but older browsers do not send it. They send ``Origin`` with a form.
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site != "same-origin"
    origin = request.headers.get("Origin", _OPAQUE)
    return origin != _OPAQUE and origin != str(URL(public_url).origin())
