"""The proxy for outgoing calls, from the variables of the environment that most programs read (``HTTPS_PROXY``, ``NO_PROXY``)."""

from urllib.request import getproxies

_SCHEMES_OF_SOCKETS = {"wss": "https", "ws": "http"}


def proxy_is_set() -> bool:
    """Whether a session has to look for a proxy. The look costs time in every call, so a session asks this once."""
    return bool(getproxies())


def address_to_open(url: str) -> str:
    """Return the address of a WebSocket with the scheme that names its proxy. aiohttp opens a WebSocket by either scheme.

    It looks for the proxy by the scheme, and nobody sets ``WSS_PROXY``.
    """
    scheme, separator, rest = url.partition("://")
    return _SCHEMES_OF_SOCKETS.get(scheme.lower(), scheme) + separator + rest
