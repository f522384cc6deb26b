"""``tvbot doctor``: check everything that the bot depends on, from the terminal."""

import asyncio
import json
from collections.abc import Collection, Sequence

import typer
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters import logs
from adapters.cli.failures import CommandFailed
from adapters.clock import utc_now
from adapters.doctor.examination import Installed
from adapters.doctor.run import InstallationDoctor
from adapters.installation_settings import organisation, phone_region, sms_channel
from adapters.settings import Settings, load_settings, problems_for_serving, vault_keys
from bot.jobs import Job
from bot.model.finding import Finding, Verdict
from bot.model.ids import RequestNumber
from storage.database import Database
from storage.unit_of_work import SqlUnitOfWork
from storage.vault import BadKey, Vault

_COLORS = {
    Verdict.OK: typer.colors.GREEN,
    Verdict.FAILED: typer.colors.RED,
    Verdict.UNKNOWN: typer.colors.YELLOW,
    Verdict.SKIPPED: None,
}
_WIDTH = max(len(one) for one in Verdict)


def run_doctor(*, as_json: bool, write_to: str | None) -> bool:
    """Make the checks and print what they found. Returns whether none failed. Raises BadSettings, CommandFailed."""
    settings = load_settings()
    logs.configure_logging("error", "console")
    findings = asyncio.run(examine_installation(settings, _read_number(write_to)))
    failed = [one for one in findings if one.verdict is Verdict.FAILED]
    if as_json:
        typer.echo(json.dumps(_to_json(findings), indent=2, ensure_ascii=False))
    else:
        for finding in findings:
            print_finding(finding)
        typer.echo(_summary(findings))
    return not failed


def _read_number(given: str | None) -> RequestNumber | None:
    if given is None:
        return None
    digits = given.removeprefix("#")
    if not (digits.isascii() and digits.isdigit()):
        raise CommandFailed("--write takes the number of a request, like 123", 2)
    return RequestNumber(digits)


async def examine_installation(
    settings: Settings, write_to: RequestNumber | None, *, only: Collection[str] | None = None
) -> Sequence[Finding]:
    """Make every check of what the settings name, or ``only`` some. A request is written to only if it is given."""
    database = Database(settings.database_url)
    vault = _open_vault(settings)
    org_id = organisation(settings)
    unit_of_work = SqlUnitOfWork(database, vault, org_id, _enqueue_nothing) if vault is not None else None
    installed = Installed(
        settings,
        database,
        vault,
        unit_of_work,
        org_id,
        utc_now,
        sms_channel(settings),
        phone_region(settings),
        tuple(problems_for_serving(settings)),
        write_to,
    )
    try:
        return await InstallationDoctor(installed, only=only).examine()
    finally:
        await database.close()


def _open_vault(settings: Settings) -> Vault | None:
    try:
        return Vault(vault_keys(settings))
    except BadKey:
        return None


async def _enqueue_nothing(_connection: AsyncConnection, _job: Job, _key: str, _delay_seconds: int) -> None:
    """Refuse a job: the doctor gives the bot nothing to do."""
    raise NotImplementedError  # see above


def _to_json(findings: Sequence[Finding]) -> dict[str, object]:
    is_failed = any(one.verdict is Verdict.FAILED for one in findings)
    return {
        "status": (Verdict.FAILED if is_failed else Verdict.OK).value,
        "checks": [
            {
                "name": one.check,
                "title": str(one.title),
                "status": one.verdict.value,
                "detail": str(one.detail),
                "remedy": str(one.remedy) if one.verdict is Verdict.FAILED else None,
            }
            for one in findings
        ],
    }


def print_finding(one: Finding, *, indent: str = "") -> None:
    """Print what a check found, on one line, and after a failure what to do."""
    status = typer.style(one.verdict.value.ljust(_WIDTH), fg=_COLORS[one.verdict])
    typer.echo(f"{indent}{status}  {one.title}: {one.detail}")
    if one.verdict is Verdict.FAILED:
        typer.echo(f"{indent}{' ' * (_WIDTH + 2)}→ {one.remedy}")


def _summary(findings: Sequence[Finding]) -> str:
    count = {verdict: sum(one.verdict is verdict for one in findings) for verdict in Verdict}
    return ", ".join(f"{count[verdict]} {verdict.value}" for verdict in Verdict)
