"""An unexpected error is logged with its class and its place, without the values in its message."""

import traceback
from collections.abc import Callable

import pytest
from sqlalchemy.exc import StatementError

from adapters.logs import safe_exc_info

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
