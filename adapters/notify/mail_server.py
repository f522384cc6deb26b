"""The mail server that a URL names."""

from dataclasses import dataclass, field
from urllib.parse import parse_qs, unquote, urlsplit

from bot.model.secret import Secret

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_YES = frozenset({"1", "true", "yes", "on"})
_NO = frozenset({"0", "false", "no", "off"})
_WRONG = "the mail server's URL must look like smtp://user:password@host:587?starttls=1 or smtps://user:password@host"


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail is handed over. ``starttls`` None: encrypted where the server offers it."""

    host: str
    port: int
    is_tls: bool
    starttls: bool | None
    user: str | None = field(default=None, repr=False)
    password: Secret | None = None

    @classmethod
    def from_url(cls, url: str) -> "MailServer":
        """Read a URL, user and password percent-decoded. Raises ValueError, which never quotes the URL."""
        try:
            parts = urlsplit(url)
            host, port = parts.hostname, parts.port
        except ValueError:
            raise ValueError(_WRONG) from None
        if parts.scheme not in {"smtp", "smtps"} or not host or parts.path not in {"", "/"}:
            raise ValueError(_WRONG)
        is_tls = parts.scheme == "smtps"
        user = unquote(parts.username) if parts.username else None
        starttls = (
            False if is_tls else _starttls(parts.query, must=user is not None and host not in _LOOPBACK)
        )
        return cls(
            host=host,
            port=port or _usual_port(is_tls=is_tls, starttls=starttls),
            is_tls=is_tls,
            starttls=starttls,
            user=user,
            password=Secret(unquote(parts.password)) if user and parts.password else None,
        )


def _starttls(query: str, *, must: bool) -> bool | None:
    """Read ``starttls``. Where it is left out, a password never travels in the clear all the same."""
    told = parse_qs(query).get("starttls", [""])[-1].lower()
    if told in _YES | _NO:
        return told in _YES
    return True if must else None


def _usual_port(*, is_tls: bool, starttls: bool | None) -> int:
    """Return the port of RFC 8314 and RFC 6409, or of plain SMTP."""
    if is_tls:
        return 465
    return 587 if starttls else 25
