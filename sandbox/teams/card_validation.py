"""Validate Adaptive Cards for Teams, more strictly than Teams documents.

Clients silently drop what they do not know, such as a misspelt property. The sandbox refuses it, so that a test fails.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from sandbox.teams.card_schema import ACTIONS, ELEMENTS, PARTS, REQUIRED, SINCE, TEAMS_ONLY, Forms

VERSIONS = ("1.0", "1.1", "1.2", "1.3", "1.4", "1.5")
MAX_CARD_BYTES = 28 * 1024
"""Maximum size of a card in bytes of JSON."""
MAX_REFRESHED_USERS = 60
"""Maximum number of users whose clients refresh a card automatically (documentation of Universal Actions)."""
_PERSON = re.compile(r"(29:|8:orgid:)\S+\Z")
_SCHEMES = ("https://", "http://", "mailto:", "tel:", "msteams:")
_PRIMITIVES: Mapping[str, type | tuple[type, ...]] = {
    "string": str,
    "boolean": bool,
    "number": (int, float),
}


def check_card(card: Any, *, max_version: str = "1.5") -> list[str]:
    """Return the problems of a card, each with its path. Empty if it is valid. ``max_version`` is the host's version."""
    if not isinstance(card, dict) or card.get("type") != "AdaptiveCard":
        return ["card: must be an object of the type AdaptiveCard"]
    version = card.get("version")
    if version not in VERSIONS:
        return [f"card.version: must be one of {', '.join(VERSIONS)}"]
    if _parse_version(version) > _parse_version(max_version):
        return [
            f"card.version: {version} is newer than {max_version}, which is the newest that is shown here"
        ]
    check = _CardValidator(version)
    check.check_part("AdaptiveCard", card, "card")
    return check.problems


def card_size(card: Any) -> int:
    """Return the size of a card in bytes of JSON."""
    return len(json.dumps(card, ensure_ascii=False, separators=(",", ":")).encode(errors="replace"))


def _parse_version(version: str) -> tuple[int, ...]:
    return tuple(int(one) for one in version.split("."))


