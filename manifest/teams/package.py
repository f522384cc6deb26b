"""Pack the Teams app as a zip file. The same manifest always gives the same bytes."""

import io
import json
import zipfile
from importlib.resources import files
from typing import Any

from bot.i18n import LANGUAGES, Language
from manifest.teams.app import DEFAULT_LANGUAGE
from manifest.teams.localization import build_language_file, translate

_FIXED_TIME = (1980, 1, 1, 0, 0, 0)
"""The earliest time that a zip file can hold. With the real time, equal packages would differ."""
_FILE_MODE = 0o644 << 16


def build_package(manifest: dict[str, Any]) -> bytes:
    """Return the zip file, with every file at its root."""
    contents: dict[str, bytes] = {
        "manifest.json": _encode_json(translate(manifest, Language(DEFAULT_LANGUAGE))),
        "color.png": _read_icon("color.png"),
        "outline.png": _read_icon("outline.png"),
        **{f"{code}.json": _encode_json(build_language_file(manifest, Language(code))) for code in LANGUAGES},
    }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in contents.items():
            entry = zipfile.ZipInfo(name, _FIXED_TIME)
            entry.create_system = 3  # Unix, also when packed on Windows
            entry.external_attr = _FILE_MODE
            archive.writestr(entry, content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def _encode_json(content: dict[str, Any]) -> bytes:
    return f"{json.dumps(content, indent=2, ensure_ascii=False)}\n".encode()


def _read_icon(name: str) -> bytes:
    return files("manifest").joinpath("icons", name).read_bytes()
