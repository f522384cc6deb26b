"""The numbers of several requests, as people type or paste them into a form."""

import pytest

from bot.commands import MOST_IN_OUTAGE
from bot.errors import Misunderstood
from bot.request_numbers import read_request_numbers


@pytest.mark.parametrize(
    ("typed", "chosen", "numbers"),
    [
        ("101 102", (), ("101", "102")),
        ("#101, #102;103\n104\t105", (), ("101", "102", "103", "104", "105")),
        ("１０１", (), ("101",)),  # full-width digits of a phone
        ("  101,,  102 ;", (), ("101", "102")),
        ("0101 101 #101", (), ("101",)),
        ("103 101", ("101", "102"), ("101", "102", "103")),
        ("", ("101",), ("101",)),
    ],
)
def test_numbers_are_read_however_they_are_separated(
    typed: str, chosen: tuple[str, ...], numbers: tuple[str, ...]
) -> None:
    assert read_request_numbers(typed, chosen) == numbers


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "Choose a request, or type its number."),
        (" ,; ", "Choose a request, or type its number."),
        ("101 printer", "“printer” is not a request’s number."),
        ("101 s12-345-678", "“s12-345-678” is not a request’s number."),
        (
            " ".join(str(one) for one in range(1, MOST_IN_OUTAGE + 2)),
            "takes 50 requests at most, and these are 51.",
        ),
    ],
)
def test_what_is_no_list_of_numbers_is_refused_as_a_whole(typed: str, said: str) -> None:
    with pytest.raises(Misunderstood) as refused:
        read_request_numbers(typed)
    assert said in str(refused.value.text)
    assert "Nothing was done." in str(refused.value.text)


def test_as_many_requests_as_one_outage_takes_are_read() -> None:
    typed = " ".join(str(one) for one in range(1, MOST_IN_OUTAGE + 1))
    assert len(read_request_numbers(typed)) == MOST_IN_OUTAGE
