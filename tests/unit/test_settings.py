"""Settings: all errors are listed at once, by name and never with the value. The manual has the same table."""

from pathlib import Path

import pytest

from adapters import settings
from adapters.installation_settings import phone_region, sms_channel
from adapters.settings import BadSettings, check_for_serving, load_settings, settings_from
from bot.model.known_secrets import KnownSecrets, known_secrets
from bot.model.notice import Channel
from bot.model.secret import Secret
from storage.vault import Vault, new_key

GOOD = {
    "TVBOT_PUBLIC_URL": "https://tvbot.example.com/",
    "TVBOT_SECRET_KEYS": new_key(),
    "TVBOT_SLACK_SIGNING_SECRET": "signing",
    "TVBOT_SLACK_BOT_TOKEN": "xoxb-1",
    "TVBOT_TEAMVIEWER_CLIENT_ID": "tv",
    "TVBOT_TEAMVIEWER_CLIENT_SECRET": "tv-secret",
    "TVBOT_SERVICEDESK_CLIENT_ID": "zoho",
    "TVBOT_SERVICEDESK_CLIENT_SECRET": "zoho-secret",
    "TVBOT_SERVICEDESK_REFRESH_TOKEN": "zoho-refresh",
}
TEAMS = {
    "TVBOT_TEAMS_APP_ID": "5f1b0000-0000-4000-8000-000000000001",
    "TVBOT_TEAMS_APP_PASSWORD": "app-secret",
    "TVBOT_TEAMS_TENANT_ID": "7a110000-0000-4000-8000-000000000002",
}
NO_SLACK = {name: value for name, value in GOOD.items() if "SLACK" not in name}
MANUAL = Path(__file__).parents[2] / "docs" / "operating.md"


def test_required_settings_are_enough_to_serve() -> None:
    check_for_serving(settings_from(GOOD))
    assert settings_from(GOOD).public_url == "https://tvbot.example.com"


@pytest.mark.parametrize("name", GOOD)
def test_missing_setting_is_named(name: str) -> None:
    with pytest.raises(BadSettings) as caught:
        check_for_serving(settings_from({other: value for other, value in GOOD.items() if other != name}))
    assert any(problem.startswith(name) for problem in caught.value.problems)


