"""A secret shows its value only through ``reveal``."""

from bot.model.secret import Secret


def test_a_secret_never_prints_itself() -> None:
    secret = Secret("hunter2")
    assert (str(secret), repr(secret), f"{secret}") == ("***", "Secret(***)", "***")
    assert secret.reveal() == "hunter2"


def test_two_secrets_are_equal_if_their_values_are() -> None:
    assert Secret("a") == Secret("a")
    assert hash(Secret("a")) == hash(Secret("a"))
    assert Secret("a") != Secret("b")
    assert hash(Secret("a")) != hash(Secret("b"))
    assert Secret("é") == Secret("é")
    assert Secret("a") != "a"


def test_an_empty_secret_is_false() -> None:
    assert not Secret("")
    assert Secret("a")
