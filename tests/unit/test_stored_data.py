"""The manual says of every table what is in it, and for how long."""

from pathlib import Path

import pytest

from storage.tables import metadata

STORED = (Path(__file__).parents[2] / "docs" / "stored-data.md").read_text(encoding="utf-8")
NAMED = {
    name.strip("` ")
    for line in STORED.splitlines()
    if line.startswith("| `")
    for name in line.split("|")[1].split(",")
}


@pytest.mark.parametrize("name", metadata.tables)
def test_table_is_in_the_manual(name: str) -> None:
    assert name in NAMED, "say in docs/stored-data.md what is in it, and for how long"


def test_manual_names_no_table_that_does_not_exist() -> None:
    assert set(metadata.tables) >= NAMED
