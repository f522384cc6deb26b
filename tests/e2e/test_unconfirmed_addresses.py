"""Accounts with single sign-on whose e-mail address Slack does not call confirmed."""

from collections.abc import Callable
from pathlib import Path

import pytest
from support.bot import BotProcess, settings_for
from support.slack_user import SlackUser, card_of, until

from sandbox.environment import Environment


@pytest.mark.parametrize(
    ("locale", "why"),
    [
        ("en-US", "Slack does not show your e-mail address as confirmed"),
        ("fr-FR", "Slack ne considère pas votre adresse e-mail comme confirmée"),
    ],
)
async def test_unconfirmed_address_is_refused_with_the_true_reason(
    slack_user: SlackUser, locale: str, why: str
) -> None:
    """In the answer and in App Home. The account has an address, so nothing says that it shows none."""
    slack = slack_user.environment.slack
    account = slack.state.users[slack_user.technician.user]
    account.is_email_confirmed, account.locale = False, locale
    await slack_user.type("list")
    await until(lambda: why in slack_user.seen())
    await slack.send_event("app_home_opened", user=account.id, tab="home")
    await until(lambda: why in str(slack.visible_to(account.id)["home"]))
    assert "TVBOT_SLACK_ALLOW_UNCONFIRMED_EMAIL" in slack_user.seen()
    assert "shows no e-mail address" not in slack_user.seen()
    account.is_email_confirmed = True
    await slack_user.type("list")
    await until(
        lambda: any(text in slack_user.seen() for text in ("no open session", "aucune session ouverte"))
    )


@pytest.mark.long
async def test_setting_accepts_unconfirmed_addresses(
    own_environment: Environment, bot_process: Callable[..., BotProcess], tmp_path: Path
) -> None:
    slack_user = SlackUser.new(own_environment)
    own_environment.slack.state.users[slack_user.technician.user].is_email_confirmed = False
    settings = settings_for(
        own_environment,
        f"sqlite:///{tmp_path}/tvbot.db",
        TVBOT_SLACK_ALLOW_UNCONFIRMED_EMAIL="true",
    )
    own_environment.set_bot_url(settings["TVBOT_PUBLIC_URL"])
    bot = bot_process(settings, tmp_path / "log", "serve")
    await bot.start()
    await slack_user.authorize()
    number = slack_user.new_request()
    await slack_user.type(f"create {number}")
    await until(lambda: card_of(slack_user, number, "Waiting for"))
    assert await bot.stop() == 0
