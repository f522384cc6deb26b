"""Every decision record has the agreed form, a number of its own, and a row in the index."""

import re
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "docs" / "decisions"
RECORDS = sorted(FOLDER.glob("[0-9]*.md"))
PAGE_LINES = 60


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.stem)
def test_record_has_number_title_and_three_sections(record: Path) -> None:
    lines = record.read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith(f"# {record.name[:4]}: ")
    sections = [line for line in lines if line.startswith("## ")]
    assert sections == ["## Context", "## Decision", "## Consequences"]
    assert len(lines) <= PAGE_LINES


def test_index_lists_every_record_once() -> None:
    index = (FOLDER / "README.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| \[(.+?)\]\((.+?)\)", index, flags=re.MULTILINE)
    names = [name for name, _target in listed]
    assert all(name == target for name, target in listed)
    assert {record.name for record in RECORDS} <= set(names)
    numbers = [name[:4] for name in names]
    assert numbers == sorted(set(numbers)), "each number once, in order"
