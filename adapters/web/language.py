"""Choose the language of a page: what the reader's browser asks for, else the organisation's."""

from aiohttp import web
from babel import negotiate_locale

from bot.i18n import LANGUAGES


def choose_page_language(request: web.Request, otherwise: str) -> str:
    """Return the best supported language of ``Accept-Language`` (RFC 9110, 12.5.4), else ``otherwise``."""
    weighted_tags = _parse_accept_language(request.headers.get("Accept-Language", ""))
    by_weight = sorted(weighted_tags, key=lambda weighted_tag: -weighted_tag[1])
    return negotiate_locale([tag.lower() for tag, _weight in by_weight], LANGUAGES, sep="-") or otherwise


def _parse_accept_language(header: str) -> list[tuple[str, float]]:
    """Return the language tags with their weights, without those of weight 0 and those that cannot be read."""
    weighted_tags = []
    for part in header.split(","):
        tag, _semicolon, weight = part.replace(" ", "").partition(";q=")
        try:
            value = float(weight or 1)
        except ValueError:
            continue
        if tag and value > 0:
            weighted_tags.append((tag, value))
    return weighted_tags
