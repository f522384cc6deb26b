"""The language of whoever looks at a page: what their browser asks for, else the organisation's."""

from aiohttp import web
from babel import negotiate_locale

from bot.i18n import LANGUAGES


def language_of(request: web.Request, otherwise: str) -> str:
    """Choose among the languages that are spoken here by ``Accept-Language`` (RFC 9110, 12.5.4)."""
    wanted = sorted(_wanted(request.headers.get("Accept-Language", "")), key=lambda one: -one[1])
    return negotiate_locale([tag.lower() for tag, _weight in wanted], LANGUAGES, sep="-") or otherwise


def _wanted(header: str) -> list[tuple[str, float]]:
    """Read the tags with their weights. One of weight 0 is not wanted, and what cannot be read is passed over."""
    wanted = []
    for part in header.split(","):
        tag, _semicolon, weight = part.replace(" ", "").partition(";q=")
        try:
            value = float(weight or 1)
        except ValueError:
            continue
        if tag and value > 0:
            wanted.append((tag, value))
    return wanted
