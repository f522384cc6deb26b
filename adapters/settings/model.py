"""The settings as one class, and how they are read from the environment or a ``.env`` file."""

from collections.abc import Callable, Mapping
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from adapters.settings.errors import PREFIX, BadSettings
from adapters.settings.secrets import remember_secrets
from adapters.settings.sources import NamedFilesSource, find_unreadable_files
from adapters.settings.topics import (
    NoticeSettings,
    ProductSettings,
    ServerSettings,
    ServiceDeskSettings,
    SlackSettings,
    TeamsSettings,
    TeamViewerSettings,
)

_PATTERN_MESSAGES = {
    "SLACK_COMMAND": "must be a slash and a word, like /tv",
    "TEAMS_TENANT_ID": "must be the tenant’s ID, not its domain name",
}
"""What a setting with a pattern must be, in words."""

_MESSAGES = {
    "bool_parsing": "must be true or false",
    "int_parsing": "must be a whole number",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    # pydantic puts the choices into quotation marks, which an answer must not have.
    "literal_error": "must be {expected}",
}
"""What pydantic's own checks ask for, in words, by its names for them."""


class Settings(
    # pydantic takes the fields of the last base first. This order gives the manual's table its order.
    ProductSettings,
    NoticeSettings,
    ServiceDeskSettings,
    TeamViewerSettings,
    TeamsSettings,
    SlackSettings,
    ServerSettings,
    BaseSettings,
):
    """Everything that an operator can set."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_file=".env", env_file_encoding="utf-8", extra="ignore", env_ignore_empty=True
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Prefer a value given directly to one in a named file (``NAME_FILE``)."""
        del file_secret_settings
        return init_settings, env_settings, dotenv_settings, NamedFilesSource(settings_cls)


FindProblems = Callable[[Settings], list[str]]
"""Returns what is wrong or missing for one use of the settings, a line each."""


def no_problems(_settings: Settings) -> list[str]:
    """Ask for nothing beyond the form of each setting."""
    return []


class _GivenSettings(Settings):
    """Settings that ignore the environment and ``.env``."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - pydantic's
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - pydantic's
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - pydantic's
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - pydantic's
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Use only the values that are given to the constructor."""
        return (init_settings,)


def load_settings(find_problems: FindProblems = no_problems) -> Settings:
    """Read the settings from the environment and ``.env``.

    ``find_problems`` returns what else is wrong or missing for a use of the settings. Raises BadSettings, which names
    every setting that is wrong, and never quotes a value.
    """
    unreadable = find_unreadable_files(Settings.model_fields)
    try:
        return _read_settings(Settings, {}, find_problems, unreadable)
    except (OSError, UnicodeDecodeError):
        raise BadSettings([*unreadable, ".env: this file cannot be read as UTF-8 text"]) from None


def settings_from(variables: Mapping[str, str]) -> Settings:
    """Read settings from the given variables (``TVBOT_…``) only, so that they are the same on every machine.

    Raises BadSettings.
    """
    fields = {name.removeprefix(PREFIX).lower(): value for name, value in variables.items()}
    return _read_settings(_GivenSettings, fields, no_problems, [])


def _read_settings(
    settings_class: type[Settings],
    fields: dict[str, Any],
    find_problems: FindProblems,
    unreadable: list[str],
) -> Settings:
    invalid: dict[str, str] = {}
    try:
        settings = settings_class(**fields)
    except ValidationError as error:
        # pydantic's own message quotes the value, which may be a secret.
        invalid = {str(details["loc"][0]): _problem_text(details) for details in error.errors()}
        # The rest is checked too, so that everything is listed at once.
        settings = settings_class(**(fields | {name: _default(name) for name in invalid}))
    problems = [*unreadable, *invalid.values()]
    reported = {problem.partition(":")[0].removesuffix("_FILE") for problem in problems}
    # What is wrong is not missing as well.
    problems += [found for found in find_problems(settings) if found.partition(":")[0] not in reported]
    if problems:
        raise BadSettings(problems)
    remember_secrets(dict(settings))
    return settings


def _default(name: str) -> Any:
    return Settings.model_fields[name].get_default(call_default_factory=True)


def _problem_text(details: ErrorDetails) -> str:
    name = str(details["loc"][0]).upper() if details["loc"] else "SETTINGS"
    message = details["msg"].removeprefix("Value error, ")
    if details["type"] in _MESSAGES:
        message = _MESSAGES[details["type"]].format(**details.get("ctx", {})).replace("'", "")
    if details["type"] == "string_pattern_mismatch":
        message = _PATTERN_MESSAGES[name]
    return f"{PREFIX}{name}: {message}"
