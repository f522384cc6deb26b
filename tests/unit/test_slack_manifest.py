"""The Slack manifest: it is valid by Slack's own schema, and asks for nothing that is not needed."""

import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from adapters.cli.main import run
from bot.command_syntax import usage_hint
from manifest.scopes import OPTIONAL_SCOPES, SCOPES, render_scope_table

ROOT = Path(__file__).parents[2]
SCHEMA = ROOT / "tests" / "data" / "slack-manifest.v2.json"
MANUAL = ROOT / "docs" / "operating.md"
URL = "https://tvbot.example.com"
EVENTS_URL = f"{URL}/slack/events"

# What Slack's reference says that a method, an event and a feature need of a bot token.
METHOD_SCOPES: dict[str, set[str]] = {
    "apps.connections.open": set(),  # Socket Mode: the app-level token, not a scope
    "auth.revoke": set(),
    "auth.test": set(),
    "chat.delete": {"chat:write"},
    "chat.getPermalink": set(),
    "chat.postEphemeral": {"chat:write"},
    "chat.postMessage": {"chat:write"},
    "chat.unfurl": {"links:write"},
    "chat.update": {"chat:write"},
    "conversations.history": {"channels:history", "groups:history", "im:history", "mpim:history"},
    "conversations.replies": {"channels:history", "groups:history", "im:history", "mpim:history"},
    "conversations.info": {"channels:read", "groups:read", "mpim:read"},
    "conversations.open": {"im:write"},
    "oauth.v2.access": set(),
    "users.lookupByEmail": {"users:read", "users:read.email"},
    "users.info": {"users:read", "users:read.email"},
    "views.open": set(),
    "views.publish": set(),
    "views.push": set(),
    "views.update": set(),
}
EVENT_SCOPES: dict[str, set[str]] = {
    "app_home_opened": set(),
    "app_mention": {"app_mentions:read"},
    "app_uninstalled": set(),
    "channel_left": {"channels:read"},
    "group_left": {"groups:read"},
    "link_shared": {"links:read"},
    "member_joined_channel": {"channels:read", "groups:read"},
    "message.im": {"im:history"},
    "tokens_revoked": set(),
    "user_change": {"users:read"},
}
FEATURE_SCOPES: dict[str, set[str]] = {
    "app_home": set(),
    "bot_user": set(),
    "shortcuts": {"commands"},
    "slash_commands": {"commands"},
    "unfurl_domains": {"links:read", "links:write"},
}
_METHOD = re.compile(r'"((?:apps|auth|bots|chat|conversations|oauth|team|users|views)(?:\.[a-zA-Z0-9]+)+)"')


@pytest.fixture(autouse=True)
def _folder_has_no_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)


def _run(monkeypatch: pytest.MonkeyPatch, *options: str) -> int:
    monkeypatch.setattr(sys, "argv", ["tvbot", "manifest", "slack", *options])
    with pytest.raises(SystemExit) as ended:
        run()
    return int(ended.value.code or 0)


def _printed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *options: str
) -> dict[str, Any]:
    assert _run(monkeypatch, "--url", URL, *options) == 0
    printed: dict[str, Any] = json.loads(capsys.readouterr().out)
    return printed


def _problems(manifest: dict[str, Any]) -> list[str]:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    return [error.message for error in Draft7Validator(schema).iter_errors(manifest)]


@pytest.mark.parametrize(
    "options",
    [
        [],
        ["--socket-mode"],
        ["--no-token-rotation"],
        ["--command", "/remote"],
        ["--servicedesk-url", "https://sdpondemand.manageengine.eu", "--socket-mode"],
        [part for n in range(5) for part in ("--servicedesk-url", f"https://desk{n}.example.com/app/itdesk")],
    ],
)
def test_manifest_is_valid_by_slacks_schema(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], options: list[str]
) -> None:
    manifest = _printed(monkeypatch, capsys, *options)
    assert _problems(manifest) == []
    manifest["features"]["shortcuts"][0]["name"] = "longer than Slack's menu is wide"
    assert len(_problems(manifest)) == 1


