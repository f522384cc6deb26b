"""The alerts, the dashboard and the manual agree with each other."""

import re
import shutil
import subprocess

import pytest
import yaml
from prometheus_client import REGISTRY
from support.queries import ALERTS, ROOT, Query, alerts, all_queries

import adapters.bootstrap  # noqa: F401 - it loads every part that has metrics

MANUAL = ROOT / "docs" / "monitoring.md"
PROMTOOL = shutil.which("promtool")
OF_PROMETHEUS = {"instance", "job"}
"""The labels that a scrape adds."""


def headings() -> list[str]:
    return re.findall(r"^### (\w+)$", MANUAL.read_text(encoding="utf-8"), re.MULTILINE)


def test_each_alert_has_its_part_of_the_manual_in_the_same_order() -> None:
    assert headings() == [alert.place for alert in alerts()]


def test_each_alert_says_how_bad_it_is_and_what_to_read() -> None:
    for group in yaml.safe_load(ALERTS.read_text(encoding="utf-8"))["groups"]:
        for rule in group["rules"]:
            assert rule["labels"]["severity"] in {"critical", "warning"}
            page, _hash, anchor = rule["annotations"]["runbook"].partition("#")
            assert ROOT / page == MANUAL
            assert anchor == rule["alert"].lower()


def test_manual_lists_every_metric_of_the_bot_with_its_labels() -> None:
    listed: dict[str, set[str]] = {}
    for names, labels in re.findall(
        r"^\| (`tvbot_[^|]*) \| ([^|]*) \|", MANUAL.read_text(encoding="utf-8"), re.MULTILINE
    ):
        for name in re.findall(r"tvbot_\w+", names):
            listed[name] = set(re.findall(r"`(\w+)`", labels))
    there = {
        (f"{family.name}_total" if family.type == "counter" else family.name): {
            label for sample in family.samples for label in sample.labels if label != "le"
        }
        for family in REGISTRY.collect()
        if family.name.startswith("tvbot_")
    }
    assert set(listed) == set(there)
    # A metric that has counted nothing yet has no labels yet.
    assert {name: labels for name, labels in there.items() if labels} == {
        name: listed[name] for name, labels in there.items() if labels
    }


@pytest.mark.parametrize("query", all_queries(), ids=lambda query: query.place)
def test_what_is_shown_of_a_result_is_still_there(query: Query) -> None:
    """A label that a query sums over is empty in the text of an alert, and in a legend."""
    if "sum" in query.text or " by " in query.text:
        assert query.shown_labels <= query.grouped_labels


@pytest.mark.skipif(PROMTOOL is None, reason="promtool is not installed here (Debian: prometheus)")
def test_promtool_accepts_the_alerts() -> None:
    assert PROMTOOL is not None
    checked = subprocess.run(
        [PROMTOOL, "check", "rules", "--lint=all", "--lint-fatal", str(ALERTS)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stderr
    assert f"{len(alerts())} rules found" in checked.stdout


def test_other_pages_of_the_manual_name_only_metrics_that_exist() -> None:
    families = {family.name for family in REGISTRY.collect()}
    for page in sorted((ROOT / "docs").glob("*.md")):
        named = re.findall(r"`(tvbot_\w+)`", page.read_text(encoding="utf-8"))
        assert {name.removesuffix("_total") for name in named} <= families, page
