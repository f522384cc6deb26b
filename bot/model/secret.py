"""A value that must not be shown: it prints as ``***`` in logs and tracebacks."""

import hmac
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, eq=False)
class Secret:
    """A token, a supporter link or a phone number. Only ``reveal()`` gives the value."""

    _value: str

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
