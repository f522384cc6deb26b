"""A value that must not be shown: it prints as ``***`` in logs and tracebacks."""

import hmac
import secrets
from typing import Final

from bot.model.known_secrets import known_secrets


class Secret:
    """A token, a supporter link or a phone number. Only ``reveal()`` gives the value, and the log masks it everywhere.

    It is no value of ``bot.values`` and no dataclass: msgspec would write its text into JSON. As it is, msgspec refuses it.
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value: Final = value
        known_secrets.add(value)

    def reveal(self) -> str:
        """Return the value itself, for the one place that needs it."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(***)"

    def __str__(self) -> str:
        return "***"

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        # A secret may be compared with what a stranger sent, so the time must not depend on the value.
        return hmac.compare_digest(self._value.encode(), other._value.encode())

    def __hash__(self) -> int:
        return hash(("Secret", self._value))


def new_token(random_bytes: int) -> str:
    """Return a new random token, safe in a URL. The log masks it from now on."""
    token = secrets.token_urlsafe(random_bytes)
    known_secrets.add(token)
    return token