def test_all_missing_settings_are_listed_at_once() -> None:
    with pytest.raises(BadSettings) as caught:
        check_for_serving(settings_from({}))
    assert len(caught.value.problems) >= 8


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TVBOT_PUBLIC_URL", "http://tvbot.example.com"),
        ("TVBOT_TEAMVIEWER_API_URL", "ftp://webapi.teamviewer.com"),
        ("TVBOT_SLACK_COMMAND", "tv hunter2"),
        ("TVBOT_PORT", "hunter2"),
        ("TVBOT_SERVICEDESK_DATA_CENTER", "hunter2"),
        ("TVBOT_POLL_SECONDS", "0"),
        ("TVBOT_SECRET_KEYS", "hunter2"),
        ("TVBOT_DATABASE_URL", "mysql://hunter2"),
        ("TVBOT_SMTP_URL", "hunter2://mail"),
        ("TVBOT_TEAMS_TENANT_ID", "hunter2.onmicrosoft.com"),
        ("TVBOT_TEAMS_OPENID_URL", "http://hunter2.example.com"),
        ("TVBOT_TEAMS_ALLOW_ANONYMOUS", "hunter2"),
        ("TVBOT_PUBLIC_URL", "https://tvbot.example.com:hunter2"),
        ("TVBOT_PUBLIC_URL", "https://[hunter2"),
        ("TVBOT_SERVICEDESK_API_URL", "https://sdp.example.com/app/hunter2/api/v3"),
        ("TVBOT_SERVICEDESK_ACCOUNTS_URL", "https://accounts.zoho.com/hunter2"),
        ("TVBOT_SERVICEDESK_WEB_URL", "hunter2.example.com"),
        ("TVBOT_SERVICEDESK_WEB_URL", "http://hunter2.example.com"),
        ("TVBOT_SERVICEDESK_WEB_URL", "https://sdp.example.com,http://hunter2.example.com"),
        ("TVBOT_SERVICEDESK_WEB_URL", "https://ann:hunter2@sdp.example.com"),
        ("TVBOT_SERVICEDESK_WEB_URL", "https://sdp.example.com/hunter2"),
        ("TVBOT_SERVICEDESK_WEB_URL", "https://sdp.example.com/?portal=hunter2"),
        ("TVBOT_SERVICEDESK_WEB_URL", "https://sdp.example.com/#hunter2"),
        ("TVBOT_SERVICEDESK_WEB_URL", "https://sdp.example.com/app/hunter2/ui/requests"),
        ("TVBOT_SERVICEDESK_WEB_URL", "https://sdp.example.com/app/hunter2?tab=1"),
        ("TVBOT_SERVICEDESK_WEB_URL", "https://a.example.com/app/hunter2,https://b.example.com/app/hr"),
        ("TVBOT_SMS_VIA", "hunter2"),
        ("TVBOT_SMS_URL", "json://hunter2/sms"),
        ("TVBOT_PHONE_REGION", "hunter2"),
        ("TVBOT_PHONE_REGION", "XX"),
        ("TVBOT_PHONE_REGION", "+33"),
        ("TVBOT_TEAMS_CLOUD", "hunter2"),
        ("TVBOT_SLACK_ALLOW_UNCONFIRMED_EMAIL", "hunter2"),
        ("TVBOT_SLACK_WORKSPACES", "T0FIRM, hunter2"),
    ],
)
def test_invalid_setting_is_named_without_its_value(name: str, value: str) -> None:
    with pytest.raises(BadSettings) as caught:
        check_for_serving(settings_from(GOOD | {"TVBOT_MAIL_FROM": "bot@example.com", name: value}))
    assert any(problem.startswith(name) for problem in caught.value.problems)
    assert "hunter2" not in str(caught.value)


def test_one_chat_platform_is_enough() -> None:
    check_for_serving(settings_from(GOOD | TEAMS))
    check_for_serving(settings_from(NO_SLACK | TEAMS))
    check_for_serving(settings_from(NO_SLACK | {"TVBOT_TEAMS_ALLOW_ANONYMOUS": "true"}))


def test_missing_chat_platform_is_reported() -> None:
    with pytest.raises(BadSettings, match="no chat platform is set up"):
        check_for_serving(settings_from(NO_SLACK))


@pytest.mark.parametrize("name", TEAMS)
def test_missing_teams_setting_is_named(name: str) -> None:
    """Complete settings of Slack make no difference."""
    teams = {other: value for other, value in TEAMS.items() if other != name}
    for others in (GOOD, NO_SLACK):
        with pytest.raises(BadSettings) as caught:
            check_for_serving(settings_from(others | teams))
        (problem,) = caught.value.problems
        assert problem.startswith(f"{name}: is missing, for Microsoft Teams")


def test_incomplete_slack_settings_are_named_even_if_teams_is_complete() -> None:
    with pytest.raises(BadSettings) as caught:
        check_for_serving(settings_from(NO_SLACK | TEAMS | {"TVBOT_SLACK_BOT_TOKEN": "xoxb-1"}))
    assert [problem.partition(":")[0] for problem in caught.value.problems] == ["TVBOT_SLACK_SIGNING_SECRET"]


