"""Parse the URL of a mail server."""

from urllib.parse import parse_qs, unquote, urlsplit

from bot.model.secret import Secret
from bot.values import field, value_class

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_YES = frozenset({"1", "true", "yes", "on"})
_NO = frozenset({"0", "false", "no", "off"})
_WRONG_URL = "the mail server's URL must look like smtp://user:password@host:587?starttls=1 or smtps://user:password@host"


@value_class
class MailServer:
    """Address and credentials of a mail server. ``starttls`` None: encrypt if the server offers it."""

    host: str
    port: int
    is_tls: bool
    starttls: bool | None
    user: str | None = field(default=None, repr=False)
    password: Secret | None = None

    @classmethod
    def from_url(cls, url: str) -> "MailServer":
        """Parse a URL. User and password are percent-decoded. Raises ValueError, which never quotes the URL."""
        try:
            parts = urlsplit(url)
            host, port = parts.hostname, parts.port
        except ValueError:
            raise ValueError(_WRONG_URL) from None
        if parts.scheme not in {"smtp", "smtps"} or not host or parts.path not in {"", "/"}:
            raise ValueError(_WRONG_URL)
        is_tls = parts.scheme == "smtps"
        user = unquote(parts.username) if parts.username else None
        starttls = (
            False
            if is_tls
            else _parse_starttls(parts.query, is_required=user is not None and host not in _LOOPBACK)
        )
        return cls(
            host=host,
            port=port or _default_port(is_tls=is_tls, starttls=starttls),
            is_tls=is_tls,
            starttls=starttls,
            user=user,
            password=Secret(unquote(parts.password)) if user and parts.password else None,
        )


def _parse_starttls(query: str, *, is_required: bool) -> bool | None:
    """Return the query parameter ``starttls``. Without it, encryption is required if a password is sent."""
    value = parse_qs(query).get("starttls", [""])[-1].lower()
    if value in _YES | _NO:
        return value in _YES
    return True if is_required else None


def _default_port(*, is_tls: bool, starttls: bool | None) -> int:
    """Return the port of RFC 8314 (TLS), RFC 6409 (submission) or RFC 5321 (plain SMTP)."""
    if is_tls:
        return 465
    return 587 if starttls else 25
