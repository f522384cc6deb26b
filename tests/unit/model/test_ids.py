"""Identifiers are read in the forms in which people write them, and compared in one form."""

import re

import pytest

from bot.model.ids import (
    SessionCode,
    bare_code,
    derive_notice_id,
    email,
    is_plain_address,
    new_join_token,
    new_session_id,
    request_number,
    session_code,
    shown_code,
)


def test_a_session_id_is_32_hexadecimal_digits_and_new_each_time() -> None:
    assert re.fullmatch(r"[0-9a-f]{32}", new_session_id())
    assert new_session_id() != new_session_id()


def test_a_join_token_has_160_random_bits_and_fits_into_an_address() -> None:
    assert re.fullmatch(r"[A-Za-z0-9_-]{27}", new_join_token())
    assert new_join_token() != new_join_token()


def test_the_same_reason_gives_the_same_notice() -> None:
    assert (
        derive_notice_id("session/requester/reply")
        == derive_notice_id("session/requester/reply")
        == "80fef222f1af498e"
    )
    assert derive_notice_id("a") != derive_notice_id("b")


def test_an_address_is_compared_without_case_and_spaces() -> None:
    assert email("  Tom.Ray@Example.TEST ") == "tom.ray@example.test"


@pytest.mark.parametrize(
    "lookalike", ["\u212aim@example.test", "k\u0130m@example.test", "k\u0456m@example.test"]
)
def test_an_address_with_letters_outside_ascii_never_becomes_another_one(lookalike: str) -> None:
    """In lower case the Kelvin sign is a plain k."""
    assert email(lookalike) == lookalike
    assert not is_plain_address(email(lookalike))
    assert is_plain_address(email("Kim+desk@Example.test"))
    assert not is_plain_address(email("k im@example.test"))


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("123", "123"),
        (" 123 ", "123"),
        ("#123", "123"),
        ("007", "7"),
        ("0", "0"),
        ("000", "0"),
        ("1" * 18, "1" * 18),
        ("1" * 19, None),
        ("", None),
        ("#", None),
        ("##1", None),
        ("12a", None),
        ("-1", None),
        ("1.5", None),
        ("١٢٣", None),
    ],
)
def test_a_request_number_is_up_to_18_ascii_digits(text: str, number: str | None) -> None:
    assert request_number(text) == number


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("s12-345-678", "s12345678"),
        ("S12345678", "s12345678"),
        (" s12345678 ", "s12345678"),
        ("s1-234-567", "s1234567"),
        ("s123-456-789-012", "s123456789012"),
        ("12-345-678", "s12345678"),
        ("12345678", None),
        ("s12", None),
        ("s1234-567-890", "s1234567890"),
        ("s12-345-678-901-234", None),
        ("sabc", None),
        ("", None),
    ],
)
def test_a_session_code_is_read_with_or_without_dashes_and_its_letter(text: str, code: str | None) -> None:
    assert session_code(text) == code


def test_two_spellings_of_a_code_are_the_same_bare_code() -> None:
    assert bare_code(SessionCode("S12-345-678")) == bare_code(SessionCode("s12345678")) == "s12345678"


@pytest.mark.parametrize(
    ("typed", "shown"),
    [("s12 345 678", "s12-345-678"), ("s730864794", "s730-864-794"), ("12-345-678", "s12-345-678")],
)
def test_typed_code_is_shown_as_teamviewer_shows_it(typed: str, shown: str) -> None:
    assert shown_code(session_code(typed) or "") == shown
