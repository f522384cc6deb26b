"""Each alert fires where somebody must act, and stays silent in ordinary work: Prometheus' own tool plays the samples."""

import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml
from support.queries import ALERTS, alerts

PROMTOOL = shutil.which("promtool")
Samples = dict[str, str]
"""By series: its samples, one a minute, in promtool's notation (``0+2x30``: from 0, 2 more each minute, 30 times)."""


@dataclass(frozen=True)
class Scene:
    """What Prometheus sees during 40 minutes, and the labels of the alert that fires in the end. None: no alert."""

    samples: Samples
    fires: dict[str, str] | None = field(default_factory=dict)


CALLS = "tvbot_outside_call_seconds_count"
SCENES: dict[str, list[Scene]] = {
    "TvbotDown": [
        Scene({'up{job="tvbot",instance="a"}': "0x40"}, {"job": "tvbot", "instance": "a"}),
        Scene({'up{job="tvbot",instance="a"}': "1x39 0"}, None),
        Scene({'up{job="other",instance="a"}': "0x40"}, None),
    ],
    "TvbotNotReady": [
        Scene(
            {
                'tvbot_ready{check="database",instance="a"}': "0x40",
                'tvbot_ready{check="worker",instance="a"}': "1x40",
            },
            {"check": "database", "instance": "a"},
        ),
        Scene({'tvbot_ready{check="database",instance="a"}': "1x39 0"}, None),
    ],
    "TvbotCommandsFail": [
        Scene(
            {
                'tvbot_commands_total{platform="slack",word="create",result="failed"}': "0x30 0+1x10",
                'tvbot_commands_total{platform="teams",word="create",result="failed"}': "0x40",
            },
            {"platform": "slack"},
        ),
        Scene(
            {
                'tvbot_commands_total{platform="slack",word="create",result="done"}': "0+9x40",
                'tvbot_commands_total{platform="slack",word="create",result="refused"}': "0+9x40",
                'tvbot_commands_total{platform="slack",word="create",result="failed"}': "0x35 1x5",
            },
            None,
        ),
    ],
    "TvbotAnswersSlow": [
        Scene(
            {
                'tvbot_command_answer_seconds_bucket{platform="teams",le="1.0"}': "0x40",
                'tvbot_command_answer_seconds_bucket{platform="teams",le="2.0"}': "0+5x40",
                'tvbot_command_answer_seconds_bucket{platform="teams",le="+Inf"}': "0+5x40",
            },
            {"platform": "teams"},
        ),
        Scene(
            {
                'tvbot_command_answer_seconds_bucket{platform="teams",le="0.1"}': "0+5x40",
                'tvbot_command_answer_seconds_bucket{platform="teams",le="+Inf"}': "0+5x40",
            },
            None,
        ),
    ],
    "TvbotChatRefused": [
        Scene(
            {'tvbot_refused_requests_total{route="/slack/events",status="401"}': "0+2x40"},
            {"route": "/slack/events"},
        ),
        Scene({'tvbot_refused_requests_total{route="/slack/events",status="401"}': "0+1x10 10x30"}, None),
    ],
    "TvbotCardsLate": [
        Scene(
            {
                'tvbot_first_card_seconds_bucket{platform="slack",le="30.0"}': "0x40",
                'tvbot_first_card_seconds_bucket{platform="slack",le="60.0"}': "0+1x40",
                'tvbot_first_card_seconds_bucket{platform="slack",le="+Inf"}': "0+1x40",
            },
            {"platform": "slack"},
        ),
        Scene(
            {
                'tvbot_first_card_seconds_bucket{platform="slack",le="2.0"}': "0+1x40",
                'tvbot_first_card_seconds_bucket{platform="slack",le="+Inf"}': "0+1x40",
            },
            None,
        ),
    ],
    "TvbotOutsideSystemFails": [
        Scene(
            {
                f'{CALLS}{{system="servicedesk",result="no_answer"}}': "0+2x40",
                f'{CALLS}{{system="servicedesk",result="done"}}': "0+1x40",
                f'{CALLS}{{system="teamviewer",result="done"}}': "0+5x40",
                f'{CALLS}{{system="teamviewer",result="no_answer"}}': "0+1x40",
            },
            {"system": "servicedesk"},
        ),
        Scene({f'{CALLS}{{system="sms",result="refused"}}': "0+9x40"}, None),
    ],
    "TvbotRateLimited": [
        Scene({f'{CALLS}{{system="slack",result="rate_limited"}}': "0+2x40"}, {"system": "slack"}),
        Scene({f'{CALLS}{{system="slack",result="rate_limited"}}': "0+1x40"}, None),
    ],
    "TvbotJobsWait": [
        Scene({'tvbot_oldest_waiting_job_seconds{queue="card",instance="a"}': "0+60x40"}, {"queue": "card"}),
        Scene({'tvbot_oldest_waiting_job_seconds{queue="card",instance="a"}': "90x40"}, None),
    ],
    "TvbotSessionsFail": [
        Scene(
            {'tvbot_recent_sessions{state="failed"}': "3x40", 'tvbot_recent_sessions{state="ended"}': "4x40"}
        ),
        Scene(
            {
                'tvbot_recent_sessions{state="failed"}': "3x40",
                'tvbot_recent_sessions{state="ended"}': "40x40",
            },
            None,
        ),
        Scene(
            {'tvbot_recent_sessions{state="failed"}': "1x40", 'tvbot_recent_sessions{state="ended"}': "0x40"},
            None,
        ),
    ],
    "TvbotNoticesFail": [
        Scene(
            {
                'tvbot_recent_notices{channel="sms",state="unsure"}': "2x40",
                'tvbot_recent_notices{channel="sms",state="failed"}': "1x40",
                'tvbot_recent_notices{channel="sms",state="sent"}': "2x40",
                'tvbot_recent_notices{channel="mail",state="failed"}': "3x40",
                'tvbot_recent_notices{channel="mail",state="sent"}': "90x40",
            },
            {"channel": "sms"},
        ),
    ],
    "TvbotConnectionsLost": [
        Scene({'tvbot_tokens{system="teamviewer",state="lost"}': "1x20 5x20"}),
        Scene({'tvbot_tokens{system="teamviewer",state="lost"}': "5x40"}, None),
    ],
    "TvbotFiguresOld": [
        Scene({"tvbot_figures_read_timestamp_seconds": "0x40"}),
        Scene({"tvbot_figures_read_timestamp_seconds": "0+60x40"}, None),
    ],
}


