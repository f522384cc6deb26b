"""``tvbot setup``: ask for what is needed step by step, check each answer at once, and write ``.env``."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import typer

from adapters import logs
from adapters.cli.doctor import examine_installation, print_finding
from adapters.cli.env_file import CannotStore, read_env_file, write_env_file
from adapters.cli.failures import CommandFailed
from adapters.cli.setup_steps import CHATS, STEPS, Prompt, Step
from adapters.cli.zoho_code import exchange_code
from adapters.settings import PREFIX, BadSettings, Settings, problems_for_serving, settings_from
from bot.model.finding import Verdict
from bot.model.secret import new_token
from storage.vault import new_key

ENV_FILE = Path(".env")
KNOWN = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}
_HOOK_SECRET_BYTES = 24
LEAVE_OUT = "-"
"""The answer that leaves out what was answered before."""


class _Unstorable(CommandFailed):
    """A value cannot be written into the file so that it is read again as it is."""


class Terminal:
    """Asks the person at the terminal."""

    def ask(self, question: Prompt, before: str | None) -> str:
        """Return the answer to a question, which may be empty only if the question is optional.

        ``before`` is what was answered before. An empty answer leaves it as it is.
        """
        default = before or ("" if question.is_optional else question.default)
        notes = []
        if before and question.is_secret:
            notes.append("Enter keeps it")
        if before and question.is_optional:
            notes.append(f"{LEAVE_OUT} for none")
        text = f"  {question.text} ({', '.join(notes)})" if notes else f"  {question.text}"
        answer: str = typer.prompt(
            text,
            default=default,
            hide_input=question.is_secret,
            show_default=bool(default) and not question.is_secret,
        )
        answer = answer.strip()
        return "" if question.is_optional and answer == LEAVE_OUT else answer

    def wants(self, what: str, *, default: bool) -> bool:
        """Return whether the person says yes."""
        return typer.confirm(what, default=default)


class Setup:
    """One run of the setup. ``answers`` come from a file, and nobody is asked; None asks at the terminal.

    What was answered in an earlier run is in the file, and is not asked again.
    """

    def __init__(self, file: Path, answers: Mapping[str, str] | None, terminal: Terminal) -> None:
        self._file = file
        self._answers = answers
        self._terminal = terminal
        self._variables = {
            name: value for name, value in read_env_file(file).items() if name.startswith(PREFIX)
        }
        self._left_out: set[str] = set()

    def run_again(self, title: str) -> None:
        """Ask the questions of one step again. Enter leaves an answer as it is. Raises CommandFailed, BadSettings."""
        step = next((one for one in STEPS if one.title.lower() == title.lower()), None)
        if step is None:
            known = ", ".join(f"“{one.title}”" for one in STEPS)
            raise CommandFailed(f"there is no step “{title}”; the steps are {known}", 2)
        typer.echo(f"\n{step.title}")
        self._print_hint(step)
        self._ask(step.questions)
        self._ask_while_it_fails(step)
        typer.echo(f"\nWrote {self._file}. Restart tvbot, so that it reads what has changed.")

    def run(self) -> None:
        """Ask, check and write, step by step. Raises CommandFailed, BadSettings."""
        self._store(self._new_secrets())
        if self._answers is not None:
            self._store(dict(self._answers))
        for step in STEPS:
            self._take(step)
            if step is CHATS[-1]:
                self._require_chat()
        problems = problems_for_serving(self._settings())
        if problems:
            raise BadSettings(problems)
        self._print_end()

    def _new_secrets(self) -> dict[str, str]:
        made: dict[str, Callable[[], str]] = {
            f"{PREFIX}SECRET_KEYS": new_key,
            f"{PREFIX}SERVICEDESK_HOOK_SECRET": lambda: new_token(_HOOK_SECRET_BYTES),
        }
        return {name: make() for name, make in made.items() if not self._has(name)}

    def _settings(self) -> Settings:
        """Return the settings so far. A value may be in a file of its own (``NAME_FILE``). Raises BadSettings."""
        found = dict(self._variables)
        for name, value in self._variables.items():
            whole = name.removesuffix("_FILE")
            if name not in KNOWN and whole in KNOWN and whole not in found:
                found[whole] = _read_value(name, value)
        return settings_from(found)

    def _has(self, name: str) -> bool:
        return name in self._variables or f"{name}_FILE" in self._variables

    def _take(self, step: Step) -> None:
        """Make one step: again and again until its checks do not fail, or the person goes on all the same."""
        missing = [one for one in step.questions if not self._is_answered(one)]
        is_new = len(missing) == len(step.questions)
        typer.echo(f"\n{step.title}")
        if self._answers is not None:
            self._require_answers(step, missing, is_new=is_new)
            missing = []
        elif is_new and step.is_optional and not self._terminal.wants("  Set it up?", default=False):
            return
        if missing:
            self._print_hint(step)
        self._ask(missing)
        self._ask_while_it_fails(step)

    def _print_hint(self, step: Step) -> None:
        if step.hint:
            typer.echo(f"  {step.hint.format(url=self._variables.get(f'{PREFIX}PUBLIC_URL', ''))}")

    def _ask_while_it_fails(self, step: Step) -> None:
        while self._fails(step):
            if self._answers is not None:
                if problems := self._problems_of(step):
                    raise BadSettings(problems)
                raise CommandFailed(f"{step.title}: correct the answers, and run `tvbot setup` again")
            if not self._terminal.wants("  Answer again?", default=True):
                return
            self._left_out.clear()
            self._ask(step.questions)

    def _require_chat(self) -> None:
        """Ask for the chats again until one is set up. With a file of answers, the end of the run names what is missing."""
        while self._answers is None and not any(self._is_begun(chat) for chat in CHATS):
            typer.echo("\nThe bot needs at least one chat: set up Slack, Microsoft Teams, or both.")
            for chat in CHATS:
                self._take(chat)

    def _is_begun(self, step: Step) -> bool:
        return any(self._is_answered(one) for one in step.questions)

    def _require_answers(self, step: Step, missing: Sequence[Prompt], *, is_new: bool) -> None:
        """Raise BadSettings if the file of answers lacks what the step needs."""
        if is_new and step.is_optional:
            return
        needed = [one for one in missing if not one.is_optional and one.default is None]
        if needed:
            raise BadSettings([f"{PREFIX}{one.setting}: is missing in the file of answers" for one in needed])

    def _is_answered(self, question: Prompt) -> bool:
        names = (question.setting, *question.instead_of)
        return any(self._has(f"{PREFIX}{name}") for name in names) or question.setting in self._left_out

    def _ask(self, questions: Sequence[Prompt]) -> None:
        for question in questions:
            if not any(self._has(f"{PREFIX}{name}") for name in question.instead_of):
                self._ask_until_valid(question)

    def _ask_until_valid(self, question: Prompt) -> None:
        name = f"{PREFIX}{question.setting}"
        while True:
            answer = self._terminal.ask(question, self._variables.get(name))
            if not answer and question.is_optional:
                self._left_out.add(question.setting)
                self._store({name: None})
                return
            if question.may_be_zoho_code and answer != self._variables.get(name):
                answer = self._exchange_zoho_code(answer)
            problem = _problem_with(name, answer) or self._try_to_store(name, answer)
            if problem is None:
                return
            typer.echo(f"  {problem}")

    def _exchange_zoho_code(self, answer: str) -> str:
        """Return the refresh token for an answer that is a code, else the answer as it is."""
        try:
            settings = self._settings()
        except BadSettings:
            return answer
        token = asyncio.run(exchange_code(settings, answer))
        if token is None:
            return answer
        typer.echo("  Zoho has exchanged the code for a refresh token.")
        return token

    def _try_to_store(self, name: str, value: str) -> str | None:
        """Store an answer. Return why it cannot be written into the file, or None."""
        try:
            self._store({name: value})
        except _Unstorable as error:
            return str(error)
        return None

    def _store(self, values: Mapping[str, str | None]) -> None:
        """Write values into the file at once, so that an interrupted setup goes on from here. None removes a variable."""
        if not values:
            return
        try:
            write_env_file(self._file, values)
        except CannotStore as error:
            raise _Unstorable(
                f"{error}: this value cannot be written into .env; give it as {error}_FILE"
            ) from None
        except OSError as error:
            raise CommandFailed(
                f"cannot write {self._file}: {error.strerror or type(error).__name__}"
            ) from None
        for name, value in values.items():
            self._variables.pop(name, None)
            if value is not None:
                self._variables[name] = value

    def _fails(self, step: Step) -> bool:
        """Make the checks of a step, print what they found, and return whether one failed."""
        if not self._is_begun(step):
            return False
        # What a check needs must be complete. Otherwise it could only say that it does not know.
        problems = self._problems_of(step)
        if problems:
            for problem in problems:
                typer.echo(f"  {problem}")
            return True
        if not step.checks:
            return False
        findings = asyncio.run(examine_installation(self._settings(), None, only=step.checks))
        for finding in findings:
            print_finding(finding, indent="  ")
        return any(one.verdict is Verdict.FAILED for one in findings)

    def _problems_of(self, step: Step) -> list[str]:
        """Return what is missing among the settings of a step, or does not fit the others."""
        asked = {f"{PREFIX}{question.setting}" for question in step.questions}
        problems = problems_for_serving(self._settings())
        return [problem for problem in problems if problem.partition(":")[0] in asked]

    def _print_end(self) -> None:
        """Print what is still to be done, with the addresses to register."""
        url = self._variables[f"{PREFIX}PUBLIC_URL"].rstrip("/")
        typer.echo(
            f"\nWrote {self._file}. Keep a copy of TVBOT_SECRET_KEYS apart from the backups. Register:"
        )
        for what, address in _registrations(url, self._settings()).items():
            typer.echo(f"  {what}: {address}")
        typer.echo("Then run `tvbot serve`, and beside it `tvbot doctor`.")


def _registrations(url: str, settings: Settings) -> dict[str, str]:
    """Return what to register where. The commands fit the answers."""
    found = {"TeamViewer, redirect URI": f"{url}/oauth/teamviewer/callback"}
    if settings.slack_signing_secret or settings.slack_app_token:
        # A token that rotates expires, so one that is set must not.
        fixed = " --no-token-rotation" if settings.slack_bot_token else ""
        socket = " --socket-mode" if settings.slack_app_token else ""
        found["Slack, app manifest"] = f"`tvbot manifest slack --url {url}{fixed}{socket}`"
    if settings.teams_app_id:
        found["Azure Bot, messaging endpoint"] = f"{url}/api/messages"
        found["Teams, app package"] = f"`tvbot manifest teams --url {url} --app-id {settings.teams_app_id}`"
    found["ServiceDesk Plus, webhook of a trigger"] = (
        f"{url}/hooks/servicedesk (header X-TVBot-Secret: the value of TVBOT_SERVICEDESK_HOOK_SECRET)"
    )
    return found


def _read_value(name: str, file: str) -> str:
    try:
        return Path(file).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        raise BadSettings([f"{name}: this file cannot be read as UTF-8 text"]) from None


def _problem_with(name: str, value: str) -> str | None:
    """Return what is wrong with the form of one setting, or None."""
    try:
        settings_from({name: value})
    except BadSettings as error:
        return error.problems[0]
    return None


def run_setup(
    answers: Path | None, *, again: str | None = None, new_terminal: Callable[[], Terminal] = Terminal
) -> None:
    """Set the bot up, or ask the step ``again`` again. Raises CommandFailed, BadSettings."""
    if again is not None and answers is not None:
        raise CommandFailed("give either --answers or --again", 2)
    logs.configure_logging("error", "console")
    try:
        given = read_env_file(answers) if answers is not None else None
        if answers is not None and not answers.exists():
            raise CommandFailed(f"there is no file {answers}", 2)
        setup = Setup(ENV_FILE, _only_known(given), new_terminal())
    except (OSError, UnicodeDecodeError):
        raise CommandFailed("the file of answers and .env must be readable UTF-8 text", 2) from None
    if again is None:
        setup.run()
    else:
        setup.run_again(again)


def _only_known(answers: Mapping[str, str] | None) -> Mapping[str, str] | None:
    """Return the answers. Raises BadSettings for a name that is no setting, and for a value that is wrong."""
    if answers is None:
        return None
    unknown = [name for name in answers if not {name, name.removesuffix("_FILE")} & KNOWN]
    if unknown:
        raise BadSettings([f"{name}: is no setting" for name in unknown])
    settings_from(answers)
    return answers
