"""The pre-commit hooks, scripts/check and CI run the same checks, and commit messages have one form."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CHECKS = ("ruff check", "ruff format", "mypy", "lint-imports")


def _commands(script: str) -> list[str]:
    lines = (ROOT / script).read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith(("#", "set ", "cd "))]


def test_lint_script_lists_every_check() -> None:
    commands = _commands("scripts/lint")
    for check in CHECKS:
        assert sum(check in command for command in commands) == 1


def test_ci_runs_scripts_check_with_coverage_and_nothing_else() -> None:
    assert _commands(".ci/run") == ["exec sh scripts/check --cov --numprocesses auto"]


def test_scripts_check_runs_lint_tests_and_proofs() -> None:
    commands = _commands("scripts/check")
    for script in ("scripts/lint", "scripts/test", "scripts/proofs"):
        assert any(command.startswith(f"sh {script}") for command in commands)
    assert all(command.startswith("sh scripts/") for command in commands)


def test_pre_commit_hooks_run_the_same_scripts() -> None:
    config = (ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8")
    assert re.findall(r"entry: (.+)", config) == ["sh scripts/lint", "sh scripts/commit-message"]
    assert re.findall(r"repo: (.+)", config) == ["local"]


def _check_message(message: str, folder: Path) -> subprocess.CompletedProcess[str]:
    file = folder / "COMMIT_EDITMSG"
    file.write_text(message, encoding="utf-8")
    command = ["sh", str(ROOT / "scripts" / "commit-message"), str(file)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    "message",
    [
        "teams: limit JWKS refetches\n\nUnknown key ids came from strangers.\n",
        f"docs: {'x' * 66}\n\nWhy.\n",
        "docs: name “Setup” as Zoho does: " + "é" * 39 + "\n\nWhy.\n",
        "docs, tests: name the setting\n\nWhy.\n# A comment that git adds.\n",
        "Merge branch 'docs'\n",
    ],
)
def test_commit_message_in_the_agreed_form_is_accepted(message: str, tmp_path: Path) -> None:
    checked = _check_message(message, tmp_path)
    assert (checked.returncode, checked.stderr) == (0, "")


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ("Limit JWKS refetches\n\nWhy.\n", "area"),
        ("teams:limit JWKS refetches\n\nWhy.\n", "area"),
        (f"docs: {'x' * 67}\n\nWhy.\n", "72 characters"),
        ("teams: limit JWKS refetches\nWhy.\n", "second line"),
        ("teams: limit JWKS refetches\n", "why"),
        ("teams: limit JWKS refetches\n\n# A comment that git adds.\n", "why"),
        ("\n", "area"),
    ],
)
def test_commit_message_in_another_form_is_refused_with_the_reason(
    message: str, reason: str, tmp_path: Path
) -> None:
    checked = _check_message(message, tmp_path)
    assert checked.returncode == 1
    assert checked.stderr.startswith("commit message: ")
    assert reason in checked.stderr
