"""The manual says of each secret how it is replaced."""

from pathlib import Path

from adapters.settings import PREFIX, Settings
from adapters.settings.chart import is_secret

MANUAL = Path(__file__).parents[2] / "docs" / "operating.md"


def test_manual_says_of_each_secret_how_it_is_replaced() -> None:
    manual = MANUAL.read_text(encoding="utf-8")
    described = manual.split("**Keys**: ")[1].split("**Backup and restore**")[0]
    secrets = [f"{PREFIX}{name.upper()}" for name in Settings.model_fields if is_secret(name)]
    assert [name for name in secrets if f"`{name}`" not in described] == []
