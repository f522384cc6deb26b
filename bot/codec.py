"""Encode the members of a union of values as JSON, and decode them with every field checked."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Generic, Protocol, TypeVar, get_args

import msgspec

from bot.values import field_names

TAG = "do"
"""The JSON field that names the member."""


def encode_json(plain: Mapping[str, Any]) -> str:
    """Return an object as compact JSON."""
    try:
        return msgspec.json.encode(plain).decode()
    except UnicodeEncodeError:
        # Half of a surrogate pair is no character, but ``\ud83d`` in JSON can stand for it.
        return json.dumps(plain, separators=(",", ":"))


class Tagged(Protocol):
    """A value with a tag: its constant name in JSON.

    Never rename or reuse a tag: buttons of old messages carry it, and jobs that are queued.
    """

    tag: ClassVar[str]


T = TypeVar("T", bound=Tagged)


class TaggedCodec(Generic[T]):
    """Encodes and decodes the members of one union. Every member is known, because the table is the union itself."""

    def __init__(self, union: Any) -> None:
        members = list(_members(union))
        self._types: dict[str, type[T]] = {member.tag: member for member in members}
        if len(self._types) < len(members):
            raise TypeError("two members of the union have the same tag")

    def encode(self, value: T) -> str:
        """Return the JSON of a value, with its tag in the field ``do``."""
        return encode_json({TAG: value.tag, **msgspec.to_builtins(value)})

    def decode(self, encoded: str) -> T:
        """Return the value that ``encode`` was given.

        Raises ValueError for anything else: a tag that does not exist, a field too many, too few or of another type.
        """
        try:
            return self._convert(json.loads(encoded))
        except (TypeError, KeyError, RecursionError, msgspec.ValidationError) as error:
            raise ValueError("not an encoded value") from error

    def _convert(self, plain: Any) -> T:
        if not isinstance(plain, dict):
            raise TypeError("not an object")
        member = self._types[plain.pop(TAG)]
        # msgspec ignores fields it does not know; here one is a sign that the JSON was made elsewhere.
        if not plain.keys() <= set(field_names(member)):
            raise TypeError("unknown field")
        return msgspec.convert(plain, member)


def _members(union: Any) -> Iterator[Any]:
    """Walk through a union of classes and of other unions."""
    for member in get_args(union) or (union,):
        if get_args(member):
            yield from _members(member)
        else:
            yield member
