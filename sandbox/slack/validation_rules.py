"""Small rules that a JSON value is held against; what they find is worded as Slack words it."""

import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

MOST: dict[str, int] = json.loads((Path(__file__).parent / "limits.json").read_text(encoding="utf-8"))
"""The largest length, number or size of each thing (Slack's Block Kit reference, 2026-11)."""


class Findings:
    """What is wrong, each with the JSON pointer to where."""

    def __init__(self) -> None:
        self.messages: list[str] = []

    def add(self, problem: str, path: str) -> None:
        """Note a problem."""
        self.messages.append(f"[ERROR] {problem} [json-pointer:{path or '/'}]")


Rule = Callable[[Any, str, Findings], None]


def string(most: int | None = None, *, least: int = 0) -> Rule:
    """Demand a string of a length."""

    def check(value: Any, path: str, findings: Findings) -> None:
        if not isinstance(value, str):
            findings.add("must be a string", path)
        elif len(value) < least:
            findings.add(f"must be more than {least - 1} characters", path)
        elif most is not None and len(value) > most:
            findings.add(f"must be less than {most + 1} characters", path)

    return check


def boolean(value: Any, path: str, findings: Findings) -> None:
    """Demand true or false."""
    if not isinstance(value, bool):
        findings.add("must be a boolean", path)


def integer(least: int, most: int | None = None) -> Rule:
    """Demand a whole number in a range."""

    def check(value: Any, path: str, findings: Findings) -> None:
        if not isinstance(value, int) or isinstance(value, bool):
            findings.add("must be an integer", path)
        elif value < least or (most is not None and value > most):
            findings.add(f"must be between {least} and {most}", path)

    return check


def word(*allowed: str) -> Rule:
    """Demand one of a few words."""

    def check(value: Any, path: str, findings: Findings) -> None:
        if value not in allowed:
            findings.add(f"value must be one of: {', '.join(allowed)}", path)

    return check


def url(most: int, *schemes: str) -> Rule:
    """Demand an absolute address."""
    allowed = schemes or ("http", "https")

    def check(value: Any, path: str, findings: Findings) -> None:
        string(most, least=1)(value, path, findings)
        if isinstance(value, str) and value and not _is_address(value, allowed):
            findings.add("must be a valid URL", path)

    return check


def _is_address(value: str, schemes: tuple[str, ...]) -> bool:
    try:
        parts = urlsplit(value)
    except ValueError:
        return False
    has_host = bool(parts.netloc) or (parts.scheme not in {"http", "https"} and bool(parts.path))
    return parts.scheme in schemes and has_host and " " not in value


def listed(rule: Rule, most: int, *, least: int = 1) -> Rule:
    """Demand a list of things that each obey a rule."""

    def check(value: Any, path: str, findings: Findings) -> None:
        if not isinstance(value, list):
            findings.add("must be an array", path)
            return
        if len(value) < least:
            findings.add(f"no fewer than {least} items allowed", path)
        if len(value) > most:
            findings.add(f"no more than {most} items allowed", path)
        for number, item in enumerate(value):
            rule(item, f"{path}/{number}", findings)

    return check


def shape(required: Mapping[str, Rule], optional: Mapping[str, Rule] | None = None) -> Rule:
    """Demand an object with these fields and no other."""
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


def by_type(kinds: Mapping[str, Rule]) -> Rule:
    """Demand an object of one of these types; each type's rule sees the object without its type."""

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
            kinds[kind]({name: content for name, content in value.items() if name != "type"}, path, findings)

    return check


def together(*rules: Rule) -> Rule:
    """Demand that every rule is obeyed. A later rule sees only what the earlier ones found nothing wrong with."""

    def check(value: Any, path: str, findings: Findings) -> None:
        before = len(findings.messages)
        for rule in rules:
            if len(findings.messages) == before:
                rule(value, path, findings)

    return check


def one_of(*names: str) -> Rule:
    """Demand exactly one of these fields."""

    def check(value: Any, path: str, findings: Findings) -> None:
        present = [name for name in names if name in value]
        if not present:
            findings.add(f"missing required field: {' or '.join(names)}", path)
        elif len(present) > 1:
            findings.add(f"only one of these fields allowed: {', '.join(present)}", path)

    return check


def unique(values: Iterable[tuple[str, str]], name: str, findings: Findings) -> None:
    """Demand that of these (value, path) no value stands twice."""
    seen: set[str] = set()
    for value, path in values:
        if value in seen:
            findings.add(f"`{name}` {value!r} already exists", path)
        seen.add(value)
