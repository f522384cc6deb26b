"""The manual of the house names every file of the adapters of outside systems: a new file gets its place there."""

from pathlib import Path

import pytest

import adapters

ROOT = Path(adapters.__file__).parent
BUILDING = (ROOT.parent / "docs" / "building.md").read_text(encoding="utf-8")
PLACES = sorted(
    path.relative_to(ROOT).as_posix()
    for package in ("slack", "teams", "teams/transport", "servicedesk", "teamviewer")
    for path in (ROOT / package).iterdir()
    if path.name not in {"__init__.py", "__pycache__", "transport"}
)


@pytest.mark.parametrize("place", PLACES)
def test_place_is_in_a_table(place: str) -> None:
    _package, _slash, name = place.partition("/")
    shown = name if name.endswith(".py") else f"{name}/"
    assert f"`{shown}`" in BUILDING
