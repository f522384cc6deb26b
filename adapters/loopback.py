"""Recognize this machine's own addresses, which need neither https nor credentials."""

import ipaddress


def is_loopback(host: str) -> bool:
    """Return whether a host name or address belongs to this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
