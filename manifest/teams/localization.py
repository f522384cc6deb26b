"""Translate the texts of a manifest, in place or as a language file."""

from collections.abc import Iterator
from typing import Any

from bot.i18n import Language, Text

LOCALIZATION_SCHEMA = (
    "https://developer.microsoft.com/json-schemas/teams/v1.29/MicrosoftTeams.Localization.schema.json"
)


def translate(part: Any, language: Language) -> Any:
    """Return a part of a manifest with its texts in one language."""
    match part:
        case Text():
            return language.say(part)
        case dict():
            return {name: translate(inner, language) for name, inner in part.items()}
        case list():
            return [translate(inner, language) for inner in part]
        case _:
            return part


def build_language_file(manifest: dict[str, Any], language: Language) -> dict[str, str]:
    """Return a language file: each translated text under its path in the manifest, like ``description.short``."""
    translations = {path: language.say(text) for path, text in _find_texts(manifest, "")}
    return {"$schema": LOCALIZATION_SCHEMA, **translations}


def _find_texts(part: Any, path: str) -> Iterator[tuple[str, Text]]:
    match part:
        case Text():
            yield path, part
        case dict():
            for name, inner in part.items():
                yield from _find_texts(inner, f"{path}.{name}" if path else name)
        case list():
            for index, inner in enumerate(part):
                yield from _find_texts(inner, f"{path}[{index}]")
