"""Read settings from files that are named by a variable, such as ``TVBOT_SLACK_BOT_TOKEN_FILE``."""

import os
from collections.abc import Iterable
from pathlib import Path

from pydantic.fields import FieldInfo
from pydantic_settings import PydanticBaseSettingsSource

from adapters.settings.errors import PREFIX


class NamedFilesSource(PydanticBaseSettingsSource):
    """A source of pydantic-settings: ``TVBOT_NAME_FILE`` is the path of a file with the value of ``TVBOT_NAME``."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[None, str, bool]:  # noqa: ARG002 - pydantic's
        """Return nothing: ``__call__`` reads all fields at once. The base class requires this method."""
        return None, field_name, False

    def __call__(self) -> dict[str, str]:
        """Return the values that are given by file. A file that cannot be read gives none."""
        read = {name: _read_file(name) for name in self.settings_cls.model_fields}
        return {name: value for name, value in read.items() if value is not None}


def find_unreadable_files(names: Iterable[str]) -> list[str]:
    """Return a problem for each setting whose file is named, and cannot be read."""
    return [
        f"{_variable(name)}: this file cannot be read as UTF-8 text"
        for name in names
        if os.environ.get(_variable(name)) and _read_file(name) is None
    ]


def is_readable_text(path: Path) -> bool:
    """Whether a file can be read as UTF-8 text."""
    try:
        path.read_text(encoding="utf-8")
    except (OSError, ValueError):
        return False
    return True


def _variable(name: str) -> str:
    return f"{PREFIX}{name.upper()}_FILE"


def _read_file(name: str) -> str | None:
    path = os.environ.get(_variable(name))
    try:
        return Path(path).read_text(encoding="utf-8").strip() if path else None
    except (OSError, ValueError):
        return None