def test_each_alert_is_played() -> None:
    assert set(SCENES) == {alert.place for alert in alerts()}
    # The first scene of each is one in which it fires.
    for scenes in SCENES.values():
        assert scenes[0].fires is not None


@pytest.mark.skipif(PROMTOOL is None, reason="promtool is not installed here (Debian: prometheus)")
def test_alerts_fire_where_somebody_must_act(tmp_path: Path) -> None:
    assert PROMTOOL is not None
    rules = {
        rule["alert"]: rule
        for group in yaml.safe_load(ALERTS.read_text(encoding="utf-8"))["groups"]
        for rule in group["rules"]
    }
    file = tmp_path / "scenes.yaml"
    played = [_played(rules[name], scene) for name, scenes in SCENES.items() for scene in scenes]
    file.write_text(
        yaml.safe_dump({"rule_files": [str(ALERTS)], "evaluation_interval": "1m", "tests": played}),
        encoding="utf-8",
    )
    tested = subprocess.run(
        [PROMTOOL, "test", "rules", str(file)], capture_output=True, text=True, check=False
    )
    assert tested.returncode == 0, tested.stdout + tested.stderr


def _played(rule: dict[str, Any], scene: Scene) -> dict[str, Any]:
    expected = []
    if scene.fires is not None:
        annotations = dict(rule["annotations"])
        for label, value in scene.fires.items():
            annotations["summary"] = annotations["summary"].replace(f"{{{{ $labels.{label} }}}}", value)
        expected = [{"exp_labels": {**rule["labels"], **scene.fires}, "exp_annotations": annotations}]
    return {
        "interval": "1m",
        "input_series": [{"series": name, "values": values} for name, values in scene.samples.items()],
        "alert_rule_test": [{"eval_time": "40m", "alertname": rule["alert"], "exp_alerts": expected}],
    }
