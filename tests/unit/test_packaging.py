"""The locks and the wheel contain what an installation runs, and nothing that depends on this machine."""

import ast
import re
import sys
import zipfile
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from hatchling.builders.wheel import WheelBuilder

ROOT = Path(__file__).parents[2]
PACKAGES = ("bot", "adapters", "storage", "sandbox", "manifest")
LOCKS = ("requirements.lock", "requirements-traces.lock", "requirements-dev.lock")
ONLY_WITH_TRACES = "adapters/otlp.py"
"""The one file that imports what the extra `traces` installs."""


def _read_pins(lock: str) -> dict[str, str]:
    """Return the requirement of each distribution: version and environment marker."""
    text = (ROOT / lock).read_text(encoding="utf-8")
    return dict(re.findall(r"^([a-z0-9-]+)(?:\[[a-z,]+\])?==(.+?) \\$", text, flags=re.MULTILINE))


def _source_files() -> Iterator[Path]:
    for package in PACKAGES:
        for file in (ROOT / package).rglob("*"):
            if file.is_file() and "__pycache__" not in file.parts:
                yield file


def _imported_modules(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.partition(".")[0]


def test_runtime_lock_is_part_of_the_development_lock() -> None:
    """Production runs the versions that the tests ran."""
    runtime, traces, development = (_read_pins(lock) for lock in LOCKS)
    assert runtime
    assert runtime.items() < traces.items() < development.items()
    assert not runtime.keys() & {"pytest", "mypy", "ruff", "playwright", "hypothesis"}


def test_runtime_lock_covers_every_import_of_the_product() -> None:
    """Including what ``tvbot demo`` imports: it is part of the installed product."""
    python_files = [file for file in _source_files() if file.suffix == ".py"]
    with_traces = ROOT / ONLY_WITH_TRACES
    _expect_covered([file for file in python_files if file != with_traces], "requirements.lock")
    _expect_covered([with_traces], "requirements-traces.lock")


def _expect_covered(python_files: list[Path], lock: str) -> None:
    pins = _read_pins(lock)
    distributions = packages_distributions()
    modules = {module for file in python_files for module in _imported_modules(file)}
    for module in modules - set(PACKAGES) - sys.stdlib_module_names:
        names = {re.sub(r"[-_.]+", "-", name).lower() for name in distributions[module]}
        assert names & pins.keys(), f"{lock} lacks {module}"


@pytest.mark.parametrize("lock", LOCKS)
def test_lock_has_hashes_and_no_download_address(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    requirements = re.split(r"\n(?=[a-z])", text)[1:]
    assert len(requirements) == len(_read_pins(lock))
    assert all("--hash=sha256:" in requirement for requirement in requirements)
    assert not re.search(r"://|--(?:extra-)?index-url|--find-links|@ file", text)


def test_wheel_contains_every_file_of_the_packages_and_the_licence(tmp_path: Path) -> None:
    (wheel,) = WheelBuilder(str(ROOT)).build(directory=str(tmp_path), versions=["standard"])
    with zipfile.ZipFile(wheel) as archive:
        packed = {name for name in archive.namelist() if ".dist-info/" not in name}
        (licence,) = [name for name in archive.namelist() if name.endswith("licenses/LICENSE")]
        assert archive.read(licence) == (ROOT / "LICENSE").read_bytes()
    assert {"manifest/icons/color.png", "manifest/icons/outline.png", "bot/locales/fr.po"} < packed
    assert packed == {file.relative_to(ROOT).as_posix() for file in _source_files()}
