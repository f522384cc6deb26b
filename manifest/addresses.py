"""The addresses that a registration is made of, and what is said where they make none."""

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

_DOMAIN = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}")


class BadManifest(ValueError):
    """What is given makes no manifest. ``option`` says which part of it is wrong."""

    def __init__(self, option: str, sentence: str) -> None:
        super().__init__(sentence)
        self.option = option


def origin(url: str) -> str:
    """Return the bot's address without a slash behind it. Raises BadManifest."""
    if https_host(url) is None or urlsplit(url).path.strip("/"):
        raise BadManifest("--url", "give the bot’s public address, like https://tvbot.example.com")
    return f"https://{urlsplit(url).netloc.lower()}"


def domains(urls: Sequence[str]) -> list[str]:
    """Return the domains of ServiceDesk Plus's addresses, each once. Raises BadManifest."""
    hosts = [https_host(url) for url in urls]
    found = list(dict.fromkeys(host for host in hosts if host and _DOMAIN.fullmatch(host)))
    if not found or not all(host in found for host in hosts):
        raise BadManifest(
            "--servicedesk-url",
            "give the address of ServiceDesk Plus, like https://sdpondemand.manageengine.com",
        )
    return found


def https_host(url: str) -> str | None:
    """Return the host of an https address that says nothing else than where. None for any other text."""
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - raises where it is no number
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
