"""Values: immutable objects with named fields, equal where their fields are.

They are written like frozen dataclasses, and made by msgspec in C: a class is defined in a fortieth of the time, and an object
made in a tenth (docs/decisions/0068).
"""

import dataclasses
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, TypeVar, dataclass_transform, overload

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
_OF_EVERY_CLASS = {"__dict__", "__weakref__"}
"""Belong to the class that is replaced. A value has neither."""
_BY_NAME = "kw_only"


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

    ``eq=False`` leaves ``__eq__`` and ``__hash__`` to the class, ``order`` compares values field by field, and ``kw_only`` takes
    no field by its position. ``__post_init__`` may check a new value. Raises TypeError for what msgspec cannot make.
    """
    if cls is None:
        return lambda one: _make(one, options)
    return _make(cls, options)


def _make(cls: type[T], options: dict[str, bool]) -> type[T]:
    if isinstance(cls, _Maker):
        # It inherits from values, so it was made as its class statement ended, like the class that it inherits from.
        if options != ({_BY_NAME: True} if cls.takes_names_only else {}):
            raise TypeError(f"{cls.__name__} inherits how its values are made")
        return cls
    namespace = {name: kept for name, kept in vars(cls).items() if name not in _OF_EVERY_CLASS}
    namespace["__qualname__"] = cls.__qualname__
    bases = (Struct, *(base for base in cls.__bases__ if base is not object))
    made: Any = _Maker(cls.__name__, bases, namespace, frozen=True, **options)
    return made  # type: ignore[no-any-return]  # a class with the fields and methods of the one that was given


class _Maker(StructMeta):
    """Makes the classes of values, and those that inherit from them."""

    takes_names_only: bool
    """Whether a value is made by the names of its fields alone. Unlike its other options, msgspec lets no class inherit this one."""

    def __new__(
        cls, name: str, bases: tuple[type, ...], namespace: dict[str, Any], **options: Any
    ) -> "_Maker":
        if "__eq__" in namespace:
            # ``!=`` would still be msgspec's.
            raise TypeError(f"{name} compares its values itself, so it can be a dataclass only")
        unshown = {name: kept.defaults for name, kept in namespace.items() if isinstance(kept, _Unshown)}
        if unshown:
            namespace = {**_representation(frozenset(unshown)), **namespace, **unshown}
        if any(isinstance(base, _Maker) and base.takes_names_only for base in bases):
            options[_BY_NAME] = True
        made = super().__new__(cls, name, bases, namespace, **options)
        made.takes_names_only = options.get(_BY_NAME, False)
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
