"""Each use case and each workflow has a file of unit tests."""

from pathlib import Path

import pytest

import bot

ROOT = Path(bot.__file__).parent
MODULES = [
    f"{folder}/{path.stem}"
    for folder in ("use_cases", "workflows")
    for path in sorted((ROOT / folder).glob("*.py"))
    if path.stem != "__init__"
]


@pytest.mark.parametrize("module", MODULES)
def test_module_has_a_file_of_tests(module: str) -> None:
    folder, name = module.split("/")
    assert (Path(__file__).parent / folder / f"test_{name}.py").is_file()
