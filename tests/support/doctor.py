"""A complete installation for the checks of the doctor, and what changes it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import sqlalchemy as sa

from adapters.cli.doctor import examine_installation
from adapters.doctor.table import CHECKS
from adapters.settings import settings_from
from bot.model.finding import Finding, Verdict
from bot.model.ids import RequestNumber
from sandbox.environment import Environment
from storage.vault import new_key

KEY, HOOK_SECRET = new_key(), "hook-secret-73"
ORG = "default"


@dataclass
class Installation:
    """An installation that is complete and sound, until a test changes something."""

    environment: Environment
    variables: dict[str, str]
    file: Path
    folder: Path
    monkeypatch: pytest.MonkeyPatch
    write_to: RequestNumber | None = None
    undo: list[Callable[[], object]] = field(default_factory=list)

    async def examine(self) -> dict[str, Finding]:
        findings = await examine_installation(settings_from(self.variables), self.write_to)
        assert [one.check for one in findings] == [check.name for check in CHECKS]
        return {one.check: one for one in findings}

    def execute(self, statement: sa.Executable) -> None:
        execute(self.file, statement)


def execute(file: Path, statement: sa.Executable) -> None:
    engine = sa.create_engine(f"sqlite:///{file}")
    with engine.begin() as connection:
        connection.execute(statement)
    engine.dispose()


def with_verdict(verdict: Verdict, findings: dict[str, Finding]) -> set[str]:
    return {name for name, one in findings.items() if one.verdict is verdict}


def lose_zoho_scope(scope: str) -> Callable[[Installation], None]:
    """Return what takes a scope from the authorization at Zoho."""

    def change(installation: Installation) -> None:
        installation.environment.servicedesk.scopes.remove(f"SDPOnDemand.{scope}")

    return change
