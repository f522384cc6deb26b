"""From an empty folder to the first session: an operator sets the bot up in a terminal, starts it, and technicians work."""

import os
import sqlite3
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from pathlib import Path

import aiohttp
import pytest
from support.bot import BotProcess
from support.chat_user import ChatUser
from support.in_slack import InSlack
from support.in_teams import InTeams
from support.ports import free_port
from support.slack_user import SlackUser, until
from support.terminal import OPEN_TERMINAL, Terminal

from adapters.cli.env_file import read_env_file, write_env_file
from adapters.cli.setup import LEAVE_OUT
from adapters.cli.setup_steps import STEPS
from sandbox.environment import Environment

SETUP = [sys.executable, "-c", f"{OPEN_TERMINAL}from adapters.cli.main import run; run()", "setup"]
ASKED = {f"TVBOT_{question.setting}" for step in STEPS for question in step.questions}
OPERATOR = "ops@example.test"


class Operator:
    """Sets the bot up in an empty folder. ``answers`` are right ones, by the names of the settings."""

    def __init__(self, terminal: Terminal, folder: Path, answers: dict[str, str]) -> None:
        self.terminal = terminal
        self.folder = folder
        self.answers = answers

    async def answer(self, prompt: str, text: str) -> str:
        """Wait for a question, and answer it. Return what was printed before it."""
        before = await self.terminal.until_printed(prompt)
        # The space after the colon is printed when the terminal no longer shows what is typed into it.
        await self.terminal.until_printed(": ")
        self.terminal.type(text)
        return before

    async def give(self, setting: str, text: str | None = None) -> None:
        """Answer the question for a setting: by default rightly."""
        prompt = next(one.text for step in STEPS for one in step.questions if one.setting == setting)
        await self.answer(
            f"  {prompt}", self.answers.get(f"TVBOT_{setting}", LEAVE_OUT) if text is None else text
        )


@pytest.fixture
async def operator(own_environment: Environment, tmp_path: Path) -> AsyncIterator[Operator]:
    """An operator who has just typed ``tvbot setup`` in a folder that only leads to the simulated systems."""
    port = free_port()
    own_environment.servicedesk.add_technician("Ola Ops", OPERATOR)
    answers = {
        **own_environment.bot_settings(),
        "TVBOT_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "TVBOT_DATABASE_URL": "sqlite:///tvbot.db",
        "TVBOT_SERVICEDESK_DATA_CENTER": "us",
        "TVBOT_ADMINS": OPERATOR,
        "TVBOT_TELL_REQUESTER_IN_CHAT": "true",
    }
    overrides = {name: value for name, value in answers.items() if name not in ASKED}
    write_env_file(tmp_path / ".env", {**overrides, "TVBOT_PORT": str(port), "TVBOT_POLL_SECONDS": "1"})
    clean = {name: value for name, value in os.environ.items() if not name.startswith("TVBOT_")}
    terminal = Terminal()
    await terminal.start(SETUP, tmp_path, clean)
    yield Operator(terminal, tmp_path, answers)
    await terminal.close()


async def answer_everything(operator: Operator) -> None:
    for step in STEPS:
        await operator.terminal.until_printed(f"\n{step.title}\n")
        if step.is_optional:
            await operator.answer("Set it up?", "y")
        for question in step.questions:
            if "SLACK_BOT_TOKEN" not in question.instead_of:
                await operator.give(question.setting)


