"""Parse ``search_criteria`` and match rows against them: API documentation v3, "Input data"."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sandbox.servicedesk.json_format import Payload, extra_key, invalid, wrong_type

_KEYS = frozenset({"field", "condition", "value", "values", "logical_operator", "children"})

_CONDITIONS = {
    **dict.fromkeys(("is", "eq", "="), "is"),
    **dict.fromkeys(("is not", "neq", "!="), "not is"),
    **dict.fromkeys(("greater than", "gt"), "gt"),
    **dict.fromkeys(("greater or equal", "gte"), "gte"),
    **dict.fromkeys(("lesser than", "lt"), "lt"),
    **dict.fromkeys(("lesser or equal", "lte"), "lte"),
    **dict.fromkeys(("contains", "like"), "contains"),
    "not contains": "not contains",
    "between": "between",
    "not between": "not between",
    "starts with": "starts with",
    "ends with": "ends with",
}
"""Spelling in the API -> test. ``not`` negates a test. *lesser* is the API's own spelling."""


def _parse_number(text: str) -> int:
    if not text.lstrip("-").isdigit():
        raise wrong_type("value")
    return int(text)


_TESTS: dict[str, Callable[[str, Sequence[str]], bool]] = {
    "is": lambda text, wanted: text in wanted,
    "gt": lambda text, wanted: _parse_number(text) > _parse_number(wanted[0]),
    "gte": lambda text, wanted: _parse_number(text) >= _parse_number(wanted[0]),
    "lt": lambda text, wanted: _parse_number(text) < _parse_number(wanted[0]),
    "lte": lambda text, wanted: _parse_number(text) <= _parse_number(wanted[0]),
    "between": lambda text, wanted: (
        _parse_number(wanted[0]) <= _parse_number(text) <= _parse_number(wanted[-1])
    ),
    "contains": lambda text, wanted: any(one in text for one in wanted),
    "starts with": lambda text, wanted: text.startswith(tuple(wanted)),
    "ends with": lambda text, wanted: text.endswith(tuple(wanted)),
}


def get_comparable_texts(value: object) -> list[str]:
    """Return the texts that a value is compared by: none for null, the time of a date, id and name of an object."""
    match value:
        case None:
            return []
        case dict():
            parts = [value["value"]] if "value" in value else [value.get("id"), value.get("name")]
            return [str(part).casefold() for part in parts if part is not None]
        case list():
            return [str(part).casefold() for part in value]
        case _:
            return [str(value).casefold()]


@dataclass(frozen=True, slots=True)
class Criterion:
    """One condition with its children. ``operator`` joins it to the criterion before it."""

    path: tuple[str, ...]
    condition: str
    wanted: tuple[str, ...] | None
    operator: str
    children: tuple["Criterion", ...]

    def matches(self, row: Mapping[str, Any]) -> bool:
        """Return whether a row matches. A with the children B and C means A and/or (B and/or C)."""
        matches_own_condition = self._matches_own(get_comparable_texts(self._get_field_value(row)))
        if not self.children:
            return matches_own_condition
        group = matches_all(self.children, row)
        return (
            matches_own_condition or group
            if self.children[0].operator == "or"
            else matches_own_condition and group
        )

    def _get_field_value(self, row: Mapping[str, Any]) -> object:
        value: object = row
        for part in self.path:
            if value is None:
                return None
            if not isinstance(value, Mapping) or part not in value:
                raise invalid(".".join(self.path))
            value = value[part]
        return value

    def _matches_own(self, texts: list[str]) -> bool:
        is_negated = self.condition.startswith("not ")
        if self.wanted is None:
            return (not texts) != is_negated
        wanted = self.wanted
        test = _TESTS[self.condition.removeprefix("not ")]
        is_match = any(test(text, wanted) for text in texts)
        return is_match != is_negated


def searched_fields(criteria: Sequence[Criterion]) -> set[str]:
    """Return every field that criteria and their children search."""
    return {field for one in criteria for field in (".".join(one.path), *searched_fields(one.children))}


def matches_all(criteria: Sequence[Criterion], row: Mapping[str, Any]) -> bool:
    """Join criteria from left to right (undocumented, assumed)."""
    result = criteria[0].matches(row)
    for criterion in criteria[1:]:
        is_match = criterion.matches(row)
        result = result or is_match if criterion.operator == "or" else result and is_match
    return result


def parse_criteria(criterion_json: object, allowed_fields: Sequence[str]) -> tuple[Criterion, ...]:
    """Parse one criterion, or an array of several. Raises ApiError.

    An array of one is refused, as seen in production traffic.
    """
    if isinstance(criterion_json, dict):
        return (_parse_criterion(criterion_json, allowed_fields),)
    # Seen in production traffic: an array of one is an error, unlike the same criterion as an object.
    if not isinstance(criterion_json, list) or len(criterion_json) == 1:
        raise invalid("search_criteria")
    return tuple(_parse_criterion(one, allowed_fields) for one in criterion_json)


def _parse_criterion(criterion_json: object, allowed_fields: Sequence[str]) -> Criterion:
    if not isinstance(criterion_json, dict):
        raise wrong_type("search_criteria")
    if extra := criterion_json.keys() - _KEYS:
        raise extra_key(min(extra))
    field = str(criterion_json.get("field"))
    if field.partition(".")[0] not in allowed_fields:
        raise invalid(field)
    condition = _CONDITIONS.get(str(criterion_json.get("condition")))
    operator = str(criterion_json.get("logical_operator", "and")).lower()
    if condition is None or operator not in {"and", "or"}:
        raise invalid("condition" if condition is None else "logical_operator")
    children = tuple(
        _parse_criterion(child, allowed_fields) for child in criterion_json.get("children") or ()
    )
    return Criterion(
        tuple(field.split(".")), condition, _parse_values(criterion_json, condition), operator, children
    )


def _parse_values(criterion_json: Payload, condition: str) -> tuple[str, ...] | None:
    """Return the values. None means that the field must be empty, as seen in production traffic."""
    values = criterion_json.get("values", criterion_json.get("value"))
    if values is None or values == []:
        if condition not in {"is", "not is"}:
            raise invalid("value")
        return None
    return tuple(str(value).casefold() for value in (values if isinstance(values, list) else [values]))
