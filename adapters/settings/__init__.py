"""The settings: one table, from the environment or a ``.env`` file, for validation and the manual."""

from adapters.settings.chart import chart_settings_schema
from adapters.settings.checks import check_for_serving, problems_for_serving, problems_with_keys
from adapters.settings.errors import PREFIX, BadSettings
from adapters.settings.keys import reveal_setting, vault_keys
from adapters.settings.model import Settings, load_settings, settings_from
from adapters.settings.printed import settings_example, settings_table
from adapters.settings.secrets import remember_secrets
from adapters.settings.topics import NO_PHONE_REGION

__all__ = [
    "NO_PHONE_REGION",
    "PREFIX",
    "BadSettings",
    "Settings",
    "chart_settings_schema",
    "check_for_serving",
    "load_settings",
    "problems_for_serving",
    "problems_with_keys",
    "remember_secrets",
    "reveal_setting",
    "settings_example",
    "settings_from",
    "settings_table",
    "vault_keys",
]
