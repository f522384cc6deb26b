"""The schema of Adaptive Cards in Teams: each type with its properties, and the values of each property.

It follows the published schema of Adaptive Cards 1.5 and the elements that Teams adds (Microsoft's model of Teams'
cards, 2026-09). In ``card_schema.json`` a property holds one of the forms between ``|``: ``string``, ``boolean``,
``number``, ``any``, a constant (``=word``), an ``element``, an ``action``, a ``part:Name``; ``*`` means a list.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_SCHEMA: Mapping[str, Any] = json.loads(
    (Path(__file__).parent / "card_schema.json").read_text(encoding="utf-8")
)
Forms = tuple[str, ...]


def _parse_forms(forms: str) -> Forms:
    return tuple(_SCHEMA["words"].get(forms.removeprefix("@"), forms).split("|"))


def _parse_types(kind: str, common: Mapping[str, str]) -> dict[str, dict[str, Forms]]:
    return {
        name: {key: _parse_forms(forms) for key, forms in {**common, **properties}.items()}
        for name, properties in _SCHEMA[kind].items()
    }


ELEMENTS = _parse_types("elements", _SCHEMA["every_element"])
ACTIONS = _parse_types("actions", _SCHEMA["every_action"])
PARTS = _parse_types("parts", {})
REQUIRED: Mapping[str, list[str]] = _SCHEMA["required"]
SINCE: Mapping[str, str] = _SCHEMA["since"]
"""The version of Adaptive Cards that added a type, if later than 1.0."""
TEAMS_ONLY = frozenset(_SCHEMA["teams_only"])
"""Types that only Teams knows. Other hosts and old clients drop the whole container of one without a fallback."""
