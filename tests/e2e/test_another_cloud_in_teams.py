"""Teams in another Microsoft cloud than the public one: other issuers, scopes and audiences, the same work."""

from pathlib import Path

import pytest
from support.bot import BotProcess, settings_for
from support.slack_user import SlackUser, until
from support.teams_user import TeamsUser

from sandbox.environment import Environment
from sandbox.teams import CloudName


@pytest.mark.long
@pytest.mark.parametrize(
    ("cloud", "audience"), [("gcc-high", "api://{}"), ("china", "api://botid-{}")], ids=["gcc-high", "china"]
)
async def test_session_is_run_in_another_cloud(cloud: CloudName, audience: str, tmp_path: Path) -> None:
    """Words come in, cards go out and follow the session. A token of the public cloud is refused."""
    environment = Environment(teams_cloud=cloud)
    environment.teams.state.audience = audience.format(environment.teams.app_id)
    await environment.start()
    teams = TeamsUser.of_slack_user(SlackUser.new(environment))
    settings = settings_for(environment, f"sqlite:///{tmp_path}/tvbot.db")
    environment.set_bot_url(settings["TVBOT_PUBLIC_URL"])
    bot = BotProcess(settings, tmp_path / "log", "serve")
    await bot.start()
    try:
        await teams.authorize()
        number, session = await teams.create()
        environment.teamviewer.join_session(session.code, "LAPTOP-7")
        await until(lambda: teams.card(number, "Ann Lee is there"))
        activity = {
            "type": "typing",
            "channelId": "msteams",
            "serviceUrl": environment.teams.service_url,
            "channelData": {"tenant": {"id": environment.teams.tenant}},
        }
        own, public = (
            environment.teams.sign(activity, **claims)
            for claims in ({}, {"iss": "https://api.botframework.com"})
        )
        answers = [await environment.teams.post_activity(activity, token) for token in (own, public)]
        assert [one.status for one in answers] == [202, 401]
    finally:
        assert await bot.stop() == 0
        await environment.stop()
