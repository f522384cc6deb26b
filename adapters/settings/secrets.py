"""The secrets among the settings. The log masks them from the moment they are read."""

from collections.abc import Mapping

from pydantic import SecretStr

from bot.model.known_secrets import known_secrets


def remember_secrets(values: Mapping[str, object]) -> None:
    """Let the log mask every secret setting, each key of a list, and the password of the database."""
    for value in values.values():
        if isinstance(value, SecretStr):
            for part in value.get_secret_value().split(","):
                known_secrets.add(part.strip(), pinned=True)
    for part in _password_parts(str(values.get("database_url", ""))):
        known_secrets.add(part, pinned=True)


def _password_parts(url: str) -> list[str]:
    """Return the password in a URL, and its parts if it has an ``@``: a driver takes one of them for the host."""
    credentials = url.partition("://")[2].rpartition("@")[0]
    password = credentials.partition(":")[2]
    return [password, *password.split("@")]
