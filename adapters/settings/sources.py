"""Read settings from files that are named by a variable, such as ``TVBOT_SLACK_BOT_TOKEN_FILE``."""

import os
from pathlib import Path

from pydantic.fields import FieldInfo
from pydantic_settings import PydanticBaseSettingsSource

from adapters.settings.errors import PREFIX, BadSettings


class NamedFilesSource(PydanticBaseSettingsSource):
    """A source of pydantic-settings: ``TVBOT_NAME_FILE`` is the path of a file with the value of ``TVBOT_NAME``."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[None, str, bool]:  # noqa: ARG002 - pydantic's
        """Return nothing: ``__call__`` reads all fields at once. The base class requires this method."""
        return None, field_name, False

    def __call__(self) -> dict[str, str]:
        """Return the values that are given by file. Raises BadSettings if a file cannot be read."""
        values: dict[str, str] = {}
        for name in self.settings_cls.model_fields:
            variable = f"{PREFIX}{name.upper()}_FILE"
            path = os.environ.get(variable)
            if not path:
                continue
            try:
                values[name] = Path(path).read_text(encoding="utf-8").strip()
            except OSError:
                raise BadSettings([f"{variable}: this file cannot be read"]) from None
        return values
