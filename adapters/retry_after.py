"""How long an outside system asks to be left alone (RFC 9110, 10.2.3): as seconds, or as a date."""

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_SECONDS = re.compile(r"[0-9]{1,9}(\.[0-9]+)?", re.ASCII)


def parse_retry_after(header: str) -> float | None:
    """Read a ``Retry-After`` header, in seconds from now; None where it says nothing that can be read."""
    if _SECONDS.fullmatch(header):
        return float(header)
    try:
        at = parsedate_to_datetime(header)
    except ValueError:
        return None
    return max((at.replace(tzinfo=at.tzinfo or UTC) - datetime.now(UTC)).total_seconds(), 0.0)