@pytest.mark.long
async def test_operator_sets_it_up_and_technicians_of_both_chats_create_their_first_sessions(
    operator: Operator,
    own_environment: Environment,
    tmp_path: Path,
    bot_process: Callable[..., BotProcess],
) -> None:
    # What the Zoho API console shows is a code. The setup makes the refresh token of it.
    zoho_code = own_environment.servicedesk.new_grant_code()
    operator.answers["TVBOT_SERVICEDESK_REFRESH_TOKEN"] = zoho_code
    await answer_everything(operator)
    code, end = await operator.terminal.wait()
    assert code == 0, operator.terminal.printed
    assert "Then run `tvbot serve`" in end
    assert "failed" not in operator.terminal.printed
    assert "Zoho has exchanged the code for a refresh token." in operator.terminal.printed
    stored = read_env_file(tmp_path / ".env")
    assert stored["TVBOT_SERVICEDESK_REFRESH_TOKEN"] != zoho_code
    secrets = [
        value for name, value in stored.items() if name.endswith(("SECRET", "TOKEN", "KEYS", "PASSWORD"))
    ]
    assert [one for one in [*secrets, zoho_code] if one in operator.terminal.printed] == []

    url = stored["TVBOT_PUBLIC_URL"]
    own_environment.set_bot_url(url)
    bot = bot_process({"TVBOT_PUBLIC_URL": url}, tmp_path / "log", "serve", folder=tmp_path)
    await bot.start()
    slack_user = SlackUser.new(own_environment)
    users: list[ChatUser] = [InSlack(slack_user), InTeams(slack_user)]
    await users[0].authorize()
    for user in users:
        _number, session = await user.create()
        assert session.code
    secret = stored["TVBOT_SERVICEDESK_HOOK_SECRET"]
    async with (
        aiohttp.ClientSession() as servicedesk,
        servicedesk.post(
            f"{url}/hooks/servicedesk",
            json={"event": "request_closed", "request_id": "1"},
            headers={"X-TVBot-Secret": secret},
        ) as answer,
    ):
        assert answer.status == 202
    await until(lambda: stored_deliveries(tmp_path / "tvbot.db") == {"slack", "teams", "servicedesk"})
    assert await bot.stop() == 0


def stored_deliveries(file: Path) -> set[str]:
    with closing(sqlite3.connect(file)) as connection:
        return {source for (source,) in connection.execute("SELECT source FROM deliveries")}


REFUSED_AT_ONCE = {
    "PUBLIC_URL": (
        "http://tvbot.example.com",
        "TVBOT_PUBLIC_URL: must be https, unless it points at this machine",
    ),
    "SERVICEDESK_DATA_CENTER": (
        "mars",
        "TVBOT_SERVICEDESK_DATA_CENTER: must be us, eu, in, cn, jp, au or ca",
    ),
    "TEAMS_TENANT_ID": ("example.com", "TVBOT_TEAMS_TENANT_ID: must be the tenant’s ID, not its domain name"),
    "MAIL_FROM": (
        "Help desk",
        "TVBOT_MAIL_FROM: must be an e-mail address, perhaps with a name: Help <help@example.com>",
    ),
    "TELL_REQUESTER_IN_CHAT": ("perhaps", "TVBOT_TELL_REQUESTER_IN_CHAT: must be true or false"),
    "ADMINS": ("ola", "TVBOT_ADMINS: must be e-mail addresses, separated by commas"),
}
"""Answers of a wrong form, and what is printed before the same question is asked again."""
OTHER_CLIENT = "Copy the client ID and the client secret of the self client from the Zoho API console again, and check TVBOT_SERVICEDESK_DATA_CENTER: a client belongs to the data centre in which it was made."
OTHER_APP = "Check TVBOT_TEAMVIEWER_CLIENT_ID, TVBOT_TEAMVIEWER_CLIENT_SECRET and TVBOT_TEAMVIEWER_API_URL."
REFUSED_BY_CHECK = {
    "DATABASE_URL": (
        "sqlite:////dev/null/tvbot.db",
        "Check TVBOT_DATABASE_URL, and that the database runs, has space and lets the bot write.",
    ),
    "SERVICEDESK_PORTAL": (
        "elsewhere",
        "Check TVBOT_SERVICEDESK_DATA_CENTER and TVBOT_SERVICEDESK_PORTAL, and that the bot reaches the data centre.",
    ),
    "SERVICEDESK_CLIENT_ID": ("1000.OTHER", OTHER_CLIENT),
    "SERVICEDESK_CLIENT_SECRET": ("another-secret", OTHER_CLIENT),
    "SERVICEDESK_REFRESH_TOKEN": (
        "1000.old.token",
        "Make a new refresh token with all scopes, and set TVBOT_SERVICEDESK_REFRESH_TOKEN. The code of the console is not yet one, and it works once, for some minutes: `tvbot setup` exchanges it.",
    ),
    "TEAMVIEWER_CLIENT_ID": ("another-app", OTHER_APP),
    "TEAMVIEWER_CLIENT_SECRET": ("another-secret", OTHER_APP),
    "SLACK_SIGNING_SECRET": (
        "xoxb-1",
        "Copy it from “Basic Information” of the Slack app into TVBOT_SLACK_SIGNING_SECRET.",
    ),
    "SLACK_BOT_TOKEN": (
        "xoxb-1",
        "Install the app in the workspace again, and set TVBOT_SLACK_BOT_TOKEN if you use it.",
    ),
    "TEAMS_APP_ID": (
        "0000",
        "Copy the Microsoft App ID of the Azure Bot into TVBOT_TEAMS_APP_ID again, and check that TVBOT_TEAMS_TENANT_ID is the tenant in which the app is registered.",
    ),
    "TEAMS_APP_PASSWORD": (
        "another-secret",
        "Set TVBOT_TEAMS_APP_PASSWORD to the value of a client secret of the app, not to the ID of that secret.",
    ),
    "SMTP_URL": (
        "smtp://127.0.0.1:1",
        "Check the host, the port, the user and the password in TVBOT_SMTP_URL.",
    ),
    "SMS_URL": ("json://127.0.0.1/sms", "TVBOT_SMS_URL: must contain {to}, where the number belongs"),
    "ADMINS": (
        "stranger@example.test",
        "Set TVBOT_ADMINS to the e-mail addresses of technicians, as ServiceDesk Plus has them.",
    ),
}
"""Answers that a check refuses, and what is printed before the whole step is asked again."""


