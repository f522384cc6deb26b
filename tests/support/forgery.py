"""A forged or broken request, and how the parts of one are drawn."""

import json
import random
from dataclasses import dataclass, field
from typing import Any

from support.slack_user import SlackUser
from support.teams_user import TeamsUser

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
JUNK: list[Any] = [
    None,
    True,
    0,
    -1,
    5,
    1e308,
    10**30,
    "",
    "x",
    "0",
    "x" * 5000,
    "\ud800",
    "\0",
    "<!channel>",
    "../../etc/passwd",
    "' OR 1=1 --",
    [],
    [None],
    [[]],
    {},
    {"id": 5},
    {"": ""},
]
TOKENS = ["", "x", "0" * 43, "%00", "é", "\udcff", "a" * 3000, "../x", "' OR 1=1 --", "null"]


@dataclass(frozen=True)
class Forgery:
    """One request. ``kind`` names it in a failure. ``is_forged``: it must be refused. Else it must only be answered."""

    kind: str
    method: str
    path: str
    body: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes = b""
    is_forged: bool = True


class ForgeryDraws:
    """Draws from a seeded generator, in the name of a connected technician with an open session."""

    def __init__(
        self,
        seed: int,
        technician: SlackUser,
        teams: TeamsUser,
        number: str,
    ) -> None:
        self._random = random.Random(seed)  # noqa: S311 - the same draws for the same seed
        self._slack = technician.environment.slack
        self._teams = technician.environment.teams
        self._person = technician.technician
        self._channel = technician.channel
        self._chat = teams.personal
        self._number = number
        self._drawn = 0

    def _break(self, payload: Any) -> Any:
        """Return a payload in which one value to three are missing, or others than they should be."""
        broken = json.loads(json.dumps(payload))
        for _time in range(self._random.randint(1, 3)):
            broken = self._break_once(broken)
        return broken

    def _break_once(self, value: Any) -> Any:
        if isinstance(value, dict) and value and self._random.random() < 0.85:
            name = self._random.choice(list(value))
            if self._random.random() < 0.2:
                return {key: one for key, one in value.items() if key != name}
            return value | {name: self._break_once(value[name])}
        if isinstance(value, list) and value and self._random.random() < 0.6:
            place = self._random.randrange(len(value))
            return [*value[:place], self._break_once(value[place]), *value[place + 1 :]]
        if self._random.random() < 0.02:
            return _nest(self._random.choice([90, 150, 400]))
        return self._random.choice(JUNK)

    def _break_bytes(self, body: bytes) -> bytes:
        place = self._random.randint(0, len(body))
        junk = self._random.choice([b"", b"\xff", b"\0", b"[" * 3000, b"{", b"&", b"%", b"NaN", b'"'])
        return body[:place] + junk + body[place + self._random.randint(0, 20) :]


def _nest(levels: int) -> Any:
    nested: Any = 1
    for _level in range(levels):
        nested = {"a": nested}
    return nested


def printable(headers: dict[str, str]) -> dict[str, str]:
    """Return the headers without characters that aiohttp's client does not send."""
    return {name: value.replace("\udcff", "?") for name, value in headers.items()}
