"""A value that must not be shown: it prints as ``***`` in logs and tracebacks."""

import hmac
import secrets
from collections.abc import Callable

from bot.model.known_secrets import known_secrets


class Secret:
    """A token, a supporter link or a phone number. Only ``reveal()`` gives the value, and the log masks it everywhere.

    It is a plain class on purpose: msgspec writes the fields of values and of dataclasses as JSON, and refuses a plain class.
    """

    __slots__ = ("_read", "_value")

    def __init__(self, value: str) -> None:
        known_secrets.add(value)
        self._value = value
        self._read: Callable[[], str] | None = None

    @classmethod
    def read_when_needed(cls, read: Callable[[], str]) -> "Secret":
        """Return a secret whose value ``read`` returns. It is called when the value is needed first, and may raise then.

        Two such secrets are equal without being read where their ``read`` is equal.
        """
        secret = cls("")
        secret._read = read
        return secret

    def reveal(self) -> str:
        """Return the value itself, for the one place that needs it."""
        read = self._read
        if read is not None:
            value = read()
            known_secrets.add(value)
            self._value, self._read = value, None
        return self._value

    def __repr__(self) -> str:
        return "Secret(***)"

    def __str__(self) -> str:
        return "***"

    def __bool__(self) -> bool:
        return bool(self.reveal())

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        if self is other or (self._read is not None and self._read == other._read):
            return True
        # A secret may be compared with what a stranger sent, so the time must not depend on the value.
        return hmac.compare_digest(self.reveal().encode(), other.reveal().encode())

    def __hash__(self) -> int:
        return hash(("Secret", self.reveal()))


def new_token(random_bytes: int) -> str:
    """Return a new random token, safe in a URL. The log masks it from now on."""
    token = secrets.token_urlsafe(random_bytes)
    known_secrets.add(token)
    return token
