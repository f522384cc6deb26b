"""Read the JSON of a request strictly: an object that every later reader, and the database, can take."""

import json
import math
from collections.abc import Mapping
from typing import Any

MAX_DEPTH = 100
"""Levels of lists and objects. Cards have about twenty."""

Json = Mapping[str, Any]


class InvalidJson(ValueError):
    """The text is not a JSON object, or holds values that no later reader accepts. The message quotes nothing of it."""


def read_json_object(text: bytes | str) -> dict[str, Any]:
    """Return the JSON object in a text. Raises InvalidJson.

    Python's reader also accepts NaN and infinite numbers, half characters and NUL. Databases and other readers do not.
    """
    body = text.encode(errors="surrogatepass") if isinstance(text, str) else text
    try:
        raw = json.loads(body.decode(), parse_constant=_refuse_constant, parse_float=_parse_finite)
    except (ValueError, RecursionError):
        raise InvalidJson("not JSON") from None
    if not isinstance(raw, dict):
        raise InvalidJson("not a JSON object")
    # The walk through all values is slow, and nearly no body has so many brackets or such escapes.
    has_many_brackets = body.count(b"{") + body.count(b"[") > MAX_DEPTH
    if (has_many_brackets or b"\\ud" in body.lower() or b"\\u0000" in body) and _is_hostile(raw):
        raise InvalidJson("nested too deeply, or invalid characters")
    return raw


def has_invalid_characters(text: str) -> bool:
    """Whether a text contains half a character, or NUL, which PostgreSQL refuses."""
    return "\0" in text or any("\ud800" <= character <= "\udfff" for character in text)


def _refuse_constant(name: str) -> Any:
    raise ValueError(name)


def _parse_finite(written: str) -> float:
    number = float(written)
    if not math.isfinite(number):
        raise ValueError("number out of range")
    return number


def _is_hostile(raw: Any) -> bool:
    """Whether it is nested too deeply, or contains invalid characters."""
    waiting = [(raw, 1)]
    while waiting:
        value, depth = waiting.pop()
        if isinstance(value, str):
            if has_invalid_characters(value):
                return True
        elif isinstance(value, dict | list):
            if depth > MAX_DEPTH:
                return True
            inner = [*value, *value.values()] if isinstance(value, dict) else value
            waiting.extend((one, depth + 1) for one in inner)
    return False
