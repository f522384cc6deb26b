"""A secret is masked by its value, in each form in which a log may have it."""

import json
import re
from pathlib import Path
from urllib.parse import quote

import pytest

from bot.model.ids import new_join_token
from bot.model.known_secrets import KnownSecrets, known_secrets
from bot.model.secret import Secret, new_token

TOKEN = "q7Zr-41mPx_k9"
ODD = 'pass"word/+ é'


def known(*values: str) -> KnownSecrets:
    """Return a registry of its own, with the values."""
    registry = KnownSecrets()
    for value in values:
        registry.add(value)
    return registry


@pytest.mark.parametrize(
    ("secret", "logged", "masked"),
    [
        (TOKEN, f"a {TOKEN} b {TOKEN}", "a *** b ***"),
        (f"https://get.example.com/v15/{TOKEN}", f"path /v15/{TOKEN}", "path /v15/***"),
        (f"https://example.com/a?code=12&key={TOKEN}&lang=en", f"key={TOKEN}&lang=en", "key=***&lang=en"),
        (f"smtp://user:{TOKEN}@mail.example.com:587", f"login with {TOKEN}", "login with ***"),
        (f"smsgate://{TOKEN}/+4915112345", f"GET https://api.example.com/{TOKEN}", "GET https://api.example.com/***"),
        ("https://get.example.com/s1234", "GET https://get.example.com/s1234", "GET ***"),
        (ODD, f"a={quote(ODD, safe='')}", "a=***"),
        (ODD, json.dumps({"a": ODD}), '{"a": "***"}'),
        (ODD, json.dumps({"a": ODD}, ensure_ascii=False), '{"a": "***"}'),
        ("+4915112345678", "sent to +4915112345678", "sent to ***"),
    ],
)  # fmt: skip
def test_value_is_masked_in_each_form(secret: str, logged: str, masked: str) -> None:
    assert known(secret).mask(logged) == masked


def test_ordinary_words_of_an_address_are_not_masked() -> None:
    text = "https://get.example.com/v15 answered 404: sessions en"
    assert known(f"https://get.example.com/v15/sessions/{TOKEN}?lang=en").mask(text) == text


@pytest.mark.parametrize("value", ["", "short", '{"card": "a stored answer"}', "x" * 5000])
def test_short_words_and_documents_are_not_remembered(value: str) -> None:
    text = f"a {value} b"
    assert known(value).mask(text) == text


def test_values_that_overlap_are_masked_as_one() -> None:
    assert known("abcdefgh", "efghijkl").mask("-abcdefghijkl-") == "-***-"


def test_values_with_equal_starts_and_ends_are_told_apart() -> None:
    values = [f"https-begin-{number:04}-the-same-end" for number in range(300)]
    registry = known(*values)
    assert registry.mask(values[7]) == "***"
    assert registry.mask("https-begin-9999-the-same-end") == "https-begin-9999-the-same-end"


def test_oldest_value_is_forgotten_and_a_setting_is_not() -> None:
    registry = KnownSecrets(capacity=2)
    registry.add("the-setting", pinned=True)
    for value in ("value-one", "value-two", "value-one", "value-three"):
        registry.add(value)
    masked = registry.mask("the-setting value-one value-two value-three")
    assert masked == "*** *** value-two ***"


def test_token_that_was_read_again_in_another_address_is_no_longer_the_oldest() -> None:
    """A response URL comes back with a mark behind it. Its token is remembered once."""
    registry = KnownSecrets(capacity=2)
    for value in (
        f"https://one.example.com/{TOKEN}",
        "value-two",
        f"https://one.example.com/{TOKEN}#replace",
    ):
        registry.add(value)
    registry.add("value-three")
    assert registry.mask(f"{TOKEN} value-two value-three") == "*** value-two ***"


def test_secrets_and_new_tokens_are_known_from_their_making() -> None:
    made = Secret("made-by-this-test").reveal()
    for value in (made, new_token(20), new_join_token()):
        assert known_secrets.mask(f"a {value} b") == "a *** b"


def test_every_token_is_made_by_new_token() -> None:
    """A token made otherwise would not be masked."""
    root = Path(__file__).parents[2]
    makers = [
        file.relative_to(root).as_posix()
        for folder in ("bot", "adapters", "storage")
        for file in (root / folder).rglob("*.py")
        if re.search(r"token_urlsafe\(", file.read_text(encoding="utf-8"))
    ]
    assert makers == ["bot/model/secret.py"]
