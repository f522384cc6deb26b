"""The doctor names what fails, and nothing else; it takes nothing for sound that it has not seen; it gives no secret away."""

import asyncio
import json
import shutil
import ssl
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
import sqlalchemy as sa
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from sqlalchemy.ext.asyncio import AsyncConnection
from support.bot import settings_for
from support.command_line import new_tvbot
from support.fakes.services import Fakes, build_services
from support.ports import free_port

from adapters.cli.doctor import examine_installation
from adapters.doctor import own_checks
from adapters.doctor import run as doctor_run
from adapters.doctor.examination import Examination
from adapters.doctor.outcome import Outcome
from adapters.doctor.table import CHECKS, Check
from adapters.doctor.web_checks import judge_end
from adapters.engine.queue import JobQueue
from adapters.settings import settings_from
from adapters.slack.installations import ManyWorkspaces
from adapters.web.health import Health
from adapters.web.hooks import ServiceDeskHook
from bot.i18n import Text
from bot.jobs import Job
from bot.model.finding import Finding, Verdict
from bot.model.ids import OrgId, RequestNumber
from bot.model.secret import Secret
from sandbox.environment import Environment
from sandbox.faults import Fault
from sandbox.server import Server
from storage.canary import check_keys
from storage.database import Database
from storage.migrate import upgrade_schema
from storage.tables import rounds, switches
from storage.unit_of_work import SqlUnitOfWork
from storage.vault import Vault, new_key

KEY, HOOK_SECRET = new_key(), "hook-secret-73"
ORG = "default"
CANNOT_FAIL = {
    "slack-manifest": "Slack shows the manifest to nobody but the app's owners",
    "teams-package": "the bot has no permission to read it",
    "teamviewer-permissions": "nobody but the app's owner can read them",
}
"""The checks that can only say that they do not know, each with the reason."""


@pytest.fixture(scope="module")
async def environment() -> AsyncIterator[Environment]:
    environment = Environment()
    await environment.start()
    environment.servicedesk.add_technician("Ana", "ana@example.test")
    environment.servicedesk.add_request("101", "A test", "Rita", "rita@example.test")
    yield environment
    await environment.stop()


