"""The JSON of an activity, read so that nothing in it can break what comes later."""

import json
import math
from typing import Any

DEEPEST = 100
"""Levels of lists and objects. Cards are about twenty deep."""


class BadBody(ValueError):
    """The body is no activity."""


def read_body(body: bytes) -> dict[str, Any]:
    """Return the object with a ``type`` that a body holds. Raises BadBody."""
    try:
        # By default json would let through what no database and no other JSON reader takes: NaN and half characters.
        raw = json.loads(body.decode(), parse_constant=_no_number, parse_float=_number)
    except (ValueError, RecursionError):
        raise BadBody("not JSON") from None
    if not isinstance(raw, dict) or not isinstance(raw.get("type"), str) or not raw["type"]:
        raise BadBody("no activity")
    if _may_be_odd(body) and _is_odd(raw):
        raise BadBody("too deep, or characters that are none")
    return raw


def _no_number(name: str) -> Any:
    raise ValueError(name)


def _number(written: str) -> float:
    number = float(written)
    if not math.isfinite(number):
        raise ValueError("a number that is too large")
    return number


def _may_be_odd(body: bytes) -> bool:
    """Whether it is worth looking closer: nearly no activity has so many brackets, or escapes such characters."""
    return body.count(b"{") + body.count(b"[") > DEEPEST or b"\\ud" in body.lower() or b"\\u0000" in body


def _is_odd(raw: Any) -> bool:
    """Whether it is nested too deeply, or holds half a character, or the one that PostgreSQL refuses (NUL)."""
    waiting = [(raw, 1)]
    while waiting:
        value, depth = waiting.pop()
        if isinstance(value, str):
            if _is_odd_text(value):
                return True
        elif isinstance(value, dict | list):
            if depth > DEEPEST:
                return True
            inner = [*value, *value.values()] if isinstance(value, dict) else value
            waiting.extend((one, depth + 1) for one in inner)
    return False


def _is_odd_text(text: str) -> bool:
    return "\0" in text or any("\ud800" <= character <= "\udfff" for character in text)
