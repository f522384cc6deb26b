"""An unexpected error is logged with its class and its place, without the values in its message."""

import traceback
from collections.abc import Callable

import pytest
from sqlalchemy.exc import StatementError

from adapters.logs import mask_secrets, safe_exc_info

QUOTED = "a note about somebody"


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
