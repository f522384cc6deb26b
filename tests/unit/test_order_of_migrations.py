"""A migration's number is its place in the order: what a database lacks is found by the numbers."""

import re

from storage.revisions import MIGRATIONS

_REVISIONS = re.compile(r'^revision = "(\d+)"\ndown_revision = (?:"(\d+)"|None)', re.MULTILINE)


def test_each_migration_follows_the_one_with_the_number_before() -> None:
    scripts = sorted((MIGRATIONS / "versions").glob("[0-9]*.py"))
    found = [_REVISIONS.search(one.read_text(encoding="utf-8")) for one in scripts]
    order = [match.groups() for match in found if match is not None]
    numbers = [one.name[:4] for one in scripts]
    assert order == list(zip(numbers, [None, *numbers], strict=False))
