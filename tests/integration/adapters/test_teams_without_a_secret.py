"""The bot signs in to Microsoft without a secret: by a federated token in a file, or by a managed identity of its host."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from aiohttp import ClientSession
from support.clock import Clock

from adapters.settings import Settings, settings_from
from adapters.settings.checks import problems_for_serving
from adapters.teams.platform import choose_cloud, choose_token_source
from adapters.teams.transport.bot_token import BotToken
from adapters.teams.transport.connector import Connector, new_http_session
from bot.errors import Rejected, Unavailable
from sandbox.teams import TeamsSandbox

IDENTITY = "00000000-0000-4000-8000-0000000000c1"
SettingsOf = Callable[..., Settings]


@pytest.fixture
async def teams(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[TeamsSandbox]:
    """Teams, and an Azure host whose identity service answers on loopback instead of on 169.254.169.254."""
    sandbox = TeamsSandbox(now=clock)
    origin = await sandbox.start()
    monkeypatch.setenv("AZURE_POD_IDENTITY_AUTHORITY_HOST", origin)
    yield sandbox
    await sandbox.stop()


@pytest.fixture
def settings_of(teams: TeamsSandbox) -> SettingsOf:
    def settings(**more: str) -> Settings:
        return settings_from(
            {
                "TVBOT_TEAMS_APP_ID": teams.app_id,
                "TVBOT_TEAMS_TENANT_ID": teams.tenant,
                "TVBOT_TEAMS_TOKEN_URL": teams.token_url,
                **more,
            }
        )

    return settings


@pytest.fixture
async def session() -> AsyncIterator[ClientSession]:
    async with new_http_session() as session:
        yield session


async def write_to_ann(teams: TeamsSandbox, settings: Settings, session: ClientSession, clock: Clock) -> None:
    """Create a conversation with somebody: the connector takes it only with a token that it knows."""
    tokens = BotToken(choose_token_source(settings, choose_cloud(settings), session), clock)
    ann = teams.add_person("Ann Lee", "ann@example.com")
    teams.add_group_chat([ann])
    parameters = {"isGroup": False, "members": [{"id": ann.mri}], "tenantId": teams.tenant}
    bot = {"id": f"28:{teams.app_id}"}
    assert await Connector(session, tokens).create_conversation(
        teams.service_url, {**parameters, "bot": bot, "channelData": {"tenant": {"id": teams.tenant}}}
    )


async def test_token_in_the_file_is_read_again_for_each_sign_in(
    teams: TeamsSandbox, settings_of: SettingsOf, session: ClientSession, tmp_path: Path
) -> None:
    """The issuer replaces it about once an hour."""
    file = tmp_path / "token"
    settings = settings_of(TVBOT_TEAMS_FEDERATED_TOKEN_FILE=str(file))
    source = choose_token_source(settings, choose_cloud(settings), session)
    for token in ("first", "second"):
        teams.token_endpoint.trusted_tokens = {token}
        file.write_text(f"{token}\n", encoding="utf-8")
        assert (await source.fetch()).token.reveal() == teams.token_endpoint.issued[-1]
    file.write_text("of-somebody-else", encoding="utf-8")
    with pytest.raises(Rejected, match="invalid_client"):
        await source.fetch()
    file.unlink()
    with pytest.raises(Unavailable, match="file with the federated token"):
        await source.fetch()


async def test_app_that_trusts_a_managed_identity_writes_to_people(
    teams: TeamsSandbox, settings_of: SettingsOf, session: ClientSession, clock: Clock
) -> None:
    teams.token_endpoint.managed_identity = IDENTITY
    settings = settings_of(TVBOT_TEAMS_MANAGED_IDENTITY=IDENTITY)
    await write_to_ann(teams, settings, session, clock)

    teams.token_endpoint.trusts_managed_identity = False
    with pytest.raises(Rejected, match="invalid_client"):
        await write_to_ann(teams, settings, session, clock)


async def test_bot_that_is_a_managed_identity_writes_to_people(
    teams: TeamsSandbox, settings_of: SettingsOf, session: ClientSession, clock: Clock
) -> None:
    """Then no token is exchanged: the identity's own token is the bot's."""
    teams.token_endpoint.managed_identity = teams.app_id
    settings = settings_of(TVBOT_TEAMS_MANAGED_IDENTITY=teams.app_id)
    await write_to_ann(teams, settings, session, clock)
    assert teams.token_endpoint.issued
    assert teams.token_endpoint.trusted_tokens == set()


async def test_app_service_that_fails_for_a_moment_is_asked_again_later(
    teams: TeamsSandbox,
    settings_of: SettingsOf,
    session: ClientSession,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """MSAL reports each failure of App Service as ``invalid_scope``, as if the bot had asked for something wrong."""
    monkeypatch.setenv("IDENTITY_ENDPOINT", teams.token_url.partition(teams.tenant)[0] + "msi/token")
    monkeypatch.setenv("IDENTITY_HEADER", "of-this-host")
    teams.token_endpoint.managed_identity = IDENTITY
    settings = settings_of(TVBOT_TEAMS_MANAGED_IDENTITY=IDENTITY)
    source = choose_token_source(settings, choose_cloud(settings), session)
    teams.token_endpoint.app_service_is_failing = True
    with pytest.raises(Unavailable):
        await source.fetch()
    teams.token_endpoint.app_service_is_failing = False
    assert (await source.fetch()).token.reveal() == teams.token_endpoint.issued[-1]


async def test_host_without_the_identity_is_explained(
    teams: TeamsSandbox, settings_of: SettingsOf, session: ClientSession, clock: Clock
) -> None:
    settings = settings_of(TVBOT_TEAMS_MANAGED_IDENTITY=IDENTITY)
    with pytest.raises(Rejected, match="invalid_request"):
        await write_to_ann(teams, settings, session, clock)


async def test_host_whose_identity_service_does_not_answer_is_asked_again_later(
    teams: TeamsSandbox,
    settings_of: SettingsOf,
    session: ClientSession,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AZURE_POD_IDENTITY_AUTHORITY_HOST", "http://127.0.0.1:9")
    settings = settings_of(TVBOT_TEAMS_MANAGED_IDENTITY=IDENTITY)
    with pytest.raises(Unavailable):
        await write_to_ann(teams, settings, session, clock)


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({}, "TVBOT_TEAMS_APP_PASSWORD: is missing, for Microsoft Teams (or TVBOT_TEAMS_MANAGED_IDENTITY"),
        (
            {"TVBOT_TEAMS_APP_PASSWORD": "secret", "TVBOT_TEAMS_MANAGED_IDENTITY": IDENTITY},
            "TVBOT_TEAMS_APP_PASSWORD and TVBOT_TEAMS_MANAGED_IDENTITY: set only one of them",
        ),
        (
            {"TVBOT_TEAMS_FEDERATED_TOKEN_FILE": "/nowhere/token"},
            "TVBOT_TEAMS_FEDERATED_TOKEN_FILE: this file cannot be read",
        ),
    ],
)
def test_start_without_exactly_one_way_to_sign_in_is_refused(
    settings_of: SettingsOf, more: dict[str, str], says: str
) -> None:
    problems = problems_for_serving(settings_of(**more))
    assert any(problem.startswith(says) for problem in problems), problems
