"""The log has neither secrets nor people in it: errors have no message, libraries no values, and secrets are masked."""

import ast
import json
import logging
import re
import sys
import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
import structlog
from slack_bolt.async_app import AsyncApp
from slack_bolt.logger import get_bolt_logger
from sqlalchemy.exc import StatementError
from support.logging_to import captured_log

from adapters.logs import OWN_LOGGERS, LogFormat, mask_secrets, safe_exc_info
from bot.errors import Rejected
from bot.i18n import _
from bot.model.known_secrets import KnownSecrets
from bot.model.secret import Secret, new_token

QUOTED = "a note about somebody"


@pytest.fixture(autouse=True)
def _no_secrets_of_other_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the process know no secret yet: other tests store ordinary words as secrets."""
    unknown = KnownSecrets()
    for module in ("adapters.logs", "bot.model.secret"):
        monkeypatch.setattr(f"{module}.known_secrets", unknown)


def _plain() -> None:
    raise ValueError(QUOTED)


def _of_bytes() -> None:
    (QUOTED.encode() + b"\xff").decode()


def _of_a_statement() -> None:
    raise StatementError(QUOTED, "INSERT", {"note": QUOTED}, ValueError(QUOTED))


def _led_to() -> None:
    try:
        _plain()
    except ValueError as error:
        raise RuntimeError from error


@pytest.mark.parametrize("broken", [_plain, _of_bytes, _of_a_statement, _led_to])
def test_logged_error_has_no_values(broken: Callable[[], None]) -> None:
    """The parameters of its constructor and its cause make no difference."""
    with pytest.raises(Exception) as raised:  # noqa: PT011  # of several classes
        broken()
    logged = "".join(traceback.format_exception(*safe_exc_info(raised.value)))
    assert QUOTED not in logged
    assert type(raised.value).__name__ in logged
    assert broken.__name__ in logged


TOKEN = "AbCdEfGhIjKl"


@pytest.mark.parametrize(
    "link",
    [
        f"https://get.teamviewer.com/v15/s119457589-{TOKEN}",
        f"https://getpilot.teamviewer.com/s12345678-{TOKEN}",
        f"http://127.0.0.1:9/pilot/s12345678-{TOKEN}",
        f"https://login.teamviewer.com/Connect/IndexByol?sessioncode=s119457589&servicequeuetoken={TOKEN}&lang=en",
        f"https://login.teamviewer.com/?to=IndexByol%3Fservicequeuetoken%3D{TOKEN}",
    ],
    ids=["remote", "pilot", "simulated pilot", "browser", "browser, quoted"],
)
def test_every_way_in_of_a_technician_is_masked(link: str) -> None:
    masked = mask_secrets(f"GET {link} failed")
    assert TOKEN not in masked
    assert masked.endswith(" failed")


@pytest.mark.parametrize("text", ["s12-345-678 was closed", "https://get.teamviewer.com/v15/s119457589"])
def test_code_and_link_of_the_requester_are_not_masked(text: str) -> None:
    assert mask_secrets(text) == text


NAME = "Ann Lee, payroll"
"""Personal data in what a library logs."""


@pytest.mark.parametrize("level", ["debug", "info", "warning", "error"])
def test_libraries_log_warnings_at_most_whatever_the_level_of_their_loggers(level: str) -> None:
    """Bolt gives its own loggers the root's level, and logs whole requests at the level ``debug``."""
    with captured_log(level, "json") as logged:
        for name in ("slack_bolt.AsyncApp", "aiohttp.access", "dbos", "a.library.of.tomorrow"):
            library = logging.getLogger(name)
            library.setLevel(logging.DEBUG)
            library.debug("Request body: %s", NAME)
            library.info(f"Request body: {NAME}")
        get_bolt_logger(AsyncApp).debug("Request body: %s", NAME)
    assert logged.getvalue() == ""


def test_bolt_keeps_quiet_after_the_bot_set_its_level_to_debug() -> None:
    """The loggers of an app that is made later."""
    with captured_log("debug", "console") as logged:
        app = AsyncApp(signing_secret="a", token="xoxb-a", request_verification_enabled=False)
        app.logger.debug(f"applying middleware to {NAME}")  # noqa: G004 - as libraries write
        structlog.get_logger("slack").debug("the bot’s own line")
    assert NAME not in logged.getvalue()
    assert "the bot’s own line" in logged.getvalue()


def test_a_level_above_warning_holds_for_everybody() -> None:
    with captured_log("error", "json") as logged:
        logging.getLogger("aiohttp.server").warning("a warning")
        structlog.get_logger("slack").warning("a warning")
    assert logged.getvalue() == ""


