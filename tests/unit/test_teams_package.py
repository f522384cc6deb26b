"""The Teams package: complete, in every language, with valid icons, and the same bytes each time."""

import re
import struct
import zlib
from pathlib import Path
from typing import Any

import pytest
from support.teams_package import APP_ID, URL, Builder, Package, manifest_teams, problems

from bot.i18n import LANGUAGES

DESCRIPTION = 128
"""The longest description by Teams' manual. Its schema allows more."""
SYMBOL = range(48, 144)
"""The middle of the colour icon: a crop may touch what is outside."""
NAMES = {"name.short", "name.full"}


@pytest.fixture
def build(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Builder:
    return Builder(monkeypatch, tmp_path)


def _at(manifest: Any, path: str) -> Any:
    """Return the value in a manifest at the key of a language file."""
    for name, place in re.findall(r"([A-Za-z]+)|\[(\d+)\]", path):
        manifest = manifest[name] if name else manifest[int(place)]
    return manifest


def _pixels(file: bytes) -> tuple[int, int, list[tuple[int, ...]]]:
    """Return the pixels of an unfiltered PNG, after a check of every checksum."""
    assert file.startswith(b"\x89PNG\r\n\x1a\n")
    at, chunks = 8, {}
    while at < len(file):
        (length,) = struct.unpack_from(">I", file, at)
        name, content = file[at + 4 : at + 8], file[at + 8 : at + 8 + length]
        assert struct.unpack_from(">I", file, at + 8 + length)[0] == zlib.crc32(name + content)
        chunks[name] = content
        at += 12 + length
    width, height, *form = struct.unpack(">IIBBBBB", chunks[b"IHDR"])
    assert form == [8, 6, 0, 0, 0]
    raw = zlib.decompress(chunks[b"IDAT"])
    assert len(raw) == height * (1 + 4 * width)
    rows = [raw[start : start + 1 + 4 * width] for start in range(0, len(raw), 1 + 4 * width)]
    assert {row[0] for row in rows} == {0}
    return width, height, [tuple(row[at : at + 4]) for row in rows for at in range(1, len(row), 4)]


def test_package_has_exactly_the_files_that_the_manifest_names(build: Builder) -> None:
    package = build()
    manifest, languages = package.manifest, package.manifest["localizationInfo"]
    named = [
        manifest["icons"]["color"],
        manifest["icons"]["outline"],
        languages["defaultLanguageFile"],
        *(one["file"] for one in languages["additionalLanguages"]),
    ]
    assert sorted(package.files) == sorted(["manifest.json", *named])
    assert not any("/" in name for name in package.files)
    tags = [
        languages["defaultLanguageTag"],
        *(one["languageTag"] for one in languages["additionalLanguages"]),
    ]
    assert tags == list(LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_language_file_is_valid_by_microsofts_schema(build: Builder, language: str) -> None:
    """Each text is at a path of the manifest, and short enough for it."""
    package = build()
    file = package.json(f"{language}.json")
    assert problems("teams-manifest-localization.v1.29.json", file) == []
    sentences = package.sentences(language)
    assert NAMES | {"description.short", "description.full"} <= sentences.keys()
    for path in sentences:
        assert isinstance(_at(package.manifest, path), str), path
    menus = [said for path, said in sentences.items() if "commands[" in path]
    assert menus
    assert all(len(said) <= DESCRIPTION for said in menus)
    file["composeExtensions[0].commands[0].title"] = "x" * 33
    assert len(problems("teams-manifest-localization.v1.29.json", file)) == 1


def test_every_language_file_has_the_same_keys(build: Builder) -> None:
    """English has the texts of the manifest. Other languages differ, except for the name that people mention."""
    package = build()
    english = package.sentences("en")
    assert {path: _at(package.manifest, path) for path in english} == english
    for language in LANGUAGES:
        sentences = package.sentences(language)
        assert sentences.keys() == english.keys()
        same = {path for path, said in sentences.items() if said == english[path]}
        assert same == (NAMES if language != "en" else english.keys())


def test_colour_icon_is_a_mark_on_a_solid_square(build: Builder) -> None:
    """It is 192 by 192 pixels, not transparent, and no part of the mark is where Teams crops."""
    package = build()
    width, height, pixels = _pixels(package.files["color.png"])
    assert (width, height) == (192, 192)
    background = (*bytes.fromhex(package.manifest["accentColor"].removeprefix("#")), 255)
    inside: set[tuple[int, ...]] = set()
    outside: set[tuple[int, ...]] = set()
    for place, pixel in enumerate(pixels):
        (inside if place % width in SYMBOL and place // width in SYMBOL else outside).add(pixel)
    assert outside == {background}
    assert {pixel[3] for pixel in inside} == {255}
    assert {background, (255, 255, 255, 255)} < inside


def test_outline_icon_is_white_on_transparent(build: Builder) -> None:
    """It is 32 by 32 pixels, filled from edge to edge, in one colour. Only edges are half transparent."""
    width, height, pixels = _pixels(build().files["outline.png"])
    assert (width, height) == (32, 32)
    assert {pixel[:3] for pixel in pixels} == {(255, 255, 255)}
    seen = [place for place, pixel in enumerate(pixels) if pixel[3]]
    columns = {place % width for place in seen}
    assert max(columns) - min(columns) >= width - 2
    opaque = sum(pixel[3] == 255 for pixel in pixels)
    clear = sum(pixel[3] == 0 for pixel in pixels)
    assert min(opaque, clear) > len(pixels) / 5
    assert opaque + clear > len(pixels) * 3 / 4


def test_same_input_makes_the_same_package_bytes(build: Builder) -> None:
    build()
    first = build.file.read_bytes()
    build()
    assert build.file.read_bytes() == first
    build("--app-version", "9.9.9")
    assert build.file.read_bytes() != first


def test_command_prints_where_the_package_is(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Without an option that is tvbot-teams.zip in the current folder."""
    monkeypatch.chdir(tmp_path)
    assert manifest_teams(monkeypatch, "--url", URL, "--app-id", APP_ID) == 0
    assert capsys.readouterr().out == "Wrote tvbot-teams.zip.\n"
    assert Package(tmp_path / "tvbot-teams.zip").manifest["id"] == APP_ID


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (["--app-id", APP_ID], "--url"),
        (["--url", URL], "--app-id"),
        (["--url", "http://tvbot.example.com", "--app-id", APP_ID], "--url"),
        (["--url", "https://user:hunter2@tvbot.example.com", "--app-id", APP_ID], "--url"),
        (["--url", f"{URL}/api/messages", "--app-id", APP_ID], "--url"),
        (["--url", URL, "--app-id", ""], "--app-id"),
        (["--url", URL, "--app-id", "hunter2"], "--app-id"),
        (["--url", URL, "--app-id", APP_ID.replace("-", "")], "--app-id"),
        (["--url", URL, "--app-id", f"{APP_ID}0"], "--app-id"),
        (["--url", URL, "--app-id", APP_ID, "--servicedesk-url", "https://localhost"], "--servicedesk-url"),
        (["--url", URL, "--app-id", APP_ID, "--privacy-url", "http://example.com"], "--privacy-url"),
        (["--url", URL, "--app-id", APP_ID, "--terms-url", "example.com/terms"], "--terms-url"),
        (["--url", URL, "--app-id", APP_ID, "--terms-url", ""], "--terms-url"),
        (["--url", URL, "--app-id", APP_ID, "--app-version", "1.0"], "--app-version"),
        (["--url", URL, "--app-id", APP_ID, "--app-version", "01.0.0"], "--app-version"),
        (["--url", URL, "--app-id", APP_ID, "--app-version", ""], "--app-version"),
        (["--url", URL, "--app-id", APP_ID, "--out", "/dev/null/teams.zip"], "--out"),
        (["--url", URL, "--app-id", APP_ID, "--out", "/"], "--out"),
        (["--url", URL, "--app-id", APP_ID, "teams.zip"], "teams.zip"),
    ],
)
def test_wrong_option_prints_one_line_and_exits_with_2(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    options: list[str],
    named: str,
) -> None:
    """The line names the option, quotes no secret, and no file is written."""
    monkeypatch.chdir(tmp_path)
    assert manifest_teams(monkeypatch, *options) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("tvbot: ")
    assert said.err.count("\n") == 1
    assert named in said.err
    assert "hunter2" not in said.err
    assert list(tmp_path.iterdir()) == []
