"""Packs the Teams app: the same manifest always makes the same bytes."""

import io
import json
import zipfile
from typing import Any

from bot.i18n import LANGUAGES, Language
from manifest.icons import mark
from manifest.teams.app import DEFAULT_LANGUAGE
from manifest.teams.languages import locale_file, said

_EARLIEST = (1980, 1, 1, 0, 0, 0)
"""The first moment that a zip file can name: a package says nothing of when it was made."""
_READABLE = 0o644 << 16


def package(manifest: dict[str, Any]) -> bytes:
    """Return the package as a zip file, everything at its root."""
    files: dict[str, bytes] = {
        "manifest.json": _json(said(manifest, Language(DEFAULT_LANGUAGE))),
        "color.png": mark.color(),
        "outline.png": mark.outline(),
        **{f"{code}.json": _json(locale_file(manifest, Language(code))) for code in LANGUAGES},
    }
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name, _EARLIEST)
            entry.create_system = 3  # Unix, wherever it was packed
            entry.external_attr = _READABLE
            archive.writestr(entry, content, zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def _json(content: dict[str, Any]) -> bytes:
    return f"{json.dumps(content, indent=2, ensure_ascii=False)}\n".encode()
