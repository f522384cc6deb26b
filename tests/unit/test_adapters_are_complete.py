"""An adapter for an outside system has its import contracts, and a simulated counterpart to be tested against."""

import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NOT_AN_OUTSIDE_SYSTEM = {"cli", "doctor", "engine", "settings", "web"}
"""The command line, the doctor, the job engine, the settings, and the pages that the bot serves itself."""
SIMULATED_BY = {"notify": ("mail.py", "sms.py")}
"""Where a counterpart has another name than its adapter."""
ADAPTERS = sorted(path.name for path in (ROOT / "adapters").iterdir() if (path / "__init__.py").exists())


@pytest.mark.parametrize("adapter", ADAPTERS)
def test_every_adapter_is_in_the_import_contracts(adapter: str) -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    limited = {
        module
        for contract in contracts
        for key in ("source_modules", "modules")
        for module in contract.get(key, ())
    }
    assert f"adapters.{adapter}" in limited, f"no import contract in pyproject.toml names adapters.{adapter}"


@pytest.mark.parametrize("adapter", sorted(set(ADAPTERS) - {"cli"}))
def test_every_adapter_is_wired_in_the_bootstrap(adapter: str) -> None:
    bootstrap = (ROOT / "adapters" / "bootstrap.py").read_text()
    assert f"adapters.{adapter}" in bootstrap, f"adapters/bootstrap.py does not use adapters.{adapter}"


@pytest.mark.parametrize("adapter", sorted(set(ADAPTERS) - NOT_AN_OUTSIDE_SYSTEM))
def test_every_outside_system_is_simulated(adapter: str) -> None:
    for name in SIMULATED_BY.get(adapter, (adapter,)):
        assert (ROOT / "sandbox" / name).exists(), f"sandbox/ has no {name} for adapters/{adapter}"
