"""Values: immutable objects with named fields, equal where their fields are.

They are written like frozen dataclasses, and made by msgspec in C: a class is defined in a fortieth of the time, and an object
made in a tenth (docs/decisions/0068).
"""

import dataclasses
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar, dataclass_transform, overload

import msgspec
from msgspec import NODEFAULT, Struct, StructMeta, structs

if TYPE_CHECKING:
    # mypy compares the arguments of this one with the fields of the class.
    from dataclasses import replace  # noqa: TID251 - see above
else:

    def replace(obj, /, **changes):  # noqa: ANN001, ANN003, ANN201 - mypy looks at the other one
        """Return a copy of a value, or of a dataclass, with other values in some fields."""
        return (structs if isinstance(obj, Struct) else dataclasses).replace(obj, **changes)


__all__ = ["field", "field_names", "replace", "value_class"]

T = TypeVar("T")
_NOT_COPIED = {"__dict__", "__weakref__"}
"""Belong to the class that a class of values replaces. A value has neither."""


class _Unshown:
    """A field that ``repr`` leaves out."""

    def __init__(self, defaults: Any) -> None:
        self.defaults = defaults


def field(*, default: Any = NODEFAULT, default_factory: Any = NODEFAULT, repr: bool = True) -> Any:  # noqa: A002 - named as in dataclasses
    """Describe a field: its default, or what makes it, and whether ``repr`` shows it. As in ``dataclasses``."""
    described: Any = msgspec.field
    defaults = described(default=default, default_factory=default_factory)
    return defaults if repr else _Unshown(defaults)


@overload
def value_class(cls: type[T], /) -> type[T]: ...
@overload
def value_class(
    *, eq: bool = True, order: bool = False, kw_only: bool = False
) -> Callable[[type[T]], type[T]]: ...
@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def value_class(cls: type[T] | None = None, /, **options: bool) -> type[T] | Callable[[type[T]], type[T]]:
    """Make a class of values, from a class whose annotated attributes are the fields. Used as a decorator.

    With ``eq=False`` a value equals itself alone. ``order`` compares values field by field, and ``kw_only`` takes no field by its
    position. ``__post_init__`` may check a new value. Raises TypeError for what msgspec cannot make.
    """
    if cls is None:
        return lambda one: _make(one, options)
    return _make(cls, options)


def _make(cls: type[T], options: dict[str, bool]) -> type[T]:
    if isinstance(cls, _ValueMeta):
        # The metaclass has already made a class that inherits from values.
        config = cls.__value_config__
        expected = {"kw_only": True} if config.kw_only else {}
        if options != expected:
            wanted = "@value_class(kw_only=True)" if config.kw_only else "@value_class"
            raise TypeError(f"{cls.__name__} inherits from values: its decorator must be {wanted}")
        cls.__value_config__ = config._replace(is_decorated=True)
        return cls
    namespace = {name: kept for name, kept in vars(cls).items() if name not in _NOT_COPIED}
    namespace["__qualname__"] = cls.__qualname__
    bases = (Struct, *(base for base in cls.__bases__ if base is not object))
    made: Any = _ValueMeta(cls.__name__, bases, namespace, frozen=True, **options)
    made.__value_config__ = made.__value_config__._replace(is_decorated=True)
    return made  # type: ignore[no-any-return]  # a class with the fields and methods of the one that was given


class _Config(NamedTuple):
    """What is known of a class of values, beyond what msgspec knows.

    ``kw_only``: its values are made by the names of their fields alone. Unlike other options, msgspec lets no class inherit this
    one. ``unshown`` are the fields that ``repr`` leaves out. ``is_decorated``: it has the decorator, without which mypy does
    not know its fields.
    """

    kw_only: bool
    unshown: frozenset[str]
    is_decorated: bool


class _ValueMeta(StructMeta):
    """Makes the classes of values, and those that inherit from them."""

    __value_config__: _Config

    def __new__(
        cls, name: str, bases: tuple[type, ...], namespace: dict[str, Any], **options: Any
    ) -> "_ValueMeta":
        for method, other in (("__eq__", "__ne__"), ("__repr__", "__rich_repr__")):
            if method in namespace:
                raise TypeError(
                    f"{name} has its own {method}, and {other} would still be msgspec's: use a frozen dataclass"
                )
        inherited = [base.__value_config__ for base in bases if isinstance(base, _ValueMeta)]
        own = {name: kept.defaults for name, kept in namespace.items() if isinstance(kept, _Unshown)}
        unshown = frozenset(own).union(*(one.unshown for one in inherited))
        if own:
            namespace = {**namespace, **own, **_representation(unshown)}
        kw_only = options.get("kw_only", False) or any(one.kw_only for one in inherited)
        made = super().__new__(cls, name, bases, namespace, **(options | {"kw_only": kw_only}))
        made.__value_config__ = _Config(kw_only, unshown, is_decorated=False)
        return made


def _representation(unshown: frozenset[str]) -> dict[str, Callable[[Any], Any]]:
    """Return the methods that show a value to Python and to rich, without some fields."""

    def shown(self: Any) -> Iterator[tuple[str, Any]]:
        return ((name, getattr(self, name)) for name in field_names(self) if name not in unshown)

    def represent(self: Any) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={one!r}' for name, one in shown(self))})"

    return {"__repr__": represent, "__rich_repr__": shown}


def field_names(one: object) -> tuple[str, ...]:
    """Return the names of a value's fields in their order, or of the fields of a class of values."""
    names: tuple[str, ...] = one.__struct_fields__  # type: ignore[attr-defined]  # each value has it
    return names
