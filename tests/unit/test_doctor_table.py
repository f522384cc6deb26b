"""The table of the doctor's checks: the manual has every one, with its remedy."""

from pathlib import Path

from adapters.doctor.table import CHECKS, render_check_table

MANUAL = Path(__file__).parents[2] / "docs" / "operating.md"


def test_manual_lists_every_check_with_its_remedy() -> None:
    manual = MANUAL.read_text(encoding="utf-8")
    between = manual.split("<!-- checks -->\n")[1].split("\n<!-- /checks -->")[0]
    assert between == render_check_table(), "run `sh scripts/settings`"


def test_names_of_checks_are_unique() -> None:
    assert len({check.name for check in CHECKS}) == len(CHECKS)