@pytest.fixture(scope="module")
async def prepared_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database that a bot has started on. Each test gets a copy."""
    file: Path = tmp_path_factory.mktemp("prepared") / "tvbot.db"
    database = Database(f"sqlite:///{file}")
    upgrade_schema(database)
    JobQueue.migrate(database)
    await check_keys(database, Vault([KEY]), OrgId(ORG))
    await database.close()
    _execute(file, sa.insert(rounds).values(org_id=ORG, number=1, completed_at=datetime.now(UTC)))
    return file


@pytest.fixture(scope="module")
async def bot_url() -> AsyncIterator[str]:
    """What answers at the public address: the routes of a bot that the doctor calls."""
    app = web.Application()
    Health({}, sign=Vault([KEY]).sign).add_public_routes(app, has_metrics=False)
    ServiceDeskHook(build_services(Fakes()), Secret(HOOK_SECRET)).add_routes(app)
    server = Server(app)
    yield await server.start()
    await server.stop()


@dataclass
class Installation:
    """An installation that is complete and sound, until a test changes something."""

    environment: Environment
    variables: dict[str, str]
    file: Path
    folder: Path
    monkeypatch: pytest.MonkeyPatch
    write_to: RequestNumber | None = None
    undo: list[Callable[[], object]] = field(default_factory=list)

    async def examine(self) -> dict[str, Finding]:
        findings = await examine_installation(settings_from(self.variables), self.write_to)
        assert [one.check for one in findings] == [check.name for check in CHECKS]
        return {one.check: one for one in findings}

    def execute(self, statement: sa.Executable) -> None:
        _execute(self.file, statement)


@pytest.fixture
def installation(
    environment: Environment,
    prepared_file: Path,
    bot_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Installation]:
    file = Path(shutil.copy(prepared_file, tmp_path / "tvbot.db"))
    variables = settings_for(
        environment,
        f"sqlite:///{file}",
        TVBOT_SECRET_KEYS=KEY,
        TVBOT_PUBLIC_URL=bot_url,
        TVBOT_SLACK_APP_TOKEN=environment.slack.app_token,
        TVBOT_SERVICEDESK_HOOK_SECRET=HOOK_SECRET,
        TVBOT_POLL_SECONDS="15",
    )
    installation = Installation(environment, variables, file, tmp_path, monkeypatch)
    installation.execute(sa.update(rounds).values(completed_at=datetime.now(UTC)))
    yield installation
    for undo in installation.undo:
        undo()
    for sandbox in (environment.servicedesk, environment.slack, environment.teams, environment.teamviewer):
        sandbox.faults.clear()
    environment.servicedesk.reset_behaviour()
    environment.servicedesk.forget_issued_tokens()


def _execute(file: Path, statement: sa.Executable) -> None:
    engine = sa.create_engine(f"sqlite:///{file}")
    with engine.begin() as connection:
        connection.execute(statement)
    engine.dispose()


def _with(verdict: Verdict, findings: dict[str, Finding]) -> set[str]:
    return {name for name, one in findings.items() if one.verdict is verdict}


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


def lose_zoho_scope(scope: str) -> Callable[[Installation], None]:
    """Return what takes a scope from the authorization at Zoho."""

    def change(installation: Installation) -> None:
        installation.environment.servicedesk.scopes.remove(f"SDPOnDemand.{scope}")

    return change


def lose_right_to_reply(installation: Installation) -> None:
    installation.write_to = RequestNumber("101")
    installation.environment.servicedesk.refuse_replies = True


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
    "servicedesk-token": set_variable("TVBOT_SERVICEDESK_REFRESH_TOKEN", "1000.revoked.token"),
    "servicedesk-portal": set_variable("TVBOT_SERVICEDESK_PORTAL", "elsewhere"),
    "servicedesk-requests": lose_zoho_scope("requests.READ"),
    "technicians": lose_zoho_scope("technicians.READ"),
    "servicedesk-writing": lose_right_to_reply,
    "webhook": set_variable("TVBOT_SERVICEDESK_HOOK_SECRET", "another-hook-secret"),
    "teamviewer-app": set_variable("TVBOT_TEAMVIEWER_CLIENT_SECRET", "another-tv-secret"),
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
    assert _with(Verdict.FAILED, findings) == set()
    assert _with(Verdict.UNKNOWN, findings) == {
        *CANNOT_FAIL,
        "slack-signing-secret",
        "servicedesk-writing",
        "sms",
    }
    assert _with(Verdict.SKIPPED, findings) == {"certificate"}


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
    assert _with(Verdict.FAILED, findings) == {check}, findings
    _expect_no_secret(installation, findings)


def _expect_no_secret(installation: Installation, findings: dict[str, Finding]) -> None:
    said = " ".join(f"{one.detail} {one.remedy}" for one in findings.values())
    names = ("SECRET", "TOKEN", "PASSWORD", "KEYS", "SMTP_URL", "SMS_URL")
    values = {value for name, value in installation.variables.items() if name.endswith(names)}
    assert not [value for value in values if value in said]
    assert "token-of-sms" not in said


async def test_other_bot_at_the_public_address_is_not_taken_for_this_one(
    installation: Installation,
) -> None:
    """It has other keys. The secret of the webhook is not sent to it."""
    called: list[str] = []

    async def note_call(request: web.Request) -> web.Response:
        called.append(request.path)
        return web.Response(status=202)

    app = web.Application()
    Health({}, sign=Vault([new_key()]).sign).add_public_routes(app, has_metrics=False)
    app.router.add_post("/hooks/servicedesk", note_call)
    async with _serving(app) as url:
        installation.variables["TVBOT_PUBLIC_URL"] = url
        findings = await installation.examine()
    assert _with(Verdict.FAILED, findings) == {"public-url"}
    assert "with other keys" in str(findings["public-url"].detail)
    assert findings["webhook"].verdict is Verdict.UNKNOWN
    assert called == []


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_public_address_at_which_nobody_answers_fails(scheme: str, installation: Installation) -> None:
    installation.variables["TVBOT_PUBLIC_URL"] = f"{scheme}://127.0.0.1:{free_port()}"
    findings = await installation.examine()
    assert _with(Verdict.FAILED, findings) == {"public-url"}
    assert findings["certificate"].verdict is (Verdict.SKIPPED if scheme == "http" else Verdict.UNKNOWN)


@pytest.mark.long
async def test_web_page_at_the_public_address_is_not_taken_for_the_bot(installation: Installation) -> None:
    async with _serving(web.Application()) as url:
        installation.variables["TVBOT_PUBLIC_URL"] = url
        findings = await installation.examine()
    assert str(findings["public-url"].detail) == "Something else than tvbot answers there (status 404)."


@asynccontextmanager
async def _serving(app: web.Application) -> AsyncIterator[str]:
    server = Server(app)
    yield await server.start()
    await server.stop()


async def test_certificate_that_nobody_trusts_is_named_and_nothing_else(installation: Installation) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(_certificate_signed_by_itself(installation.folder))
    server = await asyncio.start_server(lambda _reader, writer: writer.close(), "127.0.0.1", 0, ssl=context)
    installation.variables["TVBOT_PUBLIC_URL"] = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    findings = await installation.examine()
    server.close()
    assert _with(Verdict.FAILED, findings) == {"certificate"}
    assert str(findings["certificate"].detail) == "It is not trusted: self-signed certificate."
    assert findings["public-url"].verdict is Verdict.UNKNOWN


def _certificate_signed_by_itself(folder: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=90))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = folder / "certificate.pem"
    pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    file.write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain) + certificate.public_bytes(pem)
    )
    return file


def test_certificate_that_ends_within_a_week_fails() -> None:
    now = datetime(2026, 11, 28, 12, tzinfo=UTC)
    assert judge_end(now + timedelta(days=6, hours=23), now).verdict is Verdict.FAILED
    assert judge_end(now + timedelta(days=8), now).verdict is Verdict.OK


async def test_nothing_reaches_teamviewer_or_servicedesk_while_the_integration_is_off(
    installation: Installation,
) -> None:
    installation.execute(
        sa.insert(switches).values(
            org_id=ORG, integration=False, widget=True, locations="home,message,unfurl"
        )
    )
    before = (
        list(installation.environment.servicedesk.calls),
        list(installation.environment.teamviewer.calls),
    )
    installation.write_to = RequestNumber("101")
    findings = await installation.examine()
    assert _with(Verdict.FAILED, findings) == set()
    asked = {name for name in findings if name.startswith(("servicedesk", "technicians", "teamviewer"))}
    assert asked <= _with(Verdict.UNKNOWN, findings)
    assert (installation.environment.servicedesk.calls, installation.environment.teamviewer.calls) == before


@pytest.mark.long
async def test_stored_token_is_used_so_that_a_check_every_minute_locks_nobody_out(
    installation: Installation,
) -> None:
    """Zoho issues ten tokens in ten minutes."""
    before = installation.environment.servicedesk.count_calls("oauth.token")
    for _examination in range(3):
        assert _with(Verdict.FAILED, await installation.examine()) == set()
    assert installation.environment.servicedesk.count_calls("oauth.token") == before + 1


@pytest.mark.long
async def test_missing_scope_costs_no_token(installation: Installation) -> None:
    lose_zoho_scope("technicians.READ")(installation)
    before = installation.environment.servicedesk.count_calls("oauth.token")
    await installation.examine()
    await installation.examine()
    assert installation.environment.servicedesk.count_calls("oauth.token") == before + 1


async def test_before_the_first_start_everything_outside_is_checked_all_the_same(
    installation: Installation,
) -> None:
    installation.variables["TVBOT_DATABASE_URL"] = f"sqlite:///{installation.folder}/new.db"
    findings = await installation.examine()
    assert _with(Verdict.FAILED, findings) == set()
    works = _with(Verdict.OK, findings)
    assert {"database", "servicedesk-requests", "technicians", "teamviewer-app"} <= works
    assert {"migrations", "keys", "queue", "rounds"} <= _with(Verdict.UNKNOWN, findings)


@pytest.mark.long
async def test_chat_that_is_not_set_up_is_skipped(installation: Installation) -> None:
    for name in [name for name in installation.variables if name.startswith("TVBOT_SLACK_")]:
        del installation.variables[name]
    findings = await installation.examine()
    assert _with(Verdict.FAILED, findings) == set()
    assert {name for name in findings if name.startswith("slack-")} <= _with(Verdict.SKIPPED, findings)


@pytest.mark.long
async def test_token_of_each_workspace_is_checked_and_the_refused_one_is_named(
    installation: Installation,
) -> None:
    slack, variables = installation.environment.slack, installation.variables
    del variables["TVBOT_SLACK_BOT_TOKEN"]
    variables |= {
        "TVBOT_SLACK_CLIENT_ID": slack.client_id,
        "TVBOT_SLACK_CLIENT_SECRET": slack.client_secret,
        "TVBOT_SLACK_WORKSPACES": "T0SANDBOX,T0OTHER",
    }
    assert str((await installation.examine())["slack-token"].detail) == (
        "The app is not installed in any workspace yet."
    )
    for team, token in (("T0SANDBOX", slack.bot_token), ("T0OTHER", "xoxb-refused")):
        await _install(installation, team, token)
    findings = await installation.examine()
    assert _with(Verdict.FAILED, findings) == {"slack-token"}
    assert str(findings["slack-token"].detail) == "T0OTHER: Slack refused it (invalid_auth)."
    assert findings["slack-scopes"].verdict is Verdict.OK


async def _install(installation: Installation, team: str, token: str) -> None:
    """Store an installation of the app, as the answer of ``oauth.v2.access`` brings it."""
    database = Database(f"sqlite:///{installation.file}")
    workspaces = ManyWorkspaces(
        SqlUnitOfWork(database, Vault([KEY]), OrgId(ORG), _enqueue_nothing),
        lambda: datetime.now(UTC),
        "id",
        Secret("secret"),
        trusted=[team],
    )
    answer = {"team": {"id": team, "name": team}, "access_token": token, "bot_user_id": "UBOT"}
    await workspaces.store_installation(answer)
    await database.close()


async def _enqueue_nothing(_connection: AsyncConnection, _job: Job, _key: str, _delay_seconds: int) -> None:
    return


async def test_request_is_written_to_only_if_it_was_named(installation: Installation) -> None:
    servicedesk, mailbox = installation.environment.servicedesk, installation.environment.mailbox
    servicedesk.add_request("102", "A test", "Rita", "rita@example.test")
    await installation.examine()
    assert servicedesk.conversation("102") == []
    assert mailbox.messages == [], "signing in at the mail server sends no mail"
    installation.write_to = RequestNumber("102")
    findings = await installation.examine()
    assert findings["servicedesk-writing"].verdict is Verdict.OK
    assert (len(servicedesk.notes("102")), len(servicedesk.replies("102"))) == (1, 1)
    assert [mail.to for mail in mailbox.messages] == [["rita@example.test"]]


async def test_check_that_breaks_or_hangs_hides_no_other(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def hang(_examination: Examination) -> Outcome:
        await asyncio.Event().wait()
        raise AssertionError

    async def break_off(_examination: Examination) -> Outcome:
        raise RuntimeError("with a secret in it")

    async def work(_examination: Examination) -> Outcome:
        return Outcome(Verdict.OK, Text("It works."))

    checks = [
        Check(name, Text(name), Text("…"), run)
        for name, run in {"hangs": hang, "breaks": break_off, "works": work}.items()
    ]
    monkeypatch.setattr(doctor_run, "CHECKS", checks)
    monkeypatch.setattr(doctor_run, "CHECK_SECONDS", 0.05)
    findings = await examine_installation(settings_from(installation.variables), None)
    assert [one.verdict for one in findings] == [Verdict.FAILED, Verdict.FAILED, Verdict.OK]
    assert str(findings[1].detail) == "The check itself is broken (RuntimeError). Report it."


def test_command_ends_with_1_where_a_check_fails_and_prints_what_to_do(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Nothing is set, so the settings are what fails. The output needs no colour."""
    monkeypatch.chdir(tmp_path)
    code, output, errors = new_tvbot(monkeypatch, capsys)("doctor")
    assert (code, errors) == (1, "")
    assert output.startswith(
        "failed   Settings: These settings are missing or wrong: TVBOT_PUBLIC_URL: is missing;"
    )
    assert "\n         → Set what is named, in the environment or in .env, and restart the bot.\n" in output
    assert "\x1b" not in output


def test_command_prints_json_for_programs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    code, output, _errors = new_tvbot(monkeypatch, capsys)("doctor", "--json")
    said = json.loads(output)
    assert (code, said["status"]) == (1, "failed")
    assert [one["name"] for one in said["checks"]] == [check.name for check in CHECKS]
    assert said["checks"][0]["status"] == "failed"
    assert said["checks"][0]["remedy"]
    assert {one["remedy"] for one in said["checks"] if one["status"] != "failed"} == {None}


def test_request_to_write_to_must_be_a_number(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    called = new_tvbot(monkeypatch, capsys)("doctor", "--write", "all")
    assert called == (2, "", "tvbot: --write takes the number of a request, like 123\n")
