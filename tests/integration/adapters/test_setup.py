"""The setup asks for what is needed, checks it at once, and writes it; an interrupted one goes on where it was."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.command_line import Tvbot, new_tvbot
from support.logging_to import restored_logging

from adapters.cli import setup
from adapters.cli.env_file import CannotStore, read_env_file, write_env_file
from adapters.cli.setup_steps import CHATS, STEPS, Prompt
from adapters.settings import Settings, problems_for_serving, settings_from
from sandbox.environment import Environment

URL = "http://127.0.0.1:3978"
ADDRESSES = (
    f"{URL}/oauth/teamviewer/callback",
    f"`tvbot manifest slack --url {URL} --no-token-rotation`",
    f"`tvbot manifest teams --url {URL} --app-id ",
    f"{URL}/api/messages",
    f"{URL}/hooks/servicedesk",
)
WRONG = "1000.wrong.token"


@pytest.fixture(scope="module")
async def environment() -> AsyncIterator[Environment]:
    environment = Environment()
    await environment.start()
    environment.servicedesk.add_technician("Ana", "ana@example.test")
    yield environment
    await environment.stop()


@pytest.fixture
def answers(environment: Environment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """What an operator answers, in a folder of their own."""
    monkeypatch.chdir(tmp_path)
    environment.servicedesk.forget_issued_tokens()
    return {
        **environment.bot_settings(),
        "TVBOT_PUBLIC_URL": URL,
        "TVBOT_DATABASE_URL": "sqlite:///tvbot.db",
        "TVBOT_ADMINS": "ana@example.test",
    }


@pytest.fixture
def tvbot(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Tvbot:
    return new_tvbot(monkeypatch, capsys)


async def set_up(tvbot: Tvbot, answers: Mapping[str, str]) -> tuple[int, str, str]:
    """Run the setup with a file of answers, in a thread: it has a loop of its own."""
    file = Path("answers")
    write_env_file(file, answers)
    return await asyncio.to_thread(tvbot, "setup", "--answers", str(file))


async def test_complete_answers_are_written_with_new_keys_and_no_secret_is_printed(
    tvbot: Tvbot, answers: dict[str, str]
) -> None:
    code, output, errors = await set_up(tvbot, answers)
    assert (code, errors) == (0, "")
    stored = read_env_file(setup.ENV_FILE)
    assert answers.items() <= stored.items()
    assert problems_for_serving(settings_from(stored)) == []
    assert setup.ENV_FILE.stat().st_mode & 0o777 == 0o600
    assert [one for one in ADDRESSES if one not in output] == []
    private = {
        name: value
        for name, value in stored.items()
        if name.endswith(("SECRET", "TOKEN", "KEYS", "PASSWORD"))
    }
    assert len(private) == 8
    assert [name for name, value in private.items() if value in output] == []


@pytest.mark.long
async def test_wrong_answer_is_named_and_the_next_run_goes_on_with_the_same_keys(
    tvbot: Tvbot, answers: dict[str, str]
) -> None:
    code, output, errors = await set_up(tvbot, answers | {"TVBOT_SERVICEDESK_REFRESH_TOKEN": WRONG})
    assert code == 1
    assert errors == "tvbot: ServiceDesk Plus: correct the answers, and run `tvbot setup` again\n"
    assert "failed   ServiceDesk Plus: sign-in" in output
    assert WRONG not in output
    keys = read_env_file(setup.ENV_FILE)["TVBOT_SECRET_KEYS"]
    assert (await set_up(tvbot, answers))[0] == 0
    assert read_env_file(setup.ENV_FILE)["TVBOT_SECRET_KEYS"] == keys


async def test_answers_that_lack_something_are_refused_by_name(tvbot: Tvbot, answers: dict[str, str]) -> None:
    del answers["TVBOT_TEAMVIEWER_CLIENT_SECRET"]
    code, _output, errors = await set_up(tvbot, answers)
    assert code == 2
    assert "  TVBOT_TEAMVIEWER_CLIENT_SECRET: is missing in the file of answers\n" in errors


async def test_answer_to_no_question_is_refused(tvbot: Tvbot, answers: dict[str, str]) -> None:
    code, output, errors = await set_up(tvbot, answers | {"TVBOT_SLACK_TOKEN": "xoxb-1"})
    assert (code, output, errors.splitlines()[1:]) == (2, "", ["  TVBOT_SLACK_TOKEN: is no setting"])
    assert not setup.ENV_FILE.exists()


@pytest.mark.long
async def test_secret_may_stay_in_a_file_of_its_own(tvbot: Tvbot, answers: dict[str, str]) -> None:
    file = Path("token")
    file.write_text(answers.pop("TVBOT_SERVICEDESK_REFRESH_TOKEN") + "\n")  # noqa: ASYNC240 - a test
    code, output, _errors = await set_up(tvbot, answers | {"TVBOT_SERVICEDESK_REFRESH_TOKEN_FILE": str(file)})
    assert code == 0
    assert "ok       ServiceDesk Plus: sign-in" in output
    assert "TVBOT_SERVICEDESK_REFRESH_TOKEN" not in read_env_file(setup.ENV_FILE)


def test_missing_file_of_answers_is_named(tvbot: Tvbot, answers: dict[str, str]) -> None:
    assert answers
    assert tvbot("setup", "--answers", "nowhere") == (2, "", "tvbot: there is no file nowhere\n")


class Operator(setup.Terminal):
    """A person who gives prepared answers: those of ``first`` once, before those of ``answers``.

    With ``skips`` they set up Slack and Teams only when they are asked for the second time, and nothing else that is optional.
    ``later_answers`` are given once a step is asked again.
    """

    def __init__(self, answers: Mapping[str, str], first: Mapping[str, str], *, skips: bool = False) -> None:
        self._answers = dict(answers)
        self._first = dict(first)
        self._skips = skips
        self._offers = 0
        self.asked: list[str] = []
        self.interrupt_at = ""
        self.later_answers: dict[str, str] = {}

    def ask(self, question: Prompt, before: str | None) -> str:
        del before
        self.asked.append(question.setting)
        if question.setting == self.interrupt_at:
            raise KeyboardInterrupt
        name = f"TVBOT_{question.setting}"
        return self._first.pop(name, None) or self._answers.get(name) or question.default or ""

    def wants(self, what: str, *, default: bool) -> bool:
        del default
        if "again" in what:
            self._answers |= self.later_answers
            return True
        self._offers += 1
        return not self._skips or len(CHATS) < self._offers <= 2 * len(CHATS)


@pytest.fixture
def overrides(answers: dict[str, str]) -> dict[str, str]:
    """The addresses of the simulated systems, for which nobody is asked. They are in the file already."""
    asked = {f"TVBOT_{question.setting}" for step in STEPS for question in step.questions}
    given = {name: value for name, value in answers.items() if name not in asked}
    write_env_file(setup.ENV_FILE, given)
    return given


async def talk(operator: Operator) -> None:
    with restored_logging():
        await asyncio.to_thread(setup.run_setup, None, new_terminal=lambda: operator)


@pytest.mark.usefixtures("overrides")
async def test_wrong_answers_are_asked_for_again_at_once(
    answers: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    """One has a wrong form, and one is refused by Zoho."""
    first = {"TVBOT_SERVICEDESK_DATA_CENTER": "mars", "TVBOT_SERVICEDESK_REFRESH_TOKEN": WRONG}
    operator = Operator(answers, first)
    await talk(operator)
    assert operator.asked[2:4] == ["SERVICEDESK_DATA_CENTER"] * 2
    assert operator.asked.count("SERVICEDESK_REFRESH_TOKEN") == 2
    output = capsys.readouterr().out
    assert "failed   ServiceDesk Plus: sign-in" in output
    assert output.count("ok       ServiceDesk Plus: sign-in") == 1
    stored = read_env_file(setup.ENV_FILE)
    assert stored["TVBOT_SERVICEDESK_REFRESH_TOKEN"] == answers["TVBOT_SERVICEDESK_REFRESH_TOKEN"]
    assert problems_for_serving(settings_from(stored)) == []


@pytest.mark.long
@pytest.mark.usefixtures("overrides")
async def test_interrupted_setup_goes_on_where_it_was(answers: dict[str, str]) -> None:
    operator = Operator(answers, {})
    operator.interrupt_at = "TEAMVIEWER_CLIENT_SECRET"
    with pytest.raises(KeyboardInterrupt):
        await talk(operator)
    later = Operator(answers, {})
    await talk(later)
    # A portal that was left empty is asked for again: nothing says that it was.
    assert later.asked[:2] == ["SERVICEDESK_PORTAL", "TEAMVIEWER_CLIENT_SECRET"]
    assert "SERVICEDESK_REFRESH_TOKEN" not in later.asked
    assert problems_for_serving(settings_from(read_env_file(setup.ENV_FILE))) == []


@pytest.mark.long
@pytest.mark.usefixtures("overrides")
async def test_steps_that_may_be_left_out_are_left_out(
    answers: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Without a chat the bot cannot serve, so the chats are offered again."""
    operator = Operator(answers, {}, skips=True)
    await talk(operator)
    assert "The bot needs at least one chat" in capsys.readouterr().out
    assert next(one for one in operator.asked if one.startswith(("SLACK", "TEAMS"))) == "SLACK_APP_TOKEN"
    assert not [one for one in operator.asked if one.startswith(("SMTP", "SMS"))]


