"""Each Microsoft cloud has its own issuer, scope and addresses. Nothing of another cloud is accepted."""

from typing import get_args

import pytest
from support.clock import Clock
from support.microsoft import APP, TENANT, microsoft
from support.teams_wire import wire_to

from adapters.settings import Settings, settings_from
from adapters.teams.platform import choose_cloud
from adapters.teams.transport.clouds import CLOUDS

FACTS = {
    "public": (
        "https://api.botframework.com",
        "https://api.botframework.com/.default",
        f"https://login.microsoftonline.com/{TENANT}/oauth2/v2.0/token",
        "https://login.botframework.com/v1/.well-known/openidconfiguration",
    ),
    "gcc-high": (
        "https://api.botframework.us",
        "https://api.botframework.us/.default",
        f"https://login.microsoftonline.us/{TENANT}/oauth2/v2.0/token",
        "https://login.botframework.azure.us/v1/.well-known/openidconfiguration",
    ),
    "dod": (
        "https://api.botframework.us",
        "https://api.botframework.us/.default",
        f"https://login.microsoftonline.us/{TENANT}/oauth2/v2.0/token",
        "https://login.botframework.azure.us/v1/.well-known/openidconfiguration",
    ),
    "china": (
        "https://api.botframework.azure.cn",
        "https://api.botframework.azure.cn/.default",
        f"https://login.partner.microsoftonline.cn/{TENANT}/oauth2/v2.0/token",
        "https://login.botframework.azure.cn/v1/.well-known/openidconfiguration",
    ),
}
"""Issuer, scope, token address and metadata address (Microsoft's Teams SDK, ``cloud_environment.py``)."""
URLS = {
    "TVBOT_TEAMS_TOKEN_URL": "https://tokens.example.com",
    "TVBOT_TEAMS_OPENID_URL": "https://keys.example.com",
}


def settings(**variables: str) -> Settings:
    return settings_from({"TVBOT_TEAMS_APP_ID": APP, "TVBOT_TEAMS_TENANT_ID": TENANT, **variables})


@pytest.mark.parametrize("name", FACTS)
def test_cloud_has_its_issuer_scope_and_addresses(name: str) -> None:
    cloud = choose_cloud(settings(TVBOT_TEAMS_CLOUD=name))
    assert (cloud.issuer, cloud.scope, cloud.token_url, cloud.openid_url) == FACTS[name]


def test_without_a_setting_the_cloud_is_the_public_one() -> None:
    assert choose_cloud(settings()) == choose_cloud(settings(TVBOT_TEAMS_CLOUD="public"))


def test_setting_accepts_exactly_the_clouds_of_the_table() -> None:
    assert set(get_args(Settings.model_fields["teams_cloud"].annotation)) == set(CLOUDS) == set(FACTS)


@pytest.mark.parametrize("name", FACTS)
def test_addresses_in_the_settings_replace_microsofts(name: str) -> None:
    """Issuer and scope stay those of the cloud."""
    cloud = choose_cloud(settings(TVBOT_TEAMS_CLOUD=name, **URLS))
    assert (cloud.token_url, cloud.openid_url) == tuple(URLS.values())
    assert (cloud.issuer, cloud.scope) == FACTS[name][:2]


@pytest.mark.parametrize("name", FACTS)
async def test_token_of_another_cloud_is_refused(name: str, clock: Clock) -> None:
    """It is right in everything else: signed with a published key, for this bot, this tenant and this service URL."""
    async with microsoft(clock) as playing, wire_to(playing, cloud=CLOUDS[name]) as wire:
        playing.issuer = CLOUDS[name].issuer
        assert (await wire.post())[0] == 202
        for issuer in {one.issuer for one in CLOUDS.values()} - {playing.issuer}:
            assert await wire.post(token=playing.sign(iss=issuer)) == (401, "")


@pytest.mark.parametrize("name", FACTS)
async def test_service_url_is_checked_in_every_cloud(name: str, clock: Clock) -> None:
    """Its token must name the same one."""
    async with microsoft(clock) as playing, wire_to(playing, cloud=CLOUDS[name]) as wire:
        playing.issuer = CLOUDS[name].issuer
        gcc_high = playing.activity(serviceUrl="https://smba.infra.gcc.teams.microsoft.com/gcc/")
        assert await wire.post(gcc_high) == (401, "")


@pytest.mark.parametrize("name", FACTS)
async def test_bot_asks_for_the_scope_of_its_cloud(name: str, clock: Clock) -> None:
    async with microsoft(clock) as playing, wire_to(playing, cloud=CLOUDS[name]) as wire:
        await wire.tokens.token()
        assert playing.token_requests[0]["scope"] == FACTS[name][1]
