"""Each check is made to fail, one at a time. The doctor names that check and no other, and gives no secret away."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from support.doctor import Installation, lose_zoho_scope, with_verdict
from support.ports import free_port

from adapters.doctor import own_checks
from adapters.doctor.table import CHECKS
from bot.model.finding import Finding, Verdict
from bot.model.ids import RequestNumber
from sandbox.faults import Fault
from sandbox.server import Server
from storage.tables import rounds
from storage.vault import new_key

CANNOT_FAIL = {
    "slack-manifest": "Slack shows the manifest to nobody but the app's owners",
    "teams-package": "the bot has no permission to read it",
    "slack-calls": "a request that does not arrive cannot be told from one that was never sent",
    "teams-calls": "a request that does not arrive cannot be told from one that was never sent",
    "webhook-calls": "a call that does not arrive cannot be told from one that was never made",
    "teamviewer-permissions": "nobody but the app's owner can read them",
}
"""The checks that can only say that they do not know, each with the reason."""


def set_variable(name: str, value: str) -> Callable[[Installation], None]:
    """Return what sets a setting to a value that is wrong."""

    def change(installation: Installation) -> None:
        installation.variables[name] = value

    return change


def lose_mail_sender(installation: Installation) -> None:
    del installation.variables["TVBOT_MAIL_FROM"]


def stop_bot(installation: Installation) -> None:
    installation.variables["TVBOT_PUBLIC_URL"] = f"http://127.0.0.1:{free_port()}"


def damage_database(installation: Installation) -> None:
    installation.file.write_text("This is no database, but a text that somebody has copied over it." * 99)


def fall_behind(installation: Installation) -> None:
    installation.execute(sa.text("UPDATE alembic_version SET version_num = '0010'"))


def fill_disk(installation: Installation) -> None:
    installation.monkeypatch.setattr(own_checks, "free_bytes", lambda _file: 1024)


def revoke_slack_token(installation: Installation) -> None:
    token = installation.environment.slack.token_of()
    assert token is not None
    token.is_revoked = True
    installation.undo.append(lambda: setattr(token, "is_revoked", False))


def lose_slack_scope(installation: Installation) -> None:
    token = installation.environment.slack.token_of()
    assert token is not None
    token.scopes.remove("links:write")
    installation.undo.append(lambda: token.scopes.add("links:write"))


def lose_microsofts_keys(installation: Installation) -> None:
    installation.environment.teams.faults.plan("openid", Fault.SERVER_ERROR)


def lose_right_to_reply(installation: Installation) -> None:
    installation.write_to = RequestNumber("101")
    installation.environment.servicedesk.refuse_replies = True


def let_licence_expire(installation: Installation) -> None:
    options = installation.environment.teamviewer.options
    options.licence_is_active = False
    installation.undo.append(lambda: setattr(options, "licence_is_active", True))


def stop_mail_server(installation: Installation) -> None:
    installation.variables["TVBOT_SMTP_URL"] = f"smtp://127.0.0.1:{free_port()}"


def leave_job_waiting(installation: Installation) -> None:
    long_ago = int((datetime.now(UTC) - timedelta(hours=1)).timestamp() * 1000)
    job = "INSERT INTO workflow_status (workflow_uuid, status, name, created_at, updated_at, recovery_attempts, priority)"
    installation.execute(sa.text(f"{job} VALUES ('w1', 'ENQUEUED', 'job', {long_ago}, {long_ago}, 0, 0)"))


def stop_rounds(installation: Installation) -> None:
    installation.execute(sa.update(rounds).values(completed_at=datetime.now(UTC) - timedelta(hours=1)))


def set_clocks_ahead(installation: Installation) -> None:
    installation.monkeypatch.setattr(Server, "seconds_ahead", 600)


FAILURES: dict[str, Callable[[Installation], None]] = {
    "settings": lose_mail_sender,
    "public-url": stop_bot,
    "database": damage_database,
    "migrations": fall_behind,
    "keys": set_variable("TVBOT_SECRET_KEYS", new_key()),
    "disk": fill_disk,
    "slack-signing-secret": set_variable("TVBOT_SLACK_SIGNING_SECRET", "xoxb-no-signing-secret"),
    "slack-token": revoke_slack_token,
    "slack-scopes": lose_slack_scope,
    "slack-app-token": set_variable("TVBOT_SLACK_APP_TOKEN", "xapp-of-another-app"),
    "teams-token": set_variable("TVBOT_TEAMS_APP_PASSWORD", "a-secret-that-expired"),
    "teams-keys": lose_microsofts_keys,
    "teams-invitations": set_variable("TVBOT_TELL_REQUESTER_IN_CHAT", "true"),
    "servicedesk-token": set_variable("TVBOT_SERVICEDESK_REFRESH_TOKEN", "1000.revoked.token"),
    "servicedesk-portal": set_variable("TVBOT_SERVICEDESK_PORTAL", "elsewhere"),
    "servicedesk-requests": lose_zoho_scope("requests.READ"),
    "technicians": lose_zoho_scope("technicians.READ"),
    "admins": set_variable("TVBOT_ADMINS", "stranger@example.test"),
    "servicedesk-writing": lose_right_to_reply,
    "webhook": set_variable("TVBOT_SERVICEDESK_HOOK_SECRET", "another-hook-secret"),
    "teamviewer-app": set_variable("TVBOT_TEAMVIEWER_CLIENT_SECRET", "another-tv-secret"),
    "teamviewer-licence": let_licence_expire,
    "mail": stop_mail_server,
    "sms": set_variable("TVBOT_SMS_URL", "nosuchgateway://token-of-sms@sender/{to}"),
    "queue": leave_job_waiting,
    "rounds": stop_rounds,
    "clock": set_clocks_ahead,
}
"""What makes each check fail. The certificate has a test of its own, with a server that has a wrong one."""


async def test_sound_installation_fails_no_check(installation: Installation) -> None:
    """What cannot be known is not called sound either."""
    findings = await installation.examine()
    assert with_verdict(Verdict.FAILED, findings) == set()
    assert with_verdict(Verdict.UNKNOWN, findings) == {
        *CANNOT_FAIL,
        "slack-signing-secret",
        "servicedesk-writing",
        "sms",
    }
    assert with_verdict(Verdict.SKIPPED, findings) == {"certificate", "teams-invitations"}


def test_every_check_is_made_to_fail_or_cannot_fail() -> None:
    assert FAILURES.keys() | {"certificate"} | CANNOT_FAIL.keys() == {check.name for check in CHECKS}


QUICK = {"database", "keys", "slack-scopes", "servicedesk-portal"}
"""Those that the suite makes fail. The others are among the long proofs."""


@pytest.mark.parametrize(
    "check",
    [pytest.param(one, marks=() if one in QUICK else (pytest.mark.long,)) for one in FAILURES],
)
async def test_one_thing_that_fails_is_named_and_nothing_else(check: str, installation: Installation) -> None:
    FAILURES[check](installation)
    findings = await installation.examine()
    assert with_verdict(Verdict.FAILED, findings) == {check}, findings
    _expect_no_secret(installation, findings)


def set_up_another_client(installation: Installation) -> None:
    installation.variables["TVBOT_SERVICEDESK_CLIENT_ID"] = "1000.OTHER"


def mistype_zohos_secret(installation: Installation) -> None:
    installation.environment.servicedesk.names_wrong_secrets = True
    installation.variables["TVBOT_SERVICEDESK_CLIENT_SECRET"] = "mistyped"


def name_another_tenant(installation: Installation) -> None:
    url = installation.variables["TVBOT_TEAMS_TOKEN_URL"]
    tenant = installation.variables["TVBOT_TEAMS_TENANT_ID"]
    installation.variables["TVBOT_TEAMS_TOKEN_URL"] = url.replace(tenant, "another-tenant")


def let_teams_secret_expire(installation: Installation) -> None:
    tokens = installation.environment.teams.token_endpoint
    tokens.password_has_expired = True
    installation.undo.append(lambda: setattr(tokens, "password_has_expired", False))


@pytest.mark.parametrize(
    ("change", "check", "setting"),
    [
        (set_up_another_client, "servicedesk-token", "TVBOT_SERVICEDESK_DATA_CENTER"),
        (mistype_zohos_secret, "servicedesk-token", "TVBOT_SERVICEDESK_CLIENT_SECRET"),
        (name_another_tenant, "teams-token", "TVBOT_TEAMS_TENANT_ID"),
        (let_teams_secret_expire, "teams-token", "Make a new client secret"),
    ],
)
async def test_remedy_is_about_what_the_outside_system_refuses(
    change: Callable[[Installation], None], check: str, setting: str, installation: Installation
) -> None:
    change(installation)
    findings = await installation.examine()
    assert with_verdict(Verdict.FAILED, findings) == {check}, findings
    assert setting in str(findings[check].remedy)


def _expect_no_secret(installation: Installation, findings: dict[str, Finding]) -> None:
    said = " ".join(f"{one.detail} {one.remedy}" for one in findings.values())
    names = ("SECRET", "TOKEN", "PASSWORD", "KEYS", "SMTP_URL", "SMS_URL")
    values = {value for name, value in installation.variables.items() if name.endswith(names)}
    assert not [value for value in values if value in said]
    assert "token-of-sms" not in said
