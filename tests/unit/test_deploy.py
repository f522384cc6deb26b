"""The files that run tvbot for real agree with the code: systemd's unit, the image, and the containers."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from adapters.cli.exit_codes import USAGE_ERROR
from adapters.settings import PREFIX, Settings, chart_settings_schema, settings_example
from adapters.settings.chart import NOT_IN_A_CONTAINER, SET_BY_CHART, is_secret

ROOT = Path(__file__).parents[2]
UNIT = ROOT / "deploy/systemd/tvbot.service"
COMPOSE = ROOT / "deploy/compose.yaml"
DOCKERFILE = ROOT / "deploy/Dockerfile"
CHART = ROOT / "deploy/helm/tvbot"
SETTINGS = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}
FOR_COMPOSE_ALONE = {"TVBOT_DATABASE_PASSWORD", "TVBOT_PUBLIC_HOST"}
SECONDS_BEYOND_A_STOP = 10
SYSTEMD_ANALYZE = shutil.which("systemd-analyze")


def services() -> dict[str, dict[str, Any]]:
    read: dict[str, dict[str, Any]] = yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))["services"]
    return read


def stop_seconds() -> int:
    default: int = Settings.model_fields["stop_seconds"].default
    return default


def test_example_of_settings_is_made_from_the_code() -> None:
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    assert example == settings_example(), "run `sh scripts/settings`"


def test_example_of_settings_has_every_setting_once_and_sets_none() -> None:
    lines = settings_example().splitlines()
    assert sorted(re.findall(r"^#(TVBOT_\w+)=", "\n".join(lines), re.MULTILINE)) == sorted(SETTINGS)
    assert all(not line or line.startswith("#") for line in lines)


def test_files_name_only_settings_that_exist() -> None:
    for file in (UNIT, COMPOSE, DOCKERFILE, *(one for one in CHART.rglob("*") if one.is_file())):
        named = set(re.findall(r"TVBOT_[A-Z_]+", file.read_text(encoding="utf-8")))
        assert named <= SETTINGS | FOR_COMPOSE_ALONE, file


@pytest.mark.skipif(SYSTEMD_ANALYZE is None, reason="systemd is not installed here")
def test_systemd_accepts_the_unit_and_calls_it_well_protected(tmp_path: Path) -> None:
    assert SYSTEMD_ANALYZE is not None
    # systemd checks that the program exists, so another one stands in for it.
    text = UNIT.read_text(encoding="utf-8")
    unit = tmp_path / "tvbot.service"
    unit.write_text(text.replace("/opt/tvbot/bin/tvbot serve", "/bin/true"), encoding="utf-8")
    verified = subprocess.run(
        [SYSTEMD_ANALYZE, "verify", str(unit)], capture_output=True, text=True, check=False
    )
    assert (verified.returncode, verified.stderr) == (0, "")
    rated = subprocess.run(
        [SYSTEMD_ANALYZE, "security", "--offline=true", "--threshold=15", str(unit)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert rated.returncode == 0, rated.stdout.splitlines()[-1]


def test_whatever_runs_the_bot_gives_a_stop_its_time() -> None:
    timeout = re.search(r"^TimeoutStopSec=(\d+)s$", UNIT.read_text(encoding="utf-8"), re.MULTILINE)
    assert timeout is not None
    graces = [services()[name]["stop_grace_period"].removesuffix("s") for name in ("server", "worker")]
    for seconds in (timeout[1], *graces):
        assert int(seconds) > stop_seconds() + SECONDS_BEYOND_A_STOP


def test_systemd_starts_again_until_the_database_is_back_and_not_after_a_wrong_setting() -> None:
    lines = UNIT.read_text(encoding="utf-8").splitlines()
    assert "Restart=on-failure" in lines
    assert "StartLimitIntervalSec=0" in lines
    assert f"RestartPreventExitStatus={USAGE_ERROR}" in lines


def test_logs_of_every_container_have_a_largest_size() -> None:
    for name, service in services().items():
        assert service["logging"]["options"].keys() == {"max-size", "max-file"}, name


def test_containers_of_tvbot_have_the_client_programs_of_their_database() -> None:
    _image, _colon, version = services()["database"]["image"].partition(":")
    for name in ("server", "worker"):
        client = services()[name]["build"]["args"]["POSTGRESQL_CLIENT"]
        assert version.startswith(f"{client}-"), name
    assert "ARG POSTGRESQL_CLIENT=\n" in DOCKERFILE.read_text(encoding="utf-8")


def test_containers_of_tvbot_have_no_rights_that_they_do_not_need() -> None:
    for name in ("server", "worker"):
        service = services()[name]
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert "ports" not in service, "only the proxy is reached from outside"
    assert "ports" not in services()["database"]
    image = DOCKERFILE.read_text(encoding="utf-8")
    assert re.search(r"^USER 10001:10001$", image, re.MULTILINE)
    assert re.search(r"^HEALTHCHECK ", image, re.MULTILINE)


def test_image_gets_what_the_running_lock_lists_by_its_hashes() -> None:
    steps = (ROOT / "deploy/install").read_text(encoding="utf-8")
    assert steps.count("--require-hashes --only-binary :all:") == 2
    assert "RUN sh deploy/install /opt/tvbot" in DOCKERFILE.read_text(encoding="utf-8")
    sent = (ROOT / ".dockerignore").read_text(encoding="utf-8").split()
    for needed in [*re.findall(r"\$root/([\w.-]+)", steps), "requirements.lock", "requirements-traces.lock"]:
        assert f"!{needed}" in sent
    assert "lock=${LOCK:-requirements.lock}" in steps
    assert "ARG LOCK=requirements.lock" in DOCKERFILE.read_text(encoding="utf-8")


def test_image_is_built_from_every_package_of_the_wheel() -> None:
    wheel = re.search(
        r"^packages = \[(.*)\]$", (ROOT / "pyproject.toml").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert wheel is not None
    sent = (ROOT / ".dockerignore").read_text(encoding="utf-8").split()
    for package in re.findall(r'"(\w+)"', wheel[1]):
        assert f"!{package}" in sent


def test_chart_takes_every_setting_that_is_no_secret() -> None:
    schema = json.loads((CHART / "values.schema.json").read_text(encoding="utf-8"))
    assert schema["properties"]["settings"] == chart_settings_schema(), "run `sh scripts/settings`"


def test_each_setting_is_for_the_values_or_the_secret_or_set_by_the_chart() -> None:
    in_values = {name.removeprefix(PREFIX).lower() for name in chart_settings_schema()["properties"]}
    secrets = {name for name in Settings.model_fields if is_secret(name)}
    assert not in_values & secrets
    assert in_values | secrets | SET_BY_CHART | NOT_IN_A_CONTAINER == set(Settings.model_fields)
    assert {"database_url", "secret_keys", "slack_bot_token", "smtp_url", "sms_url"} <= secrets
    helpers = (CHART / "templates/_helpers.tpl").read_text(encoding="utf-8")
    assert {name for name in SET_BY_CHART if f"name: {PREFIX}{name.upper()}\n" not in helpers} == set()


def test_chart_is_of_the_version_of_the_project() -> None:
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text(encoding="utf-8"))
    project = re.search(
        r'^version = "(.+)"$', (ROOT / "pyproject.toml").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert project is not None
    assert chart["appVersion"] == project[1]


def test_chart_has_a_value_for_each_name_in_its_schema() -> None:
    values = yaml.safe_load((CHART / "values.yaml").read_text(encoding="utf-8"))
    schema = json.loads((CHART / "values.schema.json").read_text(encoding="utf-8"))
    assert values.keys() == schema["properties"].keys() - {"global"}
