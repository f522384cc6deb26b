"""Secrets among the settings."""

from pydantic import SecretStr

from adapters.settings.model import Settings
from bot.model.secret import Secret


def reveal_setting(value: SecretStr | None) -> Secret:
    """Return a secret setting as the product's own type. It is empty if the setting is not set."""
    return Secret(value.get_secret_value() if value else "")


def vault_keys(settings: Settings) -> list[str]:
    """Return the keys of the vault. The first one encrypts."""
    keys = settings.secret_keys.get_secret_value() if settings.secret_keys else ""
    return [key.strip() for key in keys.split(",") if key.strip()]