def test_manifest_has_the_urls_of_the_bot(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    manifest = _printed(monkeypatch, capsys)
    (command,) = manifest["features"]["slash_commands"]
    assert (command["command"], command["url"], command["should_escape"]) == ("/tv", EVENTS_URL, True)
    assert command["usage_hint"] == usage_hint()
    assert manifest["settings"]["event_subscriptions"]["request_url"] == EVENTS_URL
    assert manifest["settings"]["interactivity"] == {
        "is_enabled": True,
        "request_url": EVENTS_URL,
        "message_menu_options_url": EVENTS_URL,
    }
    assert manifest["oauth_config"]["redirect_urls"] == [f"{URL}/slack/oauth_redirect"]
    assert manifest["settings"]["token_rotation_enabled"] is True
    assert manifest["settings"]["org_deploy_enabled"] is True
    assert manifest["features"]["unfurl_domains"] == ["sdpondemand.manageengine.com"]


def test_shortcuts_and_tabs_are_registered(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    features = _printed(monkeypatch, capsys)["features"]
    assert [(one["type"], one["callback_id"], one["name"]) for one in features["shortcuts"]] == [
        ("global", "tv_create", "Create a session"),
        ("message", "tv_create_from_message", "Help with TeamViewer"),
    ]
    assert features["app_home"] == {
        "home_tab_enabled": True,
        "messages_tab_enabled": True,
        "messages_tab_read_only_enabled": False,
    }


def test_manifest_for_socket_mode_has_no_url(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    manifest = _printed(monkeypatch, capsys, "--socket-mode")
    assert manifest["settings"]["socket_mode_enabled"] is True
    assert manifest["settings"]["interactivity"] == {"is_enabled": True}
    assert EVENTS_URL not in json.dumps(manifest)


def test_manifest_for_a_single_workspace_has_no_token_rotation(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    manifest = _printed(monkeypatch, capsys, "--no-token-rotation")
    assert manifest["settings"]["token_rotation_enabled"] is False


def test_same_host_given_twice_is_one_unfurl_domain(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    urls = [
        "--servicedesk-url",
        "https://Desk.example.com/app/a",
        "--servicedesk-url",
        "https://desk.example.com",
    ]
    assert _printed(monkeypatch, capsys, *urls)["features"]["unfurl_domains"] == ["desk.example.com"]


def test_manifest_is_written_to_a_file(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    printed = _printed(monkeypatch, capsys)
    out = tmp_path / "slack.json"
    assert _run(monkeypatch, "--url", f"{URL}/", "--out", str(out)) == 0
    assert json.loads(out.read_text(encoding="utf-8")) == printed
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ([], "--url"),
        (["--url", "http://tvbot.example.com"], "--url"),
        (["--url", "https://"], "--url"),
        (["--url", "tvbot.example.com"], "--url"),
        (["--url", "https://tvbot.example.com:port"], "--url"),
        (["--url", "https://[::1"], "--url"),
        (["--url", "https://user:hunter2@tvbot.example.com"], "--url"),
        (["--url", "https://tvbot.example.com/slack/events"], "--url"),
        (["--url", "https://tvbot.example.com/?a=b"], "--url"),
        (["--url", URL, "--command", "tv"], "--command"),
        (["--url", URL, "--command", "/Tv help"], "--command"),
        (["--url", URL, "--servicedesk-url", "https://localhost"], "--servicedesk-url"),
        (["--url", URL, "--servicedesk-url", "http://desk.example.com"], "--servicedesk-url"),
        (
            [
                "--url",
                URL,
                *(p for n in range(6) for p in ("--servicedesk-url", f"https://d{n}.example.com")),
            ],
            "--servicedesk-url",
        ),
        (["--url", URL, "--out", "/dev/null/slack.json"], "--out"),
    ],
)
def test_wrong_option_prints_one_line_and_exits_with_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], options: list[str], named: str
) -> None:
    assert _run(monkeypatch, *options) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("tvbot: ")
    assert said.err.count("\n") == 1
    assert named in said.err
    assert "hunter2" not in said.err


def _called_methods() -> set[str]:
    modules = (ROOT / "adapters" / "slack").rglob("*.py")
    return {method for module in modules for method in _METHOD.findall(module.read_text(encoding="utf-8"))}


def test_every_api_method_in_the_code_has_its_scope() -> None:
    called = _called_methods()
    assert {"chat.postMessage", "users.info", "oauth.v2.access"} <= called
    assert called <= METHOD_SCOPES.keys()
    asked_for = SCOPES.keys() | OPTIONAL_SCOPES.keys()
    assert set().union(*(METHOD_SCOPES[method] for method in called)) <= asked_for


def test_every_scope_has_a_reason_and_a_use(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    manifest = _printed(monkeypatch, capsys)
    asked_for = manifest["oauth_config"]["scopes"]["bot"]
    needed = set().union(
        *(METHOD_SCOPES[method] for method in _called_methods()),
        *(EVENT_SCOPES[event] for event in manifest["settings"]["event_subscriptions"]["bot_events"]),
        *(FEATURE_SCOPES[feature] for feature in manifest["features"]),
    )
    assert sorted(asked_for) == sorted(needed)
    assert all({**SCOPES, **OPTIONAL_SCOPES}[scope] for scope in asked_for)


def test_reading_messages_is_optional_except_in_the_bots_own_chat(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    scopes = _printed(monkeypatch, capsys)["oauth_config"]["scopes"]
    read = {one for one in scopes["bot"] if "history" in one}
    assert read == {*scopes["bot_optional"], "im:history"}
    assert "im:history" not in scopes["bot_optional"]


def test_manual_lists_every_scope() -> None:
    manual = MANUAL.read_text(encoding="utf-8")
    between = manual.split("<!-- scopes -->\n")[1].split("\n<!-- /scopes -->")[0]
    assert between == render_scope_table()
