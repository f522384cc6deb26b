"""An operator replaces one secret as the manual says. The old one is refused from then on, and nothing is lost in between."""

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import aiohttp
import pytest
from support.bot import BotProcess, settings_for
from support.chat_user import ChatUser
from support.in_slack import InSlack
from support.in_teams import InTeams
from support.installing import TRUSTED, Place, hire_technicians
from support.slack_user import SlackUser, until

from sandbox.environment import Environment
from sandbox.slack.tokens import Token

pytestmark = pytest.mark.long

OLD, NEW = "the-old-password", "the-new-password"
BUSY_SECONDS = 60
_mobiles = count(10_000_001)


def _do_nothing() -> None:
    return


@dataclass
class Rotation:
    """The replacement of one secret.

    ``old`` and ``new`` are settings. ``replace`` is what the operator does before the restart. ``revoke`` is what they do after
    it: the outside system refuses what the old secret has opened. ``not_sent`` is what cards say in between, and ``button``
    is what a technician then presses after the restart.
    """

    new: dict[str, str]
    replace: Callable[[], None]
    old: dict[str, str] = field(default_factory=dict)
    revoke: Callable[[], None] = _do_nothing
    not_sent: str = ""
    button: str = ""


def rotate_bot_token(environment: Environment, _settings: dict[str, str]) -> Rotation:
    """Slack: the app is installed again. The old token is revoked after the restart."""
    old = environment.slack.token_of()
    assert old is not None
    issued: list[Token] = [environment.slack.state.tokens.issue_token(old.team, set(old.scopes))[0]]

    def revoke() -> None:
        old.is_revoked = True

    return Rotation({"TVBOT_SLACK_BOT_TOKEN": issued[0].value}, _do_nothing, revoke=revoke)


def rotate_teams(environment: Environment, _settings: dict[str, str]) -> Rotation:
    endpoint = environment.teams.token_endpoint

    def replace() -> None:
        endpoint.app_password = NEW

    return Rotation({"TVBOT_TEAMS_APP_PASSWORD": NEW}, replace, revoke=endpoint.revoke_all_tokens)


def rotate_teamviewer(environment: Environment, _settings: dict[str, str]) -> Rotation:
    def replace() -> None:
        environment.teamviewer.client_secret = NEW

    return Rotation(
        {"TVBOT_TEAMVIEWER_CLIENT_SECRET": NEW}, replace, revoke=environment.teamviewer.expire_access_tokens
    )


def rotate_zoho(environment: Environment, _settings: dict[str, str]) -> Rotation:
    servicedesk = environment.servicedesk

    def replace() -> None:
        servicedesk.client_secret = servicedesk.refresh_token = NEW

    return Rotation(
        {"TVBOT_SERVICEDESK_CLIENT_SECRET": NEW, "TVBOT_SERVICEDESK_REFRESH_TOKEN": NEW},
        replace,
        revoke=servicedesk.expire_access_tokens,
    )


def rotate_mail(environment: Environment, settings: dict[str, str]) -> Rotation:
    """The mail server takes one password at a time."""
    environment.mailbox.credentials = ("tvbot", OLD)
    url = settings["TVBOT_SMTP_URL"]

    def replace() -> None:
        environment.mailbox.credentials = ("tvbot", NEW)

    def with_password(password: str) -> dict[str, str]:
        return {"TVBOT_SMTP_URL": url.replace("://", f"://tvbot:{password}@")}

    not_sent = "E-mail to Tom Ray: not sent. The mail server does not accept"
    return Rotation(with_password(NEW), replace, old=with_password(OLD), not_sent=not_sent)


def rotate_sms(environment: Environment, settings: dict[str, str]) -> Rotation:
    """The gateway takes one password at a time."""
    environment.sms.credentials = ("tvbot", OLD)
    url = settings["TVBOT_SMS_URL"]

    def replace() -> None:
        environment.sms.credentials = ("tvbot", NEW)

    def with_password(password: str) -> dict[str, str]:
        return {"TVBOT_SMS_URL": url.replace("://", f"://tvbot:{password}@")}

    return Rotation(
        with_password(NEW),
        replace,
        old=with_password(OLD),
        not_sent="SMS to Ann Lee: not sent",
        button="Resend SMS",
    )


ROTATIONS = (rotate_bot_token, rotate_teams, rotate_teamviewer, rotate_zoho, rotate_mail, rotate_sms)


@dataclass
class PilotSession:
    """A pilot session: its requester gets a mail and an SMS, its technician a mail."""

    user: ChatUser
    number: str
    mobile: str

    @classmethod
    async def create(cls, user: ChatUser) -> "PilotSession":
        """Type the command for a new request, whose requester has a mobile number of their own."""
        mobile = f"+336{next(_mobiles)}"
        session = cls(user, user.slack_user.new_request(mobile=mobile), mobile)
        await user.type(f"pilot {session.number}")
        return session

    async def reads(self, *texts: str) -> None:
        """Wait until the card says all of this."""
        await until(
            lambda: all(self.user.card(self.number, text) for text in texts) or None, timeout=BUSY_SECONDS
        )

    def counts(self) -> tuple[int, ...]:
        """Return how many sessions, mails to the requester, SMS and cards there are."""
        environment = self.user.environment
        return (
            len(self.user.slack_user.sessions(self.number)),
            len(environment.mailbox.messages_to(f"ann{self.number}@example.test")),
            len(environment.sms.messages_to(self.mobile)),
            self.user.count_cards(self.number),
        )


