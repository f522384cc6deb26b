"""``tvbot doctor``: one check hides no other, and people and programs can read the result."""

import asyncio
import json
from pathlib import Path

import pytest
from support.command_line import new_tvbot
from support.doctor import Installation

from adapters.cli.doctor import examine_installation
from adapters.doctor import run as doctor_run
from adapters.doctor.examination import Examination
from adapters.doctor.outcome import Outcome
from adapters.doctor.table import CHECKS, Check
from adapters.settings import settings_from
from bot.i18n import Text
from bot.model.finding import Verdict


async def test_check_that_breaks_or_hangs_hides_no_other(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def hang(_examination: Examination) -> Outcome:
        await asyncio.Event().wait()
        raise AssertionError

    async def break_off(_examination: Examination) -> Outcome:
        raise RuntimeError("with a secret in it")

    async def work(_examination: Examination) -> Outcome:
        return Outcome(Verdict.OK, Text("It works."))

    checks = [
        Check(name, Text(name), Text("…"), run)
        for name, run in {"hangs": hang, "breaks": break_off, "works": work}.items()
    ]
    monkeypatch.setattr(doctor_run, "CHECKS", checks)
    monkeypatch.setattr(doctor_run, "CHECK_SECONDS", 0.05)
    findings = await examine_installation(settings_from(installation.variables), None)
    assert [one.verdict for one in findings] == [Verdict.FAILED, Verdict.FAILED, Verdict.OK]
    assert str(findings[1].detail) == "The check itself is broken (RuntimeError). Report it."


def test_command_ends_with_1_where_a_check_fails_and_prints_what_to_do(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Nothing is set, so the settings are what fails. The output needs no colour."""
    monkeypatch.chdir(tmp_path)
    code, output, errors = new_tvbot(monkeypatch, capsys)("doctor")
    assert (code, errors) == (1, "")
    assert output.startswith(
        "failed   Settings: These settings are missing or wrong: TVBOT_PUBLIC_URL: is missing;"
    )
    assert (
        "\n         → Set what this check names, in the environment or in .env, and restart the bot.\n"
        in output
    )
    assert "\x1b" not in output


def test_command_prints_json_for_programs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    code, output, _errors = new_tvbot(monkeypatch, capsys)("doctor", "--json")
    said = json.loads(output)
    assert (code, said["status"]) == (1, "failed")
    assert [one["name"] for one in said["checks"]] == [check.name for check in CHECKS]
    assert said["checks"][0]["status"] == "failed"
    assert said["checks"][0]["remedy"]
    assert {one["remedy"] for one in said["checks"] if one["status"] != "failed"} == {None}


def test_request_to_write_to_must_be_a_number(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    called = new_tvbot(monkeypatch, capsys)("doctor", "--write", "all")
    assert called == (2, "", "tvbot: --write takes the number of a request, like 123\n")
