"""Checks the Helm chart with Helm itself, and writes what it renders. ``sh scripts/chart`` runs this as a program.

It runs in an environment of its own, which has Helm as a library and the schemas of Kubernetes, and nothing of tvbot.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import helm_python
import kubernetes_validate
import yaml

CHART = Path(__file__).parents[2] / "deploy/helm/tvbot"
KUBERNETES = ("1.25", "1.37")
"""The oldest and the newest version whose schemas are at hand. The chart asks for the first one at least."""
NOT_OF_KUBERNETES = {"ServiceMonitor"}
"""Kinds that an operator brings. Their schemas are not at hand."""
RELEASE, NAMESPACE = "tvbot", "service-desk"
URL = {"TVBOT_PUBLIC_URL": "https://tvbot.example.com"}
REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "no Secret": ({"settings": URL}, "secretName"),
    "no public address": ({"secretName": "tvbot"}, "TVBOT_PUBLIC_URL"),
    "unknown setting": ({"secretName": "tvbot", "settings": {**URL, "TVBOT_ADMIN": "a@b.c"}}, "TVBOT_ADMIN"),
    "secret among the settings": (
        {"secretName": "tvbot", "settings": {**URL, "TVBOT_SLACK_BOT_TOKEN": "xoxb-1"}},
        "TVBOT_SLACK_BOT_TOKEN",
    ),
    "database among the settings": (
        {"secretName": "tvbot", "settings": {**URL, "TVBOT_DATABASE_URL": "postgresql://a:b@c/d"}},
        "TVBOT_DATABASE_URL",
    ),
    "port among the settings": ({"secretName": "tvbot", "settings": {**URL, "TVBOT_PORT": 80}}, "TVBOT_PORT"),
    "wrong choice": (
        {"secretName": "tvbot", "settings": {**URL, "TVBOT_LOG_LEVEL": "loud"}},
        "TVBOT_LOG_LEVEL",
    ),
    "text for a number": (
        {"secretName": "tvbot", "settings": {**URL, "TVBOT_POLL_SECONDS": "often"}},
        "TVBOT_POLL_SECONDS",
    ),
    "setting among the other variables": (
        {"secretName": "tvbot", "settings": URL, "extraEnv": [{"name": "TVBOT_PORT", "value": "80"}]},
        "extraEnv",
    ),
    "unknown value": ({"secretName": "tvbot", "settings": URL, "replicas": 2}, "replicas"),
    "ingress without a host": (
        {"secretName": "tvbot", "settings": URL, "ingress": {"enabled": True}},
        "host",
    ),
}
"""Values that are wrong, and a word that the refusal must say."""


@contextmanager
def _quiet() -> Iterator[None]:
    """Drop what Helm writes to the standard error of the process by itself: it warns of what is refused on purpose."""
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


def render(values: dict[str, Any]) -> str:
    """Return everything that the chart renders, as one stream of YAML. Raises HelmError for wrong values."""
    with helm_python.Chart.load(str(CHART)) as chart:
        chart.validate_schema(values)
        rendered = chart.render(values, name=RELEASE, namespace=NAMESPACE)
    files = sorted((name, text) for name, text in rendered.items() if name.endswith(".yaml") and text.strip())
    return "".join(f"---\n# Source: {name}\n{text.strip()}\n" for name, text in files)


def find_problems(name: str, rendered: str) -> Iterator[str]:
    """Return what the schemas of Kubernetes say against the rendered objects."""
    for found in yaml.safe_load_all(rendered):
        if found["kind"] in NOT_OF_KUBERNETES:
            continue
        for version in KUBERNETES:
            try:
                kubernetes_validate.validate(found, version, strict=True)
            except kubernetes_validate.ValidationError as error:
                yield f"{name}: {found['kind']}, Kubernetes {version}: {error.message}"


def find_accepted() -> Iterator[str]:
    """Return the wrong values that were not refused, or not with the word that helps."""
    for name, (values, word) in REFUSED.items():
        try:
            with _quiet():
                render(values)
        except helm_python.HelmError as error:
            if word not in str(error):
                yield f"{name}: refused without naming {word}: {error}"
        else:
            yield f"{name}: not refused"


def main(out: Path, more: list[Path]) -> int:
    """Check everything, and write what is rendered. Return the exit code."""
    out.mkdir(parents=True, exist_ok=True)
    with _quiet():
        linted = helm_python.lint(str(CHART))
    # 2 is a warning, 3 an error. 1 asks for an icon.
    problems = [f"lint: {one['path']}: {one['error']}" for one in linted["messages"] if one["severity"] > 1]
    for file in [*sorted((CHART / "ci").glob("*-values.yaml")), *more]:
        name = file.name.removesuffix("-values.yaml")
        rendered = render(yaml.safe_load(file.read_text(encoding="utf-8")))
        (out / f"{name}.yaml").write_text(rendered, encoding="utf-8")
        problems += find_problems(name, rendered)
        print(f"{out / name}.yaml: {len(list(yaml.safe_load_all(rendered)))} objects")  # noqa: T201 - a program
    problems += find_accepted()
    for problem in problems:
        print(f"scripts/chart: {problem}", file=sys.stderr)  # noqa: T201 - a program
    if not problems:
        print(  # noqa: T201 - a program
            f"Helm {helm_python.helm_sdk_version()} renders the chart, Kubernetes {' and '.join(KUBERNETES)} would take it,"
            f" {len(REFUSED)} wrong values are refused"
        )
    return int(bool(problems))


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), [Path(one) for one in sys.argv[2:]]))
