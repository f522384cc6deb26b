"""Open the vault for a command of the operator."""

from adapters.settings import PREFIX, BadSettings, Settings, vault_keys
from storage.vault import BadKey, Vault


def open_vault(settings: Settings) -> Vault:
    """Return the vault with the configured keys. Raises BadSettings."""
    try:
        return Vault(vault_keys(settings))
    except BadKey as error:
        raise BadSettings([f"{PREFIX}SECRET_KEYS: {error}"]) from None