class _CardValidator:
    """One walk through a card. Inside a fallback, input ids of the replaced element may occur again."""

    def __init__(self, version: str) -> None:
        self.problems: list[str] = []
        self._version = version
        self._inputs: set[str] = set()
        self._fallback_depth = 0

    def check_part(self, name: str, value: Any, path: str) -> None:
        """Check an object of a known shape."""
        if not isinstance(value, dict):
            self._add(path, f"must be an object ({name})")
            return
        self._check_version(name, value, path)
        self._check_properties(name, PARTS[name], value, path)
        if name == "RefreshDefinition":
            self._check_refresh(value, path)

    def check_element(self, value: Any, path: str) -> None:
        """Check an element of a known type."""
        kind = self._check_typed(ELEMENTS, value, path, "element")
        if kind.startswith("Input."):
            self._check_input_id(value, path)
        if kind == "Input.ChoiceSet" and not ("choices" in value or "choices.data" in value):
            self._add(path, "needs choices or choices.data")
        if kind == "Image" and not str(value.get("url")).startswith(("https://", "data:image/")):
            self._add(f"{path}.url", "must be an address with https, or a data address of an image")

    def check_action(self, value: Any, path: str) -> None:
        """Check an action of a known type."""
        kind = self._check_typed(ACTIONS, value, path, "action")
        if kind == "Action.OpenUrl" and not str(value.get("url")).startswith(_SCHEMES):
            self._add(f"{path}.url", "must be an absolute address")
        if kind == "Action.ShowCard" and path.endswith("selectAction"):
            self._add(path, "Action.ShowCard is not possible here")
        if kind == "Action.Execute" and not isinstance(value.get("data", {}), dict | str):
            self._add(f"{path}.data", "must be an object")

    def _check_typed(
        self, known: Mapping[str, Mapping[str, Forms]], value: Any, path: str, kind_name: str
    ) -> str:
        """Check type, fallback and properties. Return the type, or an empty string if it is unknown."""
        kind = value.get("type") if isinstance(value, dict) else None
        if not isinstance(kind, str) or kind not in known:
            self._add(path, f"is no {kind_name} that Teams knows: {kind!r}")
            return ""
        if kind in TEAMS_ONLY and "fallback" not in value:
            self._add(path, f"{kind} is known to Teams alone and needs a fallback")
        self._check_version(kind, value, path)
        self._check_properties(kind, known[kind], value, path)
        return kind

    def _check_version(self, name: str, value: Mapping[str, Any], path: str) -> None:
        since = SINCE.get(name, "1.0")
        if _parse_version(since) > _parse_version(self._version) and "fallback" not in value:
            self._add(path, f"{name} needs version {since}, the card says {self._version}")

    def _check_properties(
        self, name: str, known: Mapping[str, Forms], value: Mapping[str, Any], path: str
    ) -> None:
        for missing in [one for one in REQUIRED.get(name, ()) if one not in value]:
            self._add(path, f"{name} needs {missing}")
        for key, content in value.items():
            # Every object may have a type, even where the schema does not list it.
            if key == "type" and key not in known:
                continue
            if key not in known:
                self._add(f"{path}.{key}", f"is no property of {name}")
                continue
            is_fallback = key == "fallback"
            # A fallback may nest further fallbacks.
            self._fallback_depth += is_fallback
            self._check_value(known[key], content, f"{path}.{key}")
            self._fallback_depth -= is_fallback

    def _check_value(self, forms: Forms, value: Any, path: str) -> None:
        if isinstance(value, list):
            list_forms = [form[1:] for form in forms if form.startswith("*")]
            if list_forms or "any" not in forms:
                self._check_list(tuple(list_forms), value, path)
            return
        form = next((one for one in forms if _matches_form(one, value)), None)
        if form is None:
            self._add(path, f"must be {' or '.join(one.removeprefix('=') for one in forms)}")
        elif form == "element":
            self.check_element(value, path)
        elif form.partition(":")[0] == "action":
            required_type = form.partition(":")[2]
            if required_type and value.get("type") != required_type:
                self._add(path, f"must be of the type {required_type}")
            self.check_action(value, path)
        elif form.startswith("part:"):
            self.check_part(form.removeprefix("part:"), value, path)

    def _check_list(self, forms: Forms, values: list[Any], path: str) -> None:
        if not forms:
            self._add(path, "must not be a list")
            return
        allowed = tuple("part:TextRun" if one == "inline" else one for one in forms)
        allowed += ("string",) if "inline" in forms else ()
        for number, value in enumerate(values):
            self._check_value(allowed, value, f"{path}[{number}]")

    def _check_refresh(self, refresh: Mapping[str, Any], path: str) -> None:
        if "action" not in refresh:
            self._add(path, "needs action")
        user_ids = refresh.get("userIds", [])
        if isinstance(user_ids, list):
            if len(user_ids) > MAX_REFRESHED_USERS:
                self._add(f"{path}.userIds", f"must not be more than {MAX_REFRESHED_USERS}")
            if not all(isinstance(one, str) and _PERSON.match(one) for one in user_ids):
                self._add(f"{path}.userIds", "must be ids of people, 29:…")

    def _check_input_id(self, value: Mapping[str, Any], path: str) -> None:
        name = value.get("id")
        if not isinstance(name, str) or not name:
            self._add(path, "an input needs an id")
        elif name in self._inputs and not self._fallback_depth:
            self._add(path, f"another input has the id {name!r}")
        elif not self._fallback_depth:
            self._inputs.add(name)

    def _add(self, path: str, problem: str) -> None:
        self.problems.append(f"{path}: {problem}")


def _matches_form(form: str, value: Any) -> bool:
    """Return whether a value has a form. Constants match in any case, as in Teams."""
    if form == "any" or form.startswith("*"):
        return form == "any"
    if form.startswith("="):
        return isinstance(value, str) and value.lower() == form[1:].lower()
    if form in _PRIMITIVES:
        # In Python a bool is also an int, but a card must not use true as a number.
        is_switch = isinstance(value, bool)
        return isinstance(value, _PRIMITIVES[form]) and is_switch == (form == "boolean")
    return isinstance(value, dict)
