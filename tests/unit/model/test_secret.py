"""A secret shows its value only through ``reveal``."""

import secrets

import pytest

from bot.model.known_secrets import known_secrets
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


def test_a_secret_is_read_once_when_its_value_is_needed() -> None:
    token, reads = secrets.token_hex(16), list[str]()

    def read() -> str:
        reads.append(token)
        return token

    secret = Secret.read_when_needed(read)
    assert (str(secret), repr(secret), reads) == ("***", "Secret(***)", [])
    assert secret == secret  # noqa: PLR0124 - the same object needs no value
    assert reads == []
    assert secret == Secret(token)
    assert secret
    assert secret.reveal() == token
    assert reads == [token]


def test_two_secrets_with_the_same_source_are_equal_without_being_read() -> None:
    def fail() -> str:
        raise ValueError("cannot be decrypted")

    assert Secret.read_when_needed(fail) == Secret.read_when_needed(fail)
    with pytest.raises(ValueError, match="cannot be decrypted"):
        assert Secret.read_when_needed(fail) != Secret("a")


def test_the_log_masks_what_was_read() -> None:
    token = secrets.token_hex(16)
    assert known_secrets.mask(token) == token
    Secret.read_when_needed(lambda: token).reveal()
    assert known_secrets.mask(token) == "***"


def test_a_secret_that_cannot_be_read_is_not_taken_for_an_empty_one() -> None:
    def fail() -> str:
        raise ValueError("cannot be decrypted")

    secret = Secret.read_when_needed(fail)
    for _attempt in range(2):
        with pytest.raises(ValueError, match="cannot be decrypted"):
            secret.reveal()
    with pytest.raises(ValueError, match="cannot be decrypted"):
        bool(secret)