ALL_SENT = ("E-mail to Ann Lee: sent", "E-mail to Tom Ray: sent", "SMS to Ann Lee: accepted")


@pytest.mark.parametrize("prepare", ROTATIONS)
async def test_one_secret_is_replaced_and_nothing_is_lost_in_between(
    prepare: Callable[[Environment, dict[str, str]], Rotation],
    own_environment: Environment,
    tmp_path: Path,
    bot_process: Callable[..., BotProcess],
) -> None:
    settings = settings_for(own_environment, f"sqlite:///{tmp_path}/tvbot.db")
    own_environment.set_bot_url(settings["TVBOT_PUBLIC_URL"])
    rotation = prepare(own_environment, settings)
    slack_user = SlackUser.new(own_environment)
    users: list[ChatUser] = [InSlack(slack_user), InTeams(slack_user)]
    before = bot_process({**settings, **rotation.old}, tmp_path / "log", "serve")
    await before.start()
    await users[0].authorize()
    for user in users:
        # From now on the bot has tokens of both chats.
        await user.create()

    rotation.replace()
    in_between = [await PilotSession.create(user) for user in users]
    for session in in_between:
        await session.reads(*([rotation.not_sent] if rotation.not_sent else ALL_SENT))
    assert await before.stop() == 0

    after = bot_process({**settings, **rotation.new}, tmp_path / "log", "serve")
    await after.start()
    rotation.revoke()
    if rotation.button:
        for session in in_between:
            await session.user.press(session.user.card(session.number), rotation.button)
            await session.reads(*ALL_SENT)
    for session in [await PilotSession.create(user) for user in users]:
        await session.reads(*ALL_SENT)
        assert session.counts() == (1, 1, 1, 1)
    assert [session.counts() for session in in_between] == [(1, 1, 1, 1)] * len(users)
    assert await after.stop() == 0
    log = after.log()
    assert "Traceback" not in log
    assert [secret for secret in (OLD, NEW, *rotation.new.values()) if secret in log] == []


async def opens_socket(environment: Environment, token: str) -> bool:
    """Return whether Slack opens a socket for an app-level token."""
    async with (
        aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"}) as client,
        client.post(f"{environment.slack.api_url.rstrip('/')}/apps.connections.open") as answer,
    ):
        return bool((await answer.json())["ok"])


async def test_commands_come_over_a_socket_of_the_new_app_token(
    own_environment: Environment, tmp_path: Path, bot_process: Callable[..., BotProcess]
) -> None:
    slack = own_environment.slack
    settings = settings_for(own_environment, f"sqlite:///{tmp_path}/tvbot.db")
    own_environment.set_bot_url(settings["TVBOT_PUBLIC_URL"])
    slack.delivery.events_url = ""  # nothing reaches the bot but what comes over a socket
    user = InSlack(SlackUser.new(own_environment))
    before = bot_process({**settings, "TVBOT_SLACK_APP_TOKEN": slack.app_token}, tmp_path / "log", "serve")
    await before.start()
    await user.authorize()

    # The socket that is open stays open.
    slack.state.app_token = Token("xapp-1-the-new-one", "", {"connections:write"})
    number, _session = await user.create()
    assert await before.stop() == 0
    assert await opens_socket(own_environment, slack.app_token) is False

    after = bot_process(
        {**settings, "TVBOT_SLACK_APP_TOKEN": slack.state.app_token.value}, tmp_path / "log", "serve"
    )
    await after.start()
    await user.create()
    assert user.count_cards(number) == 1
    assert await after.stop() == 0


async def test_workspace_is_added_with_the_new_client_secret_alone(
    own_environment: Environment, tmp_path: Path, bot_process: Callable[..., BotProcess]
) -> None:
    """A workspace that was added before goes on with its token."""
    hire_technicians(own_environment)
    settings = settings_for(
        own_environment,
        f"sqlite:///{tmp_path}/tvbot.db",
        TVBOT_SLACK_CLIENT_ID=own_environment.slack.client_id,
        TVBOT_SLACK_CLIENT_SECRET=own_environment.slack.client_secret,
        TVBOT_SLACK_WORKSPACES=",".join(TRUSTED),
    )
    del settings["TVBOT_SLACK_BOT_TOKEN"]
    own_environment.set_bot_url(settings["TVBOT_PUBLIC_URL"])
    before = bot_process(settings, tmp_path / "log", "serve")
    await before.start()
    place = Place(own_environment, settings["TVBOT_PUBLIC_URL"], before, settings["TVBOT_DATABASE_URL"])
    team, slack_user = place.new_team()
    assert (await place.install(team)).status == 200
    await slack_user.authorize()

    own_environment.slack.state.client_secret = NEW
    other, other_user = place.new_team()
    assert (await place.install(other)).status != 200
    await InSlack(slack_user).create()
    assert await before.stop() == 0

    after = bot_process({**settings, "TVBOT_SLACK_CLIENT_SECRET": NEW}, tmp_path / "log", "serve")
    await after.start()
    assert (await place.install(other)).status == 200
    await other_user.authorize()
    for one in (slack_user, other_user):
        await InSlack(one).create()
    assert await after.stop() == 0
    assert NEW not in after.log()
