"""Recognize requests that start on this machine, for what needs no credentials there."""

from urllib.parse import urlsplit

from aiohttp import web

from adapters.loopback import is_loopback

_FORWARDING_HEADERS = {
    "cdn-loop",
    "client-ip",
    "fastly-client-ip",
    "fly-client-ip",
    "forwarded",
    "proxy-connection",
    "true-client-ip",
    "via",
    "wl-proxy-client-ip",
    "x-client-ip",
    "x-cluster-client-ip",
    "x-host",
    "x-proxyuser-ip",
    "x-real-ip",
    "x-remote-addr",
    "x-remote-ip",
    "x-request-start",
}
_FORWARDING_PREFIXES = (
    "cf-",
    "ngrok-",
    "x-amz-cf-",
    "x-amzn-",
    "x-appengine-",
    "x-appservice-",
    "x-arr-",
    "x-azure-",
    "x-cloud-",
    "x-envoy-",
    "x-forwarded",
    "x-original-",
    "x-vercel-",
)
"""What proxies, tunnels and load balancers add. A header too many here only refuses a local tool that sends it."""


def is_local_request(request: web.Request) -> bool:
    """Whether a request starts on this machine and was not forwarded by a proxy on it.

    The peer of a proxied request is the proxy. So the peer alone proves nothing: the ``Host`` must be this machine too,
    and no header may show a proxy. A foreign ``Host`` also stops a web page that resolves its own name to this machine.
    """
    return is_local_sender(request) and all(
        _names_this_machine(host) for host in request.headers.getall("Host", [""])
    )


def is_local_sender(request: web.Request) -> bool:
    """Whether the peer of a request is this machine, and no header shows a proxy on it. The ``Host`` may be any."""
    return is_loopback(request.remote or "") and not any(
        _is_forwarding(name.lower()) for name in request.headers
    )


def _names_this_machine(host: str) -> bool:
    try:
        parts = urlsplit(f"//{host}")
        parts.port  # noqa: B018 - reading it raises ValueError if the port is not a number
        return parts.netloc == host and "@" not in host and is_loopback((parts.hostname or "").lower())
    except ValueError:
        return False


def _is_forwarding(header: str) -> bool:
    return header in _FORWARDING_HEADERS or header.startswith(_FORWARDING_PREFIXES)