@pytest.mark.parametrize(
    ("message", "arguments", "kept"),
    [
        ("Unhandled request ({'user': 'Ann Lee, payroll'})", (), "Unhandled request"),
        ("Error: Ann Lee, payroll", (), "Error"),
        ("Task exception was never retrieved\nfuture: <Task 'Ann Lee, payroll'>", (), "Task exception was never"),
        ("Error handling request from %s", (NAME,), "Error handling request from %s"),
        ("[SQL: SELECT 'Ann Lee, payroll']", (), "(message left out)"),
    ],
)  # fmt: skip
def test_warning_of_a_library_keeps_its_words_and_place_without_values(
    message: str, arguments: tuple[str, ...], kept: str
) -> None:
    with captured_log("info", "json") as logged:
        try:
            _quote(NAME)
        except ValueError:
            logging.getLogger("some.library").exception(message, *arguments, extra={"body": NAME})
    line = json.loads(logged.getvalue())
    assert line["event"].startswith(kept)
    assert "test_logs:" in line["event"]
    assert re.search(r"\): ValueError at test_logs\.py:\d+ _quote < test_logs\.py:\d+ test_", line["event"])
    assert "exception" not in line
    assert NAME not in logged.getvalue()


def _quote(value: str) -> None:
    raise ValueError(value)


@pytest.mark.parametrize("form", ["json", "console"])
def test_secret_is_masked_in_every_kind_of_value(form: LogFormat) -> None:
    """No pattern matches it: the log knows it by its value."""
    value = new_token(16)
    number = 49_151_234_567_812
    Secret(str(number))
    with captured_log("debug", form) as logged:
        structlog.get_logger("slack").debug(
            f"event {value}",
            text=value,
            nested={"list": [value, (value,)], value: {value}},
            raw=value.encode(),
            unknown=_Holder(value),
            number=number,
            error=ValueError(value),
            yes=True,
            count=3,
        )
        logging.getLogger("bot").info("formatted %s", value)
    assert value not in logged.getvalue()
    assert str(number) not in logged.getvalue()
    assert "***" in logged.getvalue()
    if form == "json":
        first, second = (json.loads(line) for line in logged.getvalue().splitlines())
        assert (first["event"], first["yes"], first["count"]) == ("event ***", True, 3)
        assert second["event"] == "formatted ***"


@dataclass(frozen=True)
class _Holder:
    held: str


def test_message_of_an_error_is_left_out_even_if_the_code_that_logs_forgot() -> None:
    with captured_log("info", "json") as logged:
        try:
            _quote(QUOTED)
        except ValueError as error:
            structlog.get_logger("web").exception("broke")
            structlog.get_logger("web").error("broke", exc_info=error)
            logging.getLogger("web").exception("broke")
    assert QUOTED not in logged.getvalue()
    assert logged.getvalue().count("in _quote") == 3


def test_line_that_cannot_be_written_is_reported_without_its_values(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with captured_log("info", "json"):
        logging.getLogger("web").error("%d", QUOTED)
    reported = capsys.readouterr().err
    assert reported == "tvbot: a log line of web could not be written (TypeError)\n"


def test_uncaught_error_is_logged_without_its_message() -> None:
    with captured_log("info", "json") as logged:
        try:
            _quote(QUOTED)
        except ValueError as error:
            sys.excepthook(type(error), error, error.__traceback__)
        thread = threading.Thread(target=_quote, args=(QUOTED,))
        thread.start()
        thread.join()
    assert QUOTED not in logged.getvalue()
    assert logged.getvalue().count("unexpected error") == 2


def test_error_with_a_sentence_is_logged_without_the_values_in_it() -> None:
    reason = _("{field} is not accepted", field=QUOTED)
    error = Rejected(_("{name} cannot do that: {reason}.", name=QUOTED, reason=reason))
    assert error.log_text == f"Rejected {error.ref}: {{name}} cannot do that: {{field}} is not accepted."
    assert QUOTED in str(error)


def test_product_logs_no_sentence_with_values_in_it() -> None:
    """``str(error)`` has the values of an error's sentence, ``log_text`` has not."""
    calls = [call for call in _log_calls() if re.search(r"error=(str|repr)\(|error\.text\b", call)]
    assert calls == []


def test_every_logger_of_the_product_is_listed() -> None:
    """A logger that is not listed would count as a library's, and log warnings only."""
    names = {
        name
        for text in _product_texts()
        for name in re.findall(r'(?:structlog\.get_logger|logging\.getLogger)\("([\w.]+)"\)', text)
    }
    assert names - {"apprise", "urllib3", "dbos"} == OWN_LOGGERS


def _product_texts() -> list[str]:
    root = Path(__file__).parents[2]
    files = [file for folder in ("bot", "adapters", "storage") for file in (root / folder).rglob("*.py")]
    return [file.read_text(encoding="utf-8") for file in files]


def _log_calls() -> list[str]:
    return [
        ast.unparse(node)
        for text in _product_texts()
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "log"
    ]
