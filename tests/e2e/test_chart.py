"""The Helm chart, as Helm renders it: what it asks of Kubernetes, and that a pod's command works with a pod's variables."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import yaml
from support import postgres
from support.bot import BotProcess, settings_for
from support.in_slack import InSlack
from support.ports import free_port
from support.slack_user import SlackUser

from adapters.settings.chart import is_secret
from adapters.settings.errors import PREFIX
from sandbox.environment import Environment

pytestmark = pytest.mark.long

ROOT = Path(__file__).parents[2]
Object = dict[str, Any]


def render(folder: Path, *values: Path) -> dict[str, list[Object]]:
    """Check the chart. Return the objects of each file of values."""
    command = ["sh", str(ROOT / "scripts/chart"), str(folder), *(str(one) for one in values)]
    checked = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert checked.returncode == 0, checked.stderr
    return {
        file.stem: list(yaml.safe_load_all(file.read_text(encoding="utf-8")))
        for file in folder.glob("*.yaml")
    }


@pytest.fixture(scope="module")
def charts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Object]]:
    return render(tmp_path_factory.mktemp("chart"))


def of_kind(objects: list[Object], kind: str) -> Object:
    (found,) = [one for one in objects if one["kind"] == kind]
    return found


def pods_of(objects: list[Object]) -> list[Object]:
    return [of_kind(objects, kind)["spec"]["template"] for kind in ("Deployment", "Job")]


def matches(selector: dict[str, str], pod: Object) -> bool:
    labels: dict[str, str] = pod["metadata"]["labels"]
    return selector.items() <= labels.items()


def test_smallest_values_make_two_pods_and_a_migration(charts: dict[str, list[Object]]) -> None:
    objects = charts["smallest"]
    assert sorted(one["kind"] for one in objects) == ["Deployment", "Job", "PodDisruptionBudget", "Service"]
    deployment = of_kind(objects, "Deployment")["spec"]
    assert deployment["replicas"] == 2
    # A pod more is ready before one of the two stops.
    assert deployment["strategy"]["rollingUpdate"] == {"maxUnavailable": 0, "maxSurge": 1}
    job = of_kind(objects, "Job")
    assert job["metadata"]["annotations"]["helm.sh/hook"] == "pre-install,pre-upgrade"


def test_everything_can_be_switched_on(charts: dict[str, list[Object]]) -> None:
    assert {one["kind"] for one in charts["everything"]} == {
        "Deployment",
        "Ingress",
        "Job",
        "NetworkPolicy",
        "PodDisruptionBudget",
        "Service",
        "ServiceAccount",
        "ServiceMonitor",
    }


def test_pods_have_no_rights_that_they_do_not_need(charts: dict[str, list[Object]]) -> None:
    for pod in [pod for objects in charts.values() for pod in pods_of(objects)]:
        spec = pod["spec"]
        assert spec["automountServiceAccountToken"] is False
        assert spec["securityContext"]["runAsNonRoot"] is True
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        (container,) = spec["containers"]
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert container["resources"]["limits"]["memory"]
        dockerfile = (ROOT / "deploy/Dockerfile").read_text(encoding="utf-8")
        user = f"USER {spec['securityContext']['runAsUser']}:{spec['securityContext']['runAsGroup']}"
        assert user in dockerfile


def test_stop_has_its_time(charts: dict[str, list[Object]]) -> None:
    for name, stop_seconds in (("smallest", 8), ("everything", 20)):
        spec = of_kind(charts[name], "Deployment")["spec"]["template"]["spec"]
        *_command, pause = spec["containers"][0]["lifecycle"]["preStop"]["exec"]["command"]
        assert spec["terminationGracePeriodSeconds"] > stop_seconds + int(pause) + 10


def test_services_and_budgets_lead_to_servers_alone(charts: dict[str, list[Object]]) -> None:
    for objects in charts.values():
        server, migration = pods_of(objects)
        services = [one["spec"]["selector"] for one in objects if one["kind"] == "Service"]
        for selector in [
            *services,
            of_kind(objects, "PodDisruptionBudget")["spec"]["selector"]["matchLabels"],
        ]:
            assert (matches(selector, server), matches(selector, migration)) == (True, False)


def test_monitoring_alone_reaches_the_port_for_operators(charts: dict[str, list[Object]]) -> None:
    rules = of_kind(charts["everything"], "NetworkPolicy")["spec"]["ingress"]
    reached = {port["port"]: rule["from"] for rule in rules for port in rule["ports"]}
    assert reached.keys() == {3978, 3979}
    assert "monitoring" in json.dumps(reached[3979])
    # What Prometheus calls the pods is what the alerts look for.
    monitor = of_kind(charts["everything"], "ServiceMonitor")
    label = monitor["spec"]["jobLabel"]
    (asked,) = [
        one["metadata"]["labels"]
        for one in charts["everything"]
        if one["kind"] == "Service" and matches(monitor["spec"]["selector"]["matchLabels"], one)
    ]
    assert asked[label] == "tvbot"
    assert 'job="tvbot"' in (ROOT / "deploy/alerts.yaml").read_text(encoding="utf-8")


def variables_of(container: Object, secret: dict[str, str]) -> dict[str, str]:
    """Return the variables that a container gets, where a Secret has this content."""
    assert container["envFrom"] == [{"secretRef": {"name": "tvbot"}}]
    own = {
        one["name"]: secret[one["valueFrom"]["secretKeyRef"]["key"]] if "valueFrom" in one else one["value"]
        for one in container["env"]
    }
    return {**secret, **own}


async def test_pods_commands_work_with_the_pods_variables(
    own_environment: Environment,
    tmp_path: Path,
    postgres_server: str,
    bot_process: Callable[..., BotProcess],
) -> None:
    """The migration, then two pods, as processes of this machine. Only the ports differ, because they share one."""
    database_url = postgres.new_database(postgres_server, "chart")
    given = settings_for(own_environment, database_url, TVBOT_ADMINS="ada@example.test")
    names = [name for name in given if name != "TVBOT_PORT"]
    secret = {name: given[name] for name in names if is_secret(name.removeprefix(PREFIX).lower())}
    settings = {name: given[name] for name in names if name not in secret}
    numbers = {name: int(value) if value.isdigit() else value for name, value in settings.items()}
    values = tmp_path / "here-values.yaml"
    values.write_text(yaml.safe_dump({"secretName": "tvbot", "settings": numbers}), encoding="utf-8")
    objects = (await asyncio.to_thread(render, tmp_path / "chart", values))["here"]
    server, migration = [pod["spec"]["containers"][0] for pod in pods_of(objects)]

    clean = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    migrated = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-c", "from adapters.cli.main import run; run()", *migration["args"]],
        env={**clean, **variables_of(migration, secret)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (migrated.returncode, migrated.stderr) == (0, "")

    user = InSlack(SlackUser.new(own_environment))
    own_environment.set_bot_url(given["TVBOT_PUBLIC_URL"])
    for index in range(2):
        ports = {"TVBOT_PORT": given["TVBOT_PORT"] if index == 0 else str(free_port())}
        ports["TVBOT_OPERATIONS_PORT"] = str(free_port())
        operations = f"http://127.0.0.1:{ports['TVBOT_OPERATIONS_PORT']}"
        pod = bot_process(
            {**variables_of(server, secret), **ports}, tmp_path / "log", *server["args"], url=operations
        )
        await pod.start()
        for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
            async with (
                aiohttp.ClientSession() as kubelet,
                kubelet.get(f"{operations}{server[probe]['httpGet']['path']}") as answer,
            ):
                assert answer.status == 200, probe
    await user.authorize()
    await user.create()
