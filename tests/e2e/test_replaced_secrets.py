"""An operator replaces every secret of the bot, with one restart. Technicians go on working and connect nothing again."""

from collections.abc import Callable
from pathlib import Path

import aiohttp
import pytest
from support.bot import HOOK_SECRET, BotProcess, settings_for
from support.chat_user import ChatUser
from support.in_slack import InSlack
from support.in_teams import InTeams
from support.slack_user import SlackUser

from sandbox.environment import Environment
from storage.vault import new_key

NEW = {
    "TVBOT_SLACK_SIGNING_SECRET": "0123456789abcdef0123456789abcdef",
    "TVBOT_TEAMS_APP_PASSWORD": "a-new-secret-of-the-teams-app",
    "TVBOT_TEAMVIEWER_CLIENT_SECRET": "a-new-secret-of-the-teamviewer-app",
    "TVBOT_SERVICEDESK_CLIENT_SECRET": "a-new-secret-of-the-zoho-client",
    "TVBOT_SERVICEDESK_REFRESH_TOKEN": "1000.new.refresh.token",
    "TVBOT_SERVICEDESK_HOOK_SECRET": "a-new-secret-of-the-hook",
}


def replace_secrets(environment: Environment) -> None:
    """Let every outside system accept the new secret only. What was issued before is revoked where that can be."""
    environment.slack.delivery.signing_secret = NEW["TVBOT_SLACK_SIGNING_SECRET"]
    environment.teams.token_endpoint.app_password = NEW["TVBOT_TEAMS_APP_PASSWORD"]
    environment.teams.token_endpoint.revoke_all_tokens()
    environment.teamviewer.client_secret = NEW["TVBOT_TEAMVIEWER_CLIENT_SECRET"]
    environment.servicedesk.client_secret = NEW["TVBOT_SERVICEDESK_CLIENT_SECRET"]
    environment.servicedesk.refresh_token = NEW["TVBOT_SERVICEDESK_REFRESH_TOKEN"]
    environment.servicedesk.expire_access_tokens()


async def call_hook(url: str, secret: str) -> int:
    async with (
        aiohttp.ClientSession() as servicedesk,
        servicedesk.post(
            f"{url}/hooks/servicedesk",
            json={"event": "request_closed", "request_id": "1"},
            headers={"X-TVBot-Secret": secret},
        ) as answer,
    ):
        return answer.status


@pytest.mark.long
async def test_every_secret_is_replaced_with_one_restart(
    own_environment: Environment, tmp_path: Path, bot_process: Callable[..., BotProcess]
) -> None:
    settings = settings_for(
        own_environment, f"sqlite:///{tmp_path}/tvbot.db", TVBOT_SERVICEDESK_HOOK_SECRET=HOOK_SECRET
    )
    url = settings["TVBOT_PUBLIC_URL"]
    own_environment.set_bot_url(url)
    slack_user = SlackUser.new(own_environment)
    users: list[ChatUser] = [InSlack(slack_user), InTeams(slack_user)]
    before = bot_process(settings, tmp_path / "log", "serve")
    await before.start()
    await users[0].authorize()
    for user in users:
        await user.create()
    assert await before.stop() == 0

    replace_secrets(own_environment)
    # The new key encrypts, and the old one still decrypts.
    keys = {"TVBOT_SECRET_KEYS": f"{new_key()},{settings['TVBOT_SECRET_KEYS']}"}
    after = bot_process({**settings, **NEW, **keys}, tmp_path / "log", "serve")
    await after.start()
    for user in users:
        await user.create()
    assert [await call_hook(url, one) for one in (HOOK_SECRET, NEW["TVBOT_SERVICEDESK_HOOK_SECRET"])] == [
        401,
        202,
    ]
    assert await after.stop() == 0
    log = after.log()
    assert [name for name, secret in {**NEW, **keys}.items() if secret in log] == []
