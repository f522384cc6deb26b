"""The queries of the dashboard and of the alerts, and the metrics and labels that they name."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
ALERTS = ROOT / "deploy/alerts.yaml"
DASHBOARDS = sorted((ROOT / "deploy/grafana").glob("*.json"))
_STRINGS = re.compile(r'"[^"]*"')
_SELECTOR = re.compile(r"\b((?:tvbot|process)_\w+|up)(\{[^}]*\})?")
_MATCHER = re.compile(r'(\w+)\s*(=~|!=|!~|=)\s*"([^"]*)"')
_GROUPING = re.compile(r"\b(?:by|without|on|ignoring)\s*\(([^)]*)\)")
_LEGEND = re.compile(r"\{\{\s*(?:\$labels\.)?(\w+)\s*\}\}")


@dataclass(frozen=True)
class Matcher:
    """One condition on a label, such as ``state="failed"``."""

    label: str
    operator: str
    value: str

    def fits(self, given: str) -> bool:
        """Whether a value of the label fulfils it. Prometheus anchors its patterns on both sides."""
        is_equal = (
            re.fullmatch(self.value, given) is not None if "~" in self.operator else given == self.value
        )
        return is_equal is not self.operator.startswith("!")


@dataclass(frozen=True)
class Selector:
    """A metric as a query names it, with its conditions."""

    metric: str
    matchers: tuple[Matcher, ...]
    text: str


@dataclass(frozen=True)
class Query:
    """A query, where it is, and the labels that are shown of its result."""

    place: str
    text: str
    shown_labels: frozenset[str]

    @property
    def selectors(self) -> list[Selector]:
        """List the metrics that it reads."""
        return [
            Selector(found[1], tuple(Matcher(*one) for one in _MATCHER.findall(found[2] or "")), found[0])
            for found in _SELECTOR.finditer(self.text)
        ]

    @property
    def grouped_labels(self) -> set[str]:
        """Return the labels that it groups by, the bounds of a histogram aside."""
        plain = _STRINGS.sub('""', self.text)
        names = {name.strip() for group in _GROUPING.findall(plain) for name in group.split(",")}
        return names - {"le", ""}

    def with_window(self, window: str) -> str:
        """Return it as Grafana sends it, with a window of time."""
        return self.text.replace("$__rate_interval", window)


def alerts() -> list[Query]:
    """List the queries of the alerts."""
    return [
        Query(
            rule["alert"],
            rule["expr"],
            frozenset(_LEGEND.findall(rule["annotations"]["summary"])),
        )
        for group in yaml.safe_load(ALERTS.read_text(encoding="utf-8"))["groups"]
        for rule in group["rules"]
    ]


def panels() -> Iterator[Query]:
    """Yield the queries of the dashboards."""
    for file in DASHBOARDS:
        for panel in json.loads(file.read_text(encoding="utf-8"))["panels"]:
            for target in panel["targets"]:
                shown = frozenset(_LEGEND.findall(target["legendFormat"]))
                yield Query(f"{file.name}: {panel['title']}", target["expr"], shown)


def all_queries() -> list[Query]:
    """List the queries of alerts and dashboards."""
    return [*alerts(), *panels()]