def test_installation_by_oauth_needs_the_list_of_workspaces() -> None:
    """Without it, anybody's workspace could add the app. A bot token names its workspace by itself."""
    by_token = {"TVBOT_SLACK_CLIENT_ID": "1.2", "TVBOT_SLACK_CLIENT_SECRET": "client-secret"}
    check_for_serving(settings_from(GOOD | by_token))
    by_oauth = {name: value for name, value in (GOOD | by_token).items() if name != "TVBOT_SLACK_BOT_TOKEN"}
    with pytest.raises(BadSettings) as caught:
        check_for_serving(settings_from(by_oauth))
    assert caught.value.problems == [
        "TVBOT_SLACK_WORKSPACES: is missing; list the workspaces that may add the app by their ids, like T0123ABCD"
    ]
    settings = settings_from(by_oauth | {"TVBOT_SLACK_WORKSPACES": "T0FIRM, E0GROUP"})
    check_for_serving(settings)
    assert settings.slack_workspaces == ["T0FIRM", "E0GROUP"]


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", "tvbot.example.com"])
def test_anonymous_teams_is_refused_on_a_public_address(host: str) -> None:
    anonymous = {"TVBOT_TEAMS_ALLOW_ANONYMOUS": "true"}
    with pytest.raises(BadSettings, match="TVBOT_TEAMS_ALLOW_ANONYMOUS"):
        check_for_serving(settings_from(GOOD | TEAMS | anonymous | {"TVBOT_HOST": host}))
    for here in ("127.0.0.1", "::1", "localhost"):
        check_for_serving(settings_from(GOOD | anonymous | {"TVBOT_HOST": here}))


GATEWAY = {"TVBOT_SMS_URL": "json://127.0.0.1:9/sms/{to}"}


@pytest.mark.parametrize(
    ("variables", "channel"),
    [
        ({}, Channel.TEAMVIEWER_SMS),
        (GATEWAY, Channel.SMS),
        ({"TVBOT_SMS_VIA": "auto"}, Channel.TEAMVIEWER_SMS),
        (GATEWAY | {"TVBOT_SMS_VIA": "auto"}, Channel.SMS),
        ({"TVBOT_SMS_VIA": "teamviewer"}, Channel.TEAMVIEWER_SMS),
        (GATEWAY | {"TVBOT_SMS_VIA": "teamviewer"}, Channel.TEAMVIEWER_SMS),
        (GATEWAY | {"TVBOT_SMS_VIA": "gateway"}, Channel.SMS),
        ({"TVBOT_SMS_VIA": "none"}, None),
        (GATEWAY | {"TVBOT_SMS_VIA": "none"}, None),
    ],
)
def test_settings_say_who_sends_sms(variables: dict[str, str], channel: Channel | None) -> None:
    settings_of_case = settings_from(GOOD | variables)
    check_for_serving(settings_of_case)
    assert sms_channel(settings_of_case) is channel


def test_gateway_without_its_address_is_reported() -> None:
    with pytest.raises(BadSettings) as caught:
        check_for_serving(settings_from(GOOD | {"TVBOT_SMS_VIA": "gateway"}))
    assert caught.value.problems == ["TVBOT_SMS_URL: is missing, while TVBOT_SMS_VIA is gateway"]


@pytest.mark.parametrize(("value", "region"), [("FR", "FR"), ("fr", "FR"), ("none", None), ("NONE", None)])
def test_phone_region_is_a_country_or_none(value: str, region: str | None) -> None:
    assert phone_region(settings_from({"TVBOT_PHONE_REGION": value})) == region


def test_empty_phone_region_is_the_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TVBOT_PHONE_REGION", "")
    assert load_settings().phone_region is None


def test_plain_http_is_accepted_for_loopback() -> None:
    check_for_serving(settings_from(GOOD | {"TVBOT_PUBLIC_URL": "http://127.0.0.1:3978"}))


@pytest.mark.parametrize(
    ("given", "web_urls"),
    [
        ("", []),
        ("https://SDP.Example.com/", ["https://sdp.example.com"]),
        (
            " https://sdp.example.com, https://sdpondemand.manageengine.com ,",
            ["https://sdp.example.com", "https://sdpondemand.manageengine.com"],
        ),
        ("https://Sdp.example.com/app/ITdesk/", ["https://sdp.example.com/app/ITdesk"]),
        ("http://127.0.0.1:8080", ["http://127.0.0.1:8080"]),
    ],
)
def test_addresses_of_requests_are_a_list(given: str, web_urls: list[str]) -> None:
    """Each may name the portal."""
    assert settings_from({"TVBOT_SERVICEDESK_WEB_URL": given}).servicedesk_web_url == web_urls


