"""The user's manual has every word that can be typed."""

import re
from pathlib import Path

import pytest

from bot.admin_command_syntax import ADMIN_COMMAND_TABLE
from bot.command_row import CommandRow
from bot.command_syntax import COMMAND_TABLE

MANUAL = Path(__file__).parents[2] / "docs" / "using.md"
ROWS = [*COMMAND_TABLE.values(), *ADMIN_COMMAND_TABLE.values()]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.pattern)
def test_every_word_is_in_the_manual(row: CommandRow) -> None:
    typed = " ".join(re.findall(r"`([^`]+)`", MANUAL.read_text()))
    assert re.search(rf"(?<![\w-]){row.name}(?![\w-])", typed), f"docs/using.md does not explain {row.name}"
