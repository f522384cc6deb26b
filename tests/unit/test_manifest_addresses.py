"""The addresses of ServiceDesk Plus in both manifests: those of the settings, and the bot recognizes links to each."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from support.servicedesk_script import ID, FakeTokens
from support.teams_package import APP_ID, URL, Builder, manifest_teams

from adapters.cli.main import run
from adapters.http import new_http_client
from adapters.servicedesk.client import ServiceDeskClient
from adapters.servicedesk.data_centers import DATA_CENTERS, choose_web_urls
from adapters.settings import load_settings

WEB_URL = "TVBOT_SERVICEDESK_WEB_URL"
SLACK_OPTIONS = ("--url", URL)
TEAMS_OPTIONS = ("--url", URL, "--app-id", APP_ID)

Configure = Callable[..., None]


@pytest.fixture
def configure(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Configure:
    """Set variables, in a folder without ``.env``."""
    monkeypatch.chdir(tmp_path)

    def set_variables(**variables: str) -> None:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)

    return set_variables


def run_manifest_slack(monkeypatch: pytest.MonkeyPatch, *options: str) -> int:
    """Run ``tvbot manifest slack`` and return its exit code."""
    monkeypatch.setattr(sys, "argv", ["tvbot", "manifest", "slack", *SLACK_OPTIONS, *options])
    with pytest.raises(SystemExit) as ended:
        run()
    return int(ended.value.code or 0)


@pytest.fixture
def listed_domains(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Callable[..., list[str]]:
    """Return the domains that both manifests list. They are the same in both."""

    def read(*options: str) -> list[str]:
        assert run_manifest_slack(monkeypatch, *options) == 0
        in_slack: list[str] = json.loads(capsys.readouterr().out)["features"]["unfurl_domains"]
        (handler,) = Builder(monkeypatch, tmp_path)(*options).manifest["composeExtensions"][0][
            "messageHandlers"
        ]
        assert handler["value"]["domains"] == in_slack
        return in_slack

    return read


CONFIGURATIONS: list[tuple[dict[str, str], list[str]]] = [
    ({}, ["sdpondemand.manageengine.com"]),
    *(
        ({"TVBOT_SERVICEDESK_DATA_CENTER": name}, [center.web_url.removeprefix("https://")])
        for name, center in DATA_CENTERS.items()
    ),
    ({WEB_URL: "https://Helpdesk.Example.com/"}, ["helpdesk.example.com"]),
    ({WEB_URL: "https://helpdesk.example.com/app/itdesk"}, ["helpdesk.example.com"]),
    (
        {
            WEB_URL: "https://helpdesk.example.com, https://acme.sdpondemand.manageengine.eu,"
            "https://sdpondemand.manageengine.eu",
            "TVBOT_SERVICEDESK_PORTAL": "itdesk",
        },
        ["helpdesk.example.com", "acme.sdpondemand.manageengine.eu", "sdpondemand.manageengine.eu"],
    ),
    ({WEB_URL: "https://helpdesk.example.com:443"}, ["helpdesk.example.com"]),
]


@pytest.mark.parametrize(("variables", "domains"), CONFIGURATIONS)
async def test_bot_recognizes_links_to_every_domain_of_the_manifests(
    configure: Configure,
    listed_domains: Callable[..., list[str]],
    variables: dict[str, str],
    domains: list[str],
) -> None:
    """Both read the same settings. A domain that the bot does not know would give links without previews."""
    configure(**variables)
    assert listed_domains() == domains
    settings = load_settings()
    web_urls = choose_web_urls(settings.servicedesk_web_url, settings.servicedesk_data_center)
    async with new_http_client() as http:
        servicedesk = ServiceDeskClient(
            http,
            api_url="https://sdp.test",
            web_urls=web_urls,
            portal=settings.servicedesk_portal,
            tokens=FakeTokens(),
        )
        for domain in domains:
            for link in (
                f"https://{domain}/app/itdesk/ui/requests/{ID}/details",
                f"https://{domain.upper()}/app/itdesk/ui/requests/{ID}?tab=conversations#last",
            ):
                assert servicedesk.id_in(link) == ID


def test_given_addresses_replace_those_of_the_settings(
    configure: Configure, listed_domains: Callable[..., list[str]]
) -> None:
    configure(**{WEB_URL: "https://helpdesk.example.com,https://sdpondemand.manageengine.com"})
    assert listed_domains("--servicedesk-url", "https://sdpondemand.manageengine.com") == [
        "sdpondemand.manageengine.com"
    ]


def test_given_address_that_the_bot_does_not_recognize_is_pointed_out(
    configure: Configure, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """The manifest is made all the same: it may be for a bot whose settings are elsewhere."""
    configure(**{WEB_URL: "https://helpdesk.example.com"})
    options = ["--servicedesk-url", "https://Helpdesk.example.com/app/itdesk"]
    assert run_manifest_slack(monkeypatch, *options) == 0
    assert capsys.readouterr().err == ""
    options += ["--servicedesk-url", "https://sdp.example.org"]
    hint = (
        "tvbot: the bot recognizes links to these addresses only with "
        "TVBOT_SERVICEDESK_WEB_URL=https://Helpdesk.example.com,https://sdp.example.org\n"
    )
    assert run_manifest_slack(monkeypatch, *options) == 0
    assert capsys.readouterr().err == hint
    out = str(tmp_path / "teams.zip")
    assert manifest_teams(monkeypatch, *TEAMS_OPTIONS, "--out", out, *options) == 0
    assert capsys.readouterr().err == hint


@pytest.mark.parametrize(
    ("variables", "named"),
    [
        ({WEB_URL: "http://127.0.0.1:8080"}, f"{WEB_URL} or --servicedesk-url"),
        ({WEB_URL: ",".join(f"https://d{n}.example.com" for n in range(6))}, f"{WEB_URL} or"),
        ({WEB_URL: "https://helpdesk.example.com/hunter2"}, WEB_URL),
    ],
)
def test_wrong_setting_is_named(
    configure: Configure,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    variables: dict[str, str],
    named: str,
) -> None:
    configure(**variables)
    assert run_manifest_slack(monkeypatch) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert named in said.err
    assert "hunter2" not in said.err


def test_slash_command_of_the_settings_is_registered(
    configure: Configure, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """An option replaces it."""
    configure(TVBOT_SLACK_COMMAND="/remote")
    for options, command in (((), "/remote"), (("--command", "/desk"), "/desk")):
        assert run_manifest_slack(monkeypatch, *options) == 0
        (registered,) = json.loads(capsys.readouterr().out)["features"]["slash_commands"]
        assert registered["command"] == command
