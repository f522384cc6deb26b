"""Parse the header ``Retry-After`` (RFC 9110, 10.2.3), which holds seconds or a date."""

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from bot.errors import LONGEST_RETRY_AFTER_SECONDS

_SECONDS = re.compile(r"[0-9]{1,9}(\.[0-9]+)?", re.ASCII)


def parse_retry_after(header: str) -> float | None:
    """Return the seconds to wait from now on, at most a day. None if the header is empty or cannot be read."""
    if _SECONDS.fullmatch(header):
        return min(float(header), LONGEST_RETRY_AFTER_SECONDS)
    try:
        at = parsedate_to_datetime(header)
        seconds = (at.replace(tzinfo=at.tzinfo or UTC) - datetime.now(UTC)).total_seconds()
    except (ValueError, OverflowError, TypeError):
        return None
    return min(max(seconds, 0.0), LONGEST_RETRY_AFTER_SECONDS)
