"""The doctor asks the outside systems as little as it can, and what is not set up it does not ask."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection
from support.doctor import KEY, ORG, Installation, lose_zoho_scope, with_verdict

from adapters.slack.installations import ManyWorkspaces
from bot.jobs import Job
from bot.model.finding import Verdict
from bot.model.ids import OrgId, RequestNumber
from bot.model.secret import Secret
from storage.database import Database
from storage.tables import deliveries, switches
from storage.unit_of_work import SqlUnitOfWork
from storage.vault import Vault


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
    assert with_verdict(Verdict.FAILED, findings) == set()
    asked = {name for name in findings if name.startswith(("servicedesk", "technicians", "teamviewer"))}
    assert asked <= with_verdict(Verdict.UNKNOWN, findings)
    assert (installation.environment.servicedesk.calls, installation.environment.teamviewer.calls) == before


@pytest.mark.long
async def test_stored_token_is_used_so_that_a_check_every_minute_locks_nobody_out(
    installation: Installation,
) -> None:
    """Zoho issues ten tokens in ten minutes."""
    before = installation.environment.servicedesk.count_calls("oauth.token")
    for _examination in range(3):
        assert with_verdict(Verdict.FAILED, await installation.examine()) == set()
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
    assert with_verdict(Verdict.FAILED, findings) == set()
    works = with_verdict(Verdict.OK, findings)
    assert {"database", "servicedesk-requests", "technicians", "teamviewer-app"} <= works
    assert {"migrations", "keys", "queue", "rounds"} <= with_verdict(Verdict.UNKNOWN, findings)


@pytest.mark.long
async def test_chat_that_is_not_set_up_is_skipped(installation: Installation) -> None:
    for name in [name for name in installation.variables if name.startswith("TVBOT_SLACK_")]:
        del installation.variables[name]
    findings = await installation.examine()
    assert with_verdict(Verdict.FAILED, findings) == set()
    assert {name for name in findings if name.startswith("slack-")} <= with_verdict(Verdict.SKIPPED, findings)


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
    assert with_verdict(Verdict.FAILED, findings) == {"slack-token"}
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


async def test_age_of_the_last_request_says_how_sure_it_is_that_requests_arrive(
    installation: Installation,
) -> None:
    now = datetime.now(UTC)
    ages = {"slack": timedelta(hours=1), "teams": timedelta(days=8)}
    for source, age in ages.items():
        installation.execute(sa.insert(deliveries).values(org_id=ORG, source=source, received_at=now - age))
    findings = await installation.examine()
    assert findings["slack-calls"].verdict is Verdict.OK
    assert str(findings["slack-calls"].detail) == "The last one arrived 1 h ago."
    assert findings["teams-calls"].verdict is Verdict.UNKNOWN
    assert "has not called it yet" in str(findings["webhook-calls"].detail), (
        "the doctor's own call does not count"
    )
