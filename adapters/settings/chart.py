"""The settings as the Helm chart takes them: a part of the JSON Schema of its values."""

from typing import Any

from adapters.settings.errors import PREFIX
from adapters.settings.model import Settings

SET_BY_CHART = frozenset({"host", "port", "operations_host", "operations_port"})
"""The addresses on which the bot listens in its container: the chart's probes and services must know them."""
NOT_IN_A_CONTAINER = frozenset({"teams_allow_anonymous"})
"""Refused unless the bot listens on a loopback address."""
_KEPT = ("type", "enum", "pattern", "format", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")


def is_secret(name: str) -> bool:
    """Return whether a setting belongs into a Secret. The address of the database has its password in it."""
    return name == "database_url" or "SecretStr" in str(Settings.model_fields[name].annotation)


def chart_settings_schema() -> dict[str, Any]:
    """Return the JSON Schema of the settings that are no secrets. A setting that does not exist is refused."""
    fields = Settings.model_json_schema()["properties"]
    left_out = SET_BY_CHART | NOT_IN_A_CONTAINER | {name for name in fields if is_secret(name)}
    return {
        "type": "object",
        "description": "The settings that are no secrets. Secrets belong into the Secret that secretName names.",
        "additionalProperties": False,
        "properties": {
            f"{PREFIX}{name.upper()}": _value_schema(field)
            for name, field in fields.items()
            if name not in left_out
        },
    }


def _value_schema(field: dict[str, Any]) -> dict[str, Any]:
    # An optional setting is simply left out.
    (value,) = [one for one in field.get("anyOf", [field]) if one.get("type") != "null"]
    schema = {"description": field["description"], **{key: value[key] for key in _KEPT if key in value}}
    if schema["type"] == "array":
        return {**schema, "type": ["string", "array"], "items": {"type": "string"}}
    return schema
