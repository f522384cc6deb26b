"""What is wrong with an Adaptive Card: by the published schema, by Teams' own models, and by a Markdown reader."""

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import adaptive_cards
import microsoft_teams.cards
from jsonschema import Draft6Validator
from markdown_it import MarkdownIt
from pydantic import BaseModel, ValidationError
from support.cards import marked
from support.reading import walk

_SCHEMAS = Path(adaptive_cards.__file__).parent / "schemas"
_EXTRAS = {"msteams", "choices.data"}
"""What Teams knows beyond the published schema; and it forgot the style ``filtered``, which is of 1.5."""
_FREE_TEXTS = frozenset(
    {
        "text",
        "fallbackText",
        "title",
        "value",
        "label",
        "placeholder",
        "errorMessage",
        "altText",
        "id",
        "url",
        "tv",
    }
)
"""What may have any words. Everything else, such as a style, has one of a few values."""
_MADE_ID = re.compile("[0-9a-f]{32}")
_MOMENT = re.compile(
    r"\{\{DATE\((\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ), SHORT\)\}\} \{\{TIME\((\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)\)\}\}"
)
_LOOSE = re.compile(r"://|\w@\w|\w\.[a-z]{2}|<at|\{\{", re.IGNORECASE)
"""What a client might make a link, a mention or a moment of."""
_READER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
_HARMLESS = {"text", "strong_open", "strong_close", "link_open", "link_close"}


@cache
def _schema(version: str) -> dict[str, Any]:
    return dict(json.loads((_SCHEMAS / f"schema-{version}.json").read_text("utf-8")))


@cache
def elements_of(version: str) -> frozenset[str]:
    """The types that a version of Adaptive Cards has."""
    return frozenset(_schema(version)["definitions"])


def shape_of(value: Any, name: str = "") -> Any:
    """Return what a schema judges in a card: without the words in it, and of equal elements in a list only one."""
    if isinstance(value, dict):
        return {key: shape_of(inner, key) for key, inner in value.items()}
    if isinstance(value, list):
        shapes = [shape_of(inner, name) for inner in value]
        return [one for place, one in enumerate(shapes) if one not in shapes[:place]]
    if name in _FREE_TEXTS:
        return type(value).__name__
    return _MADE_ID.sub("id", value) if isinstance(value, str) else value


def schema_faults(card: dict[str, Any]) -> list[str]:
    """Hold a card against the published schema of its own version."""
    schema = _schema(card["version"]) | {"anyOf": [{"$ref": "#/definitions/AdaptiveCard"}]}
    plain = _without_extras(card)
    return [
        f"{error.json_path}: {error.message[:300]}" for error in Draft6Validator(schema).iter_errors(plain)
    ]


def _without_extras(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            name: _without_extras(inner)
            for name, inner in value.items()
            if name not in _EXTRAS and inner != "filtered"
        }
    return [_without_extras(inner) for inner in value] if isinstance(value, list) else value


@cache
def _models() -> dict[str, type[BaseModel]]:
    found = [
        one
        for one in vars(microsoft_teams.cards).values()
        if isinstance(one, type) and issubclass(one, BaseModel)
    ]
    return {str(one.model_fields["type"].default): one for one in found if "type" in one.model_fields}


def model_faults(card: dict[str, Any]) -> list[str]:
    """Hold every element of a card against Teams' model of it."""
    faults = []
    for one in walk(card):
        if "type" not in one:
            continue
        model = _models().get(one["type"])
        if model is None:
            faults.append(f"unknown type {one['type']}")
            continue
        known = {field.alias or field.validation_alias or name for name, field in model.model_fields.items()}
        faults += [f"{one['type']} has no {name}" for name in one if name not in known]
        try:
            model.model_validate(one)
        except ValidationError as error:
            faults.append(str(error))
    return faults


def markup_faults(card: dict[str, Any], ours: frozenset[str]) -> Iterator[str]:
    """Find what a Markdown reader makes of a card's texts beyond text, bold words and links to addresses of ours."""
    for text in marked(card):
        yield from _faults_of(_MOMENT.sub("today", text), ours)


@cache
def _faults_of(text: str, ours: frozenset[str]) -> list[str]:
    blocks = _READER.parse(text)
    tokens = [inner for block in blocks for inner in block.children or []]
    faults = [token.type for token in tokens if token.type not in _HARMLESS]
    if text and [block.type for block in blocks] != ["paragraph_open", "inline", "paragraph_close"]:
        faults.append("more than one paragraph")
    is_linked = False
    for token in tokens:
        if token.type == "link_open" and token.attrs["href"] not in ours:
            faults.append(f"a link to {token.attrs['href']}")
        is_linked = token.type == "link_open" or (is_linked and token.type != "link_close")
        if not is_linked and token.type == "text" and (found := _LOOSE.search(token.content)):
            faults.append(f"a loose {found[0]}")
    return [f"{fault} in {text[:300]}" for fault in faults]


def read_as_text(markdown: str) -> str:
    """What a person sees of Markdown, where it is nothing but text."""
    tokens = [inner for block in _READER.parse(markdown) for inner in block.children or []]
    assert {token.type for token in tokens} <= {"text"}, tokens
    return "".join(token.content for token in tokens)
