"""Placeholders for modules that libraries import and the bot does not use (``adapters.cli.placeholders``)."""

import importlib
import sys
from types import ModuleType
from typing import Any

import pytest

from adapters.cli.placeholders import PlaceholderUsed, placeholders

NAMES = {"no_such_library": "a test", "email.no_such_part": "a test"}


def import_with_placeholders() -> ModuleType:
    with placeholders(NAMES) as imported:
        library = importlib.import_module("no_such_library")
        importlib.import_module("no_such_library.errors")
        importlib.import_module("email.no_such_part")
    assert imported == set(NAMES)
    return library


def raise_real_error(placeholder: Any) -> None:
    try:
        raise ValueError("real")
    except placeholder:
        pytest.fail("a placeholder caught a real error")


def test_classes_can_be_named_inherited_from_caught_and_made_during_the_import() -> None:
    with placeholders(NAMES):
        library = importlib.import_module("no_such_library")
        base = library.Base

        class Derived(base):  # type: ignore[misc, valid-type]  # a placeholder has no type
            """A class as a library makes it at its import."""

            kept: base[int] | None = library.make_default()  # type: ignore[valid-type]  # as above

    assert issubclass(Derived, base)
    assert not isinstance(ValueError(), base)
    with pytest.raises(ValueError, match="real"):
        raise_real_error(library.Error)


def test_use_after_the_import_is_refused_with_the_name() -> None:
    library = import_with_placeholders()
    with pytest.raises(PlaceholderUsed, match=r"no_such_library\.Session is not loaded"):
        library.Session()
    with pytest.raises(PlaceholderUsed, match=r"no_such_library\.get is not loaded"):
        library.sessions.get("https://desk.example.com")


def test_after_the_block_nothing_of_a_placeholder_is_found() -> None:
    import_with_placeholders()
    assert not [name for name in sys.modules if name.startswith(("no_such_library", "email.no_such_part"))]
    assert not hasattr(sys.modules["email"], "no_such_part")
    with pytest.raises(ImportError):
        importlib.import_module("no_such_library")


def test_module_that_is_loaded_already_stays() -> None:
    loaded = sys.modules["email"]
    with placeholders({"email": "a test"}) as imported:
        assert importlib.import_module("email") is loaded
    assert not imported
    assert sys.modules["email"] is loaded
