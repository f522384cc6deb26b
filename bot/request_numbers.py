"""Read the numbers of several requests, as people type or paste them into the form for an outage."""

import re
from collections.abc import Iterable

from bot.commands import MOST_IN_OUTAGE
from bot.errors import Misunderstood
from bot.i18n import _
from bot.model.ids import RequestNumber, request_number
from bot.typed_text import normalize_typed_text

_BETWEEN_NUMBERS = re.compile(r"[\s,;]+")
LONGEST_LIST = 2000
"""Characters of the field for numbers."""


def read_request_numbers(typed: str, chosen: Iterable[str] = ()) -> tuple[RequestNumber, ...]:
    """Return the requests that were chosen from a list, then those that were typed. One that is there twice counts once.

    Raises Misunderstood if something is no number, if there is none, and if there are more than ``MOST_IN_OUTAGE``.
    """
    words = [*chosen, *(one for one in _BETWEEN_NUMBERS.split(normalize_typed_text(typed)) if one)]
    numbers: dict[RequestNumber, None] = {}
    for word in words:
        number = request_number(word)
        if number is None:
            raise Misunderstood(
                _(
                    "“{text}” is not a request’s number. Write numbers alone, such as 101 102 103. Nothing was done.",
                    text=word[:40],
                )
            )
        numbers[number] = None
    if not numbers:
        raise Misunderstood(_("Choose a request, or type its number. Nothing was done."))
    if len(numbers) > MOST_IN_OUTAGE:
        raise Misunderstood(
            _(
                "One outage takes {limit} requests at most, and these are {count}. Nothing was done.",
                limit=MOST_IN_OUTAGE,
                count=len(numbers),
            )
        )
    return tuple(numbers)
