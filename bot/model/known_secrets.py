"""The secret values that this process has held. The log masks them wherever they appear."""

import json
import re
from collections import OrderedDict
from collections.abc import Iterator
from functools import lru_cache
from threading import Lock
from urllib.parse import parse_qsl, quote, unquote, urlsplit

MASK = "***"
CAPACITY = 50_000
"""How many forms of values are remembered. The one that was used longest ago is forgotten first. The settings are never forgotten.

A token has one form. A value that looks different where it is percent-encoded or in JSON has up to four.
"""
SHORTEST = 6
"""A shorter value is not remembered: it would mask ordinary words."""
LONGEST = 4096
"""A longer value is not remembered: it is a text, and the secrets in it are remembered by themselves."""
_SHORTEST_PART = 12
"""A shorter part of an address is a word of its path or a session's code. A token is longer."""
_WRITTEN_AS_IT_IS = re.compile(r"[A-Za-z0-9_.~-]+")
"""What looks the same percent-encoded and in JSON."""
_STARTS_OF_DOCUMENTS = ("{", "[")
_PLACES = 5


class KnownSecrets:
    """Remembers secret values, and masks them in any text.

    A value is found by six of its characters, so the time for one text does not depend on how many values there are. Of a value only
    the forms are kept in which a log may have it: there are many values, and of an address most is no secret.
    """

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._capacity = capacity
        self._pinned: set[str] = set()
        self._offsets: OrderedDict[str, int] = OrderedDict()
        """Where the six characters of each form are. The form that was used longest ago comes first."""
        self._forms_by_anchor: dict[str, tuple[str, ...]] = {}
        """Mostly one form each. A tuple of one takes a fifth of a set's memory, and there are many."""
        # Secrets are made in the event loop, in the engine's threads and while logging.
        self._lock = Lock()

    def add(self, value: str, *, pinned: bool = False) -> None:
        """Remember the forms in which a value may be logged. ``pinned``: never forget them."""
        if not SHORTEST <= len(value) <= LONGEST or value.startswith(_STARTS_OF_DOCUMENTS):
            return
        forms = _list_forms(value)
        with self._lock:
            if pinned:
                self._pinned.update(forms)
            for form in forms:
                if form in self._offsets:
                    self._offsets.move_to_end(form)
                else:
                    self._add_form(form)
            while len(self._offsets) > self._capacity + len(self._pinned):
                self._forget_form(next(one for one in self._offsets if one not in self._pinned))

    def mask(self, text: str) -> str:
        """Return the text with ``***`` in place of every remembered value."""
        with self._lock:
            found = sorted(self._find(text))
        if not found:
            return text
        masked, end = [], 0
        for begins, ends in found:
            if begins >= end:
                masked += [text[end:begins], MASK]
            end = max(end, ends)
        return "".join([*masked, text[end:]])

    def _find(self, text: str) -> Iterator[tuple[int, int]]:
        anchors = self._forms_by_anchor
        for place in range(len(text) - SHORTEST + 1):
            for form in anchors.get(text[place : place + SHORTEST], ()):
                begins = place - self._offsets[form]
                if begins >= 0 and text.startswith(form, begins):
                    yield begins, begins + len(form)

    def _add_form(self, form: str) -> None:
        # Many addresses begin or end alike. The characters that the fewest other values share are the quickest to check.
        last = len(form) - SHORTEST
        places = {last * step // (_PLACES - 1) for step in range(_PLACES)}
        offset = min(places, key=lambda place: len(self._forms_by_anchor.get(_anchor(form, place), ())))
        self._offsets[form] = offset
        anchor = _anchor(form, offset)
        self._forms_by_anchor[anchor] = (*self._forms_by_anchor.get(anchor, ()), form)

    def _forget_form(self, form: str) -> None:
        anchor = _anchor(form, self._offsets.pop(form))
        left = tuple(one for one in self._forms_by_anchor.pop(anchor) if one != form)
        if left:
            self._forms_by_anchor[anchor] = left


def _anchor(form: str, place: int) -> str:
    return form[place : place + SHORTEST]


@lru_cache(1000)
def _list_forms(value: str) -> tuple[str, ...]:
    """Return a value as it may appear, without repeats. The last values are kept here whole: many are read again soon."""
    return tuple(dict.fromkeys(_forms(value)))


def _forms(value: str) -> Iterator[str]:
    """Yield a value as it may appear: as it is, percent-encoded, and as text in JSON.

    Of an address with a token in it only the token: a log may have the token without the rest.
    """
    for part in list(_secret_parts(value)) or [value]:
        yield part
        if _WRITTEN_AS_IT_IS.fullmatch(part):
            continue  # as most tokens are
        yield quote(part, safe="")
        yield json.dumps(part)[1:-1]
        yield json.dumps(part, ensure_ascii=False)[1:-1]


def _secret_parts(value: str) -> Iterator[str]:
    """Yield the password and the tokens in an address. Nothing if ``value`` is no address, or has no such part."""
    if "://" not in value:
        return
    try:
        parts = urlsplit(value)
    except ValueError:
        return
    user, _at, place = parts.netloc.rpartition("@")
    credentials = [unquote(part) for part in user.split(":", 1)]
    # The URL of an SMS gateway may have a key where other addresses have their host.
    hosts = [place.partition(":")[0]] if "." not in place else []
    tokens = [*hosts, *parts.path.split("/"), *(held for _name, held in parse_qsl(parts.query))]
    yield from (part for part in credentials if len(part) >= SHORTEST)
    yield from (part for part in tokens if len(part) >= _SHORTEST_PART and "://" not in part)


known_secrets = KnownSecrets()
"""What this process knows. There is one, as there is one log."""
