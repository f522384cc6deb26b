"""Check the address of the database without opening it."""

from urllib.parse import urlsplit

SQLITE = "sqlite:///"
POSTGRESQL = "postgresql://"
_POSTGRESQL_FORM = "must be like postgresql://user:password@host:5432/name; in the password, write @ : / ? # % as %40 %3A %2F %3F %23 %25"


def check_database_url(url: str) -> str:
    """Return the address. Raises ValueError, which says what is wrong without a part of the address."""
    if url.startswith(SQLITE):
        if url.partition("?")[0].removeprefix(SQLITE) in {"", ":memory:"}:
            raise ValueError("must name a file, like sqlite:///tvbot.db")
        return url
    if not url.startswith(POSTGRESQL):
        raise ValueError("must begin with sqlite:/// or postgresql://")
    if not _is_postgresql_url(url):
        raise ValueError(_POSTGRESQL_FORM)
    return url


def _is_postgresql_url(url: str) -> bool:
    """Return whether the address can be read in one way only. A driver would take a part of a password for the host."""
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - reading it raises ValueError if the port is not a number
    except ValueError:
        return False
    user = parts.netloc.rpartition("@")[0]
    rest = f"{parts.path}?{parts.query}"
    return "@" not in user and user.count(":") <= 1 and "@" not in rest and not parts.fragment