def test_settings_name_one_portal() -> None:
    """Its name in an address may be encoded, or be in other case."""
    web_url = "https://a.example.com/app/IT%20desk,https://b.example.com"
    same = {"TVBOT_SERVICEDESK_WEB_URL": web_url, "TVBOT_SERVICEDESK_PORTAL": "it desk"}
    check_for_serving(settings_from(GOOD | same))
    with pytest.raises(BadSettings, match="must name the same portal"):
        check_for_serving(settings_from(GOOD | same | {"TVBOT_SERVICEDESK_PORTAL": "hr"}))


def test_secret_can_be_read_from_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = tmp_path / "token"
    secret.write_text("xoxb-from-file\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TVBOT_SLACK_BOT_TOKEN_FILE", str(secret))
    token = load_settings().slack_bot_token
    assert token is not None
    assert token.get_secret_value() == "xoxb-from-file"
    monkeypatch.setenv("TVBOT_SLACK_BOT_TOKEN_FILE", str(tmp_path / "gone"))
    with pytest.raises(BadSettings, match="TVBOT_SLACK_BOT_TOKEN_FILE"):
        load_settings()


def test_manual_lists_every_setting() -> None:
    manual = MANUAL.read_text(encoding="utf-8")
    between = manual.split("<!-- settings -->\n")[1].split("\n<!-- /settings -->")[0]
    assert between == settings.settings_table()


def test_every_secret_setting_is_masked_in_the_log_once_it_was_read() -> None:
    """Each key of a list too, and the password of the database, which is in a setting that is no secret itself."""
    names = [
        name for name, field in settings.Settings.model_fields.items() if "SecretStr" in str(field.annotation)
    ]
    values = {name: f"value-{name}-{number}" for number, name in enumerate(names)}
    first, second = new_key(), new_key()
    values |= {"secret_keys": f"{first},{second}", "sms_url": "twilio://AC12345678:tok3nOfTwilio@1415/{to}"}
    values |= {"smtp_url": "smtp://mailer:p%40ssw0rdOfMail@mail.example.com:587"}
    given = {f"TVBOT_{name.upper()}": value for name, value in values.items()}
    settings_from(given | {"TVBOT_DATABASE_URL": "postgresql://tvbot:passw0rdOfDb@db.example.com/tvbot"})
    secrets = {*values.values(), first, second, "tok3nOfTwilio", "p@ssw0rdOfMail", "passw0rdOfDb"}
    secrets -= {values["secret_keys"], values["sms_url"], values["smtp_url"]}
    assert len(names) >= 10
    for secret in secrets:
        assert known_secrets.mask(f"x {secret} y") == "x *** y", secret
    assert known_secrets.mask("db.example.com mail.example.com") == "db.example.com mail.example.com"


def test_sealed_value_is_masked_in_the_log_once_it_was_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tokens, links and join tokens come out of the database in this way."""
    vault, token = Vault([new_key()]), "sealed-by-another-process"
    sealed = vault.seal(Secret(token), "tokens/1/access")
    here = KnownSecrets()
    monkeypatch.setattr("bot.model.secret.known_secrets", here)
    assert here.mask(token) == token
    vault.unseal(sealed, "tokens/1/access")
    assert here.mask(token) == "***"


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("TVBOT_REPORT_NAMES", "perhaps", "must be true or false"),
        ("TVBOT_RETENTION_DAYS", "a year", "must be a whole number"),
        ("TVBOT_RETENTION_DAYS", "0", "must be at least 1"),
        ("TVBOT_PORT", "70000", "must be at most 65535"),
        ("TVBOT_SERVICEDESK_DATA_CENTER", "mars", "must be us, eu, in, cn, jp, au or ca"),
    ],
)
def test_wrong_value_is_answered_with_what_it_must_be(name: str, value: str, message: str) -> None:
    with pytest.raises(BadSettings) as caught:
        settings_from({name: value})
    assert f"{name}: {message}" in caught.value.problems