def test_every_question_has_a_wrong_answer() -> None:
    """But for those of an installation by OAuth, which no check can know before the app is installed, and of Socket Mode.

    With an app-level token the signing secret is not asked for. So it has a test of its own.
    """
    elsewhere = {"SLACK_CLIENT_ID", "SLACK_CLIENT_SECRET", "SLACK_WORKSPACES", "SLACK_APP_TOKEN"}
    asked = {name.removeprefix("TVBOT_") for name in ASKED}
    assert REFUSED_AT_ONCE.keys() | REFUSED_BY_CHECK.keys() | elsewhere == asked


@pytest.mark.long
async def test_each_wrong_answer_is_met_with_what_to_change_and_asked_for_again(operator: Operator) -> None:
    """One answer at a time is wrong. Then Enter leaves the right ones as they are."""
    for step in STEPS:
        await operator.terminal.until_printed(f"\n{step.title}\n")
        if step.is_optional:
            await operator.answer("Set it up?", "y")
        asked = [one.setting for one in step.questions if "SLACK_BOT_TOKEN" not in one.instead_of]
        if "SLACK_APP_TOKEN" in asked:
            # It is asked for only before there is a signing secret.
            asked.remove("SLACK_APP_TOKEN")
            await operator.give("SLACK_APP_TOKEN")
        await answer_wrongly_first(operator, asked)
    code, _end = await operator.terminal.wait()
    assert code == 0, operator.terminal.printed
    wrong = {answer for answer, _sentence in (*REFUSED_AT_ONCE.values(), *REFUSED_BY_CHECK.values())}
    assert wrong & set(read_env_file(operator.folder / ".env").values()) == set()


async def answer_wrongly_first(operator: Operator, asked: list[str]) -> None:
    """Go through the questions of a step once for each that a check can refuse, and once more."""
    settled: set[str] = set()
    for wrong in [*(one for one in asked if one in REFUSED_BY_CHECK), ""]:
        for setting in asked:
            if setting in REFUSED_AT_ONCE and setting not in settled:
                answer, sentence = REFUSED_AT_ONCE[setting]
                await operator.give(setting, answer)
                await operator.terminal.until_printed(f"  {sentence}\n")
            await operator.give(
                setting,
                REFUSED_BY_CHECK[setting][0] if setting == wrong else "" if setting in settled else None,
            )
            settled.add(setting)
        if wrong:
            printed = await operator.answer("  Answer again? [Y/n]", "")
            assert REFUSED_BY_CHECK[wrong][1] in printed
            settled.discard(wrong)
