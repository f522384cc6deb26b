"""Composable validation rules for JSON values. Problems are worded as Slack words them."""

import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

LIMITS: dict[str, int] = json.loads((Path(__file__).parent / "limits.json").read_text(encoding="utf-8"))
"""The maximum length, count or size of each field (Slack's Block Kit reference, 2026-11)."""


class Findings:
    """The problems found so far, each with a JSON pointer to its place."""

    def __init__(self) -> None:
        self.messages: list[str] = []

    def add(self, problem: str, path: str) -> None:
        """Record a problem."""
        self.messages.append(f"[ERROR] {problem} [json-pointer:{path or '/'}]")


Rule = Callable[[Any, str, Findings], None]


def string(maximum: int | None = None, *, minimum: int = 0) -> Rule:
    """Require a string with a length in a range."""

    def check(value: Any, path: str, findings: Findings) -> None:
        if not isinstance(value, str):
            findings.add("must be a string", path)
        elif len(value) < minimum:
            findings.add(f"must be more than {minimum - 1} characters", path)
        elif maximum is not None and len(value) > maximum:
            findings.add(f"must be less than {maximum + 1} characters", path)

    return check


def boolean(value: Any, path: str, findings: Findings) -> None:
    """Require true or false."""
    if not isinstance(value, bool):
        findings.add("must be a boolean", path)


def integer(minimum: int, maximum: int | None = None) -> Rule:
    """Require an integer in a range."""

    def check(value: Any, path: str, findings: Findings) -> None:
        if not isinstance(value, int) or isinstance(value, bool):
            findings.add("must be an integer", path)
        elif value < minimum or (maximum is not None and value > maximum):
            findings.add(f"must be between {minimum} and {maximum}", path)

    return check


def one_of_values(*allowed: str) -> Rule:
    """Require one of these values."""

    def check(value: Any, path: str, findings: Findings) -> None:
        if value not in allowed:
            findings.add(f"value must be one of: {', '.join(allowed)}", path)

    return check


def url(maximum: int, *schemes: str) -> Rule:
    """Require an absolute URL."""
    allowed = schemes or ("http", "https")

    def check(value: Any, path: str, findings: Findings) -> None:
        string(maximum, minimum=1)(value, path, findings)
        if isinstance(value, str) and value and not _is_valid_url(value, allowed):
            findings.add("must be a valid URL", path)

    return check


def _is_valid_url(value: str, schemes: tuple[str, ...]) -> bool:
    try:
        parts = urlsplit(value)
    except ValueError:
        return False
    has_host = bool(parts.netloc) or (parts.scheme not in {"http", "https"} and bool(parts.path))
    return parts.scheme in schemes and has_host and " " not in value


def array_of(rule: Rule, maximum: int, *, minimum: int = 1) -> Rule:
    """Require an array whose items each pass a rule."""

    def check(value: Any, path: str, findings: Findings) -> None:
        if not isinstance(value, list):
            findings.add("must be an array", path)
            return
        if len(value) < minimum:
            findings.add(f"no fewer than {minimum} items allowed", path)
        if len(value) > maximum:
            findings.add(f"no more than {maximum} items allowed", path)
        for number, item in enumerate(value):
            rule(item, f"{path}/{number}", findings)

    return check


def object_with(required: Mapping[str, Rule], optional: Mapping[str, Rule] | None = None) -> Rule:
    """Require an object with these fields and no others."""
    known = {**required, **(optional or {})}

    def check(value: Any, path: str, findings: Findings) -> None:
        if not isinstance(value, dict):
            findings.add("must be an object", path)
            return
        for name in required.keys() - value.keys():
            findings.add(f"missing required field: {name}", path)
        for name, content in value.items():
            if name in known:
                known[name](content, f"{path}/{name}", findings)
            else:
                findings.add(f"invalid additional property: {name}", path)

    return check


def object_by_type(kinds: Mapping[str, Rule]) -> Rule:
    """Require an object of one of these types. The rule of the type checks the object without its ``type``."""

    def check(value: Any, path: str, findings: Findings) -> None:
        if not isinstance(value, dict):
            findings.add("must be an object", path)
            return
        kind = value.get("type")
        if kind is None:
            findings.add("missing required field: type", path)
        elif not isinstance(kind, str) or kind not in kinds:
            findings.add(f"unsupported type: {kind}", f"{path}/type")
        else:
            # Remove the type, so that each rule lists only the fields of its own.
            kinds[kind]({name: content for name, content in value.items() if name != "type"}, path, findings)

    return check


def all_of(*rules: Rule) -> Rule:
    """Require that every rule passes. Stop at the first rule that finds a problem."""

    def check(value: Any, path: str, findings: Findings) -> None:
        before = len(findings.messages)
        for rule in rules:
            if len(findings.messages) == before:
                rule(value, path, findings)

    return check


def exactly_one_of(*names: str) -> Rule:
    """Require exactly one of these fields."""

    def check(value: Any, path: str, findings: Findings) -> None:
        present = [name for name in names if name in value]
        if not present:
            findings.add(f"missing required field: {' or '.join(names)}", path)
        elif len(present) > 1:
            findings.add(f"only one of these fields allowed: {', '.join(present)}", path)

    return check


def check_unique(values: Iterable[tuple[str, str]], name: str, findings: Findings) -> None:
    """Check that no value occurs twice. ``values`` are (value, path) pairs."""
    seen: set[str] = set()
    for value, path in values:
        if value in seen:
            findings.add(f"`{name}` {value!r} already exists", path)
        seen.add(value)
