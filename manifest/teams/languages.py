"""Says a manifest that is built of sentences not yet said: whole in one language, or its sentences alone in another."""

from collections.abc import Iterator
from typing import Any

from bot.i18n import Language, Text

LOCALIZATION_SCHEMA = (
    "https://developer.microsoft.com/json-schemas/teams/v1.29/MicrosoftTeams.Localization.schema.json"
)


def said(part: Any, language: Language) -> Any:
    """Return a part of a manifest with its sentences said."""
    match part:
        case Text():
            return language.say(part)
        case dict():
            return {name: said(inner, language) for name, inner in part.items()}
        case list():
            return [said(inner, language) for inner in part]
        case _:
            return part


def locale_file(manifest: dict[str, Any], language: Language) -> dict[str, str]:
    """Return what a language's file holds: each sentence under its path, like ``description.short``."""
    sentences = {path: language.say(text) for path, text in _sentences(manifest, "")}
    return {"$schema": LOCALIZATION_SCHEMA, **sentences}


def _sentences(part: Any, path: str) -> Iterator[tuple[str, Text]]:
    match part:
        case Text():
            yield path, part
        case dict():
            for name, inner in part.items():
                yield from _sentences(inner, f"{path}.{name}" if path else name)
        case list():
            for place, inner in enumerate(part):
                yield from _sentences(inner, f"{path}[{place}]")
