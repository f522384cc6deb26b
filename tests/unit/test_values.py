"""Values are immutable, equal where their fields are, and show no more than they should."""

import inspect
import pkgutil
from dataclasses import FrozenInstanceError, dataclass, is_dataclass
from importlib import import_module
from typing import Any, ClassVar, Generic, TypeVar

import msgspec
import pytest
from support.sessions import make_session

import adapters
import bot
import manifest
import storage
from bot.model.secret import Secret
from bot.values import field, field_names, replace, value_class

T = TypeVar("T")


@value_class
class Printer:
    """A value of this test."""

    kind: ClassVar[str] = "printer"
    name: str
    floor: int = 0
    owners: tuple[str, ...] = field(default_factory=tuple)
    password: str = field(default="", repr=False)

    @property
    def place(self) -> str:
        return f"{self.name} on floor {self.floor}"


@value_class
class NetworkPrinter(Printer):
    """A value that inherits fields."""

    address: str = "10.0.0.1"


@value_class
class LockedPrinter(Printer):
    """A value that inherits an unshown field, and has one of its own."""

    code: str = field(default="0000", repr=False)


@value_class(kw_only=True)
class Scanner:
    """A value that is made by names."""

    floor: int = 0
    name: str


@value_class(kw_only=True)
class NetworkScanner(Scanner):
    """Its last field has no default, which only names allow."""

    address: str


@value_class
class Box(Generic[T]):
    """A value of any type."""

    content: T


def test_values_with_equal_fields_are_equal_and_one_key() -> None:
    assert Printer("lp1") == Printer("lp1", floor=0)
    assert Printer("lp1") != Printer("lp2")
    assert Printer("lp1") != NetworkPrinter("lp1")
    assert len({Printer("lp1"), Printer("lp1"), Printer("lp2")}) == 2


def test_value_does_not_change() -> None:
    printer: Any = Printer("lp1")
    for name in ("name", "unknown"):
        with pytest.raises(AttributeError):
            setattr(printer, name, "lp2")
    with pytest.raises(AttributeError):
        del printer.name
    assert issubclass(FrozenInstanceError, AttributeError), "what a dataclass raises is caught alike"


def test_value_has_its_methods_and_its_docstring() -> None:
    assert Printer("lp1", 2).place == "lp1 on floor 2"
    assert (Printer.__doc__, Printer.__module__, Printer.kind) == (
        "A value of this test.",
        __name__,
        "printer",
    )
    assert Box[int](3).content == 3


def test_copy_has_other_fields() -> None:
    printer = Printer("lp1", 2, ("ada",))
    assert replace(printer, floor=3) == Printer("lp1", 3, ("ada",))
    assert printer.floor == 2
    with pytest.raises(TypeError):
        replace(printer, unknown=1)  # type: ignore[call-arg]  # the check of types finds it first


def test_copy_of_a_dataclass_has_other_fields_too() -> None:
    @dataclass
    class Row:
        name: str

    assert replace(Row("a"), name="b") == Row("b")


def test_unshown_field_is_in_no_representation() -> None:
    printer = NetworkPrinter("lp1", password="hunter2")
    assert repr(printer) == "NetworkPrinter(name='lp1', floor=0, owners=(), address='10.0.0.1')"
    shown: Any = printer
    assert list(shown.__rich_repr__()) == [
        ("name", "lp1"),
        ("floor", 0),
        ("owners", ()),
        ("address", "10.0.0.1"),
    ]


def test_field_that_a_class_inherits_remains_unshown() -> None:
    assert repr(LockedPrinter("lp1", password="hunter2")) == "LockedPrinter(name='lp1', floor=0, owners=())"


def test_field_names_come_in_their_order() -> None:
    assert field_names(NetworkPrinter) == ("name", "floor", "owners", "password", "address")
    assert field_names(Scanner(name="s1")) == ("floor", "name")


def test_class_that_inherits_takes_names_alone_too() -> None:
    assert NetworkScanner(name="s1", address="10.0.0.2").floor == 0
    with pytest.raises(TypeError):
        NetworkScanner(0, "s1", "10.0.0.2")  # type: ignore[call-arg]  # the check of types finds it first


def test_class_that_inherits_has_no_options_of_its_own() -> None:
    with pytest.raises(TypeError, match="OrderedPrinter inherits from values"):

        @value_class(order=True)
        class OrderedPrinter(Printer):
            """Its class statement has made it, before the decorator is asked."""


def test_class_that_compares_its_values_itself_is_refused() -> None:
    with pytest.raises(TypeError, match="Loose has its own __eq__, and __ne__ would still be msgspec's"):

        @value_class
        class Loose:
            name: str

            def __eq__(self, other: object) -> bool:
                return isinstance(other, Loose)

            def __hash__(self) -> int:
                return 0


def test_secret_is_not_written_as_json() -> None:
    for one in (Secret("hunter2"), Box(Secret("hunter2"))):
        with pytest.raises(TypeError, match="unsupported"):
            msgspec.json.encode(one)


def test_session_shows_no_link() -> None:
    shown: Any = make_session(requester_link=Secret("https://tv/1"))
    assert "link" not in repr(shown)
    assert "link" not in str(list(shown.__rich_repr__()))


def test_class_that_shows_its_values_itself_is_refused() -> None:
    with pytest.raises(
        TypeError, match="Masked has its own __repr__, and __rich_repr__ would still be msgspec's"
    ):

        @value_class
        class Masked:
            name: str

            def __repr__(self) -> str:
                return "Masked(***)"


def classes_of_the_product() -> list[type]:
    """Return every class that the product defines."""
    return [
        one
        for package in (bot, adapters, storage, manifest)
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
        if ".migrations." not in module.name and not module.name.endswith("__main__")
        for one in vars(import_module(module.name)).values()
        if inspect.isclass(one) and one.__module__ == module.name
    ]


def test_what_never_changes_is_a_value() -> None:
    """Each exception says why, beside its decorator."""
    frozen = {one.__name__ for one in classes_of_the_product() if is_dataclass(one) and is_frozen(one)}
    assert frozen == {"ShownSession", "TeamsActivity"}


def is_frozen(one: Any) -> bool:
    return bool(one.__dataclass_params__.frozen)


def test_class_that_inherits_from_values_has_the_decorator() -> None:
    """Mypy does not know the fields of a class without it."""
    values: list[Any] = [one for one in classes_of_the_product() if hasattr(one, "__value_config__")]
    assert len(values) > 300
    assert [one.__name__ for one in values if not one.__value_config__.is_decorated] == []
