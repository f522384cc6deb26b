"""Check the URLs that an operator gives for a manifest."""

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

SERVICEDESK_URL = "--servicedesk-url"
"""The option for the addresses of ServiceDesk Plus."""
_DOMAIN = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}")


class BadManifest(ValueError):
    """An option has a value that a manifest cannot contain. ``option`` is its name on the command line."""

    def __init__(self, option: str, message: str) -> None:
        super().__init__(message)
        self.option = option


def parse_origin(url: str) -> str:
    """Return the bot's public URL without a trailing slash. Raises BadManifest."""
    if parse_https_host(url) is None or urlsplit(url).path.strip("/"):
        raise BadManifest("--url", "give the bot’s public address, like https://tvbot.example.com")
    return f"https://{urlsplit(url).netloc.lower()}"


def parse_domains(urls: Sequence[str]) -> list[str]:
    """Return the domains of the ServiceDesk Plus URLs without duplicates. Raises BadManifest."""
    hosts = [parse_https_host(url) for url in urls]
    domains = list(dict.fromkeys(host for host in hosts if host and _DOMAIN.fullmatch(host)))
    if not domains or not all(host in domains for host in hosts):
        raise BadManifest(
            SERVICEDESK_URL,
            "give the address of ServiceDesk Plus, like https://sdpondemand.manageengine.com",
        )
    return domains


def parse_https_host(url: str) -> str | None:
    """Return the host of an https URL, or None if the text has credentials, a query, a fragment or another scheme."""
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - reading it raises ValueError if the port is not a number
    except ValueError:
        return None
    if (
        parts.scheme != "https"
        or parts.query
        or parts.fragment
        or "@" in parts.netloc
        or re.search(r"\s", url)
    ):
        return None
    return parts.hostname