@pytest.mark.long
@pytest.mark.usefixtures("overrides")
async def test_what_is_needless_is_not_asked_for(
    answers: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    """With a bot token nothing is asked about OAuth. Without one, all of it is, until it is complete."""
    operator = Operator(answers, {})
    await talk(operator)
    assert [one for one in operator.asked if one.startswith("SLACK")] == [
        "SLACK_APP_TOKEN",
        "SLACK_SIGNING_SECRET",
        "SLACK_BOT_TOKEN",
    ]
    token = answers.pop("TVBOT_SLACK_BOT_TOKEN")
    write_env_file(setup.ENV_FILE, {"TVBOT_SLACK_BOT_TOKEN": None})
    later = Operator(answers, {"TVBOT_SLACK_WORKSPACES": "our-firm"})
    later.later_answers = {"TVBOT_SLACK_BOT_TOKEN": token}
    await talk(later)
    output = capsys.readouterr().out
    assert "TVBOT_SLACK_WORKSPACES: must be ids like T0123ABCD" in output
    assert (
        "TVBOT_SLACK_BOT_TOKEN: is missing (or TVBOT_SLACK_CLIENT_ID and TVBOT_SLACK_CLIENT_SECRET)" in output
    )
    assert [one for one in later.asked if one.startswith("SLACK")] == [
        "SLACK_BOT_TOKEN",
        "SLACK_CLIENT_ID",
        "SLACK_CLIENT_SECRET",
        "SLACK_WORKSPACES",
        "SLACK_WORKSPACES",
        "SLACK_SIGNING_SECRET",
        "SLACK_BOT_TOKEN",
    ]


@pytest.mark.usefixtures("overrides")
async def test_code_of_the_zoho_console_becomes_a_refresh_token(
    answers: dict[str, str], environment: Environment, capsys: pytest.CaptureFixture[str]
) -> None:
    code = environment.servicedesk.new_grant_code()
    await talk(Operator(answers, {"TVBOT_SERVICEDESK_REFRESH_TOKEN": code}))
    output = capsys.readouterr().out
    assert "Zoho has exchanged the code for a refresh token." in output
    assert "failed" not in output
    token = read_env_file(setup.ENV_FILE)["TVBOT_SERVICEDESK_REFRESH_TOKEN"]
    assert token not in {code, answers["TVBOT_SERVICEDESK_REFRESH_TOKEN"]}
    assert not [secret for secret in (code, token) if secret in output]


@pytest.mark.long
@pytest.mark.usefixtures("overrides")
async def test_socket_mode_needs_a_right_app_token_and_no_signing_secret(
    answers: dict[str, str], environment: Environment, capsys: pytest.CaptureFixture[str]
) -> None:
    answers["TVBOT_SLACK_APP_TOKEN"] = environment.slack.app_token
    operator = Operator(answers, {"TVBOT_SLACK_APP_TOKEN": "xapp-1"})
    await talk(operator)
    output = capsys.readouterr().out
    assert (
        "Create an app-level token with the scope connections:write, and set TVBOT_SLACK_APP_TOKEN." in output
    )
    assert "SLACK_SIGNING_SECRET" not in operator.asked
    assert f"`tvbot manifest slack --url {URL} --no-token-rotation --socket-mode`" in output
    stored = read_env_file(setup.ENV_FILE)
    assert stored["TVBOT_SLACK_APP_TOKEN"] == environment.slack.app_token
    assert problems_for_serving(settings_from(stored)) == []


@pytest.mark.usefixtures("overrides")
async def test_one_step_is_asked_again_and_nothing_else_changes(answers: dict[str, str]) -> None:
    write_env_file(setup.ENV_FILE, answers)
    operator = Operator({**answers, "TVBOT_MAIL_FROM": "desk@example.test"}, {})
    with restored_logging():
        await asyncio.to_thread(setup.run_setup, None, again="mail server", new_terminal=lambda: operator)
    assert operator.asked == ["SMTP_URL", "MAIL_FROM"]
    assert read_env_file(setup.ENV_FILE) == {**answers, "TVBOT_MAIL_FROM": "desk@example.test"}


async def test_step_that_does_not_exist_is_refused_with_those_that_do(tvbot: Tvbot) -> None:
    code, _output, errors = await asyncio.to_thread(tvbot, "setup", "--again", "zoho")
    assert code == 2
    assert errors.startswith("tvbot: there is no step “zoho”; the steps are “Public address”, ")


def test_every_question_is_about_a_setting() -> None:
    asked = {question.setting.lower() for step in STEPS for question in step.questions}
    assert asked <= set(Settings.model_fields)


def test_other_lines_of_the_file_stay(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("# ours\nTVBOT_PORT=1\nOTHER=x y\nTVBOT_PORT=2\nexport TVBOT_HOST=::1\n")
    file.chmod(0o644)
    write_env_file(file, {"TVBOT_PORT": "3", "TVBOT_HOST": None, "TVBOT_ADMINS": "a@b.test"})
    assert file.read_text() == "# ours\nTVBOT_PORT=3\nOTHER=x y\nTVBOT_ADMINS=a@b.test\n"
    assert file.stat().st_mode & 0o777 == 0o600


@pytest.mark.long
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(value=st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), min_size=1, max_size=30))
def test_any_value_is_read_again_as_it_is_or_is_refused(value: str, tmp_path: Path) -> None:
    file = tmp_path / ".env"
    try:
        write_env_file(file, {"TVBOT_X": value})
    except CannotStore:
        return
    assert read_env_file(file) == {"TVBOT_X": value}


@pytest.mark.parametrize("value", ["p@ss #1", "it's", 'say "x"', "back\\slash", "$HOME", "a=b", "${x}"])
def test_password_with_special_characters(value: str, tmp_path: Path) -> None:
    """Only one that would be filled in by another variable is refused."""
    file = tmp_path / ".env"
    write: Callable[[], None] = lambda: write_env_file(file, {"TVBOT_X": value})  # noqa: E731 - called in two ways
    if value == "${x}":
        with pytest.raises(CannotStore, match="TVBOT_X"):
            write()
        assert list(tmp_path.iterdir()) == []
        return
    write()
    assert read_env_file(file) == {"TVBOT_X": value}
