"""Find the request that somebody means while they look at a form."""

import asyncio

import pytest
from support.bot_in_memory import ANA, AWAY, REFUSED, REQUEST, BotInMemory, N, actor_of

from bot.errors import NotAllowed, Unavailable
from bot.model.ids import RequestId, RequestNumber
from bot.model.switches import Location
from bot.model.technician import Actor, Directory, Platform
from bot.use_cases import search
from bot.use_cases.search import Part, RequestSearch, Suggestions
from bot.values import replace

ACCOUNT = actor_of(ANA)
STRANGER = Actor(Platform.SLACK, "T1", "UNOBODY")
CLOSED = replace(
    REQUEST,
    id=RequestId("900000000000000102"),
    number=RequestNumber("1012"),
    is_closed=True,
    url="https://closed",
)


@pytest.fixture
def requests(bot: BotInMemory) -> RequestSearch:
    bot.servicedesk.add_request(CLOSED)
    return RequestSearch(bot.unit_of_work, bot.servicedesk, frozenset())


async def wait_for_ever() -> None:
    await asyncio.Event().wait()


async def test_technician_may_search(requests: RequestSearch) -> None:
    searcher = await requests.identify_searcher(ACCOUNT)
    assert searcher.technician == ANA


async def test_somebody_unknown_may_not_search(requests: RequestSearch) -> None:
    with pytest.raises(NotAllowed):
        await requests.identify_searcher(STRANGER)


async def test_somebody_who_is_no_technician_may_not_search(
    bot: BotInMemory, requests: RequestSearch
) -> None:
    async with bot.unit_of_work.write() as tx:
        await tx.people.store_directory(Directory({}, bot.clock()))
    with pytest.raises(NotAllowed):
        await requests.identify_searcher(ACCOUNT)


async def test_nobody_may_search_with_the_integration_off(bot: BotInMemory, requests: RequestSearch) -> None:
    await bot.switch(integration=False)
    with pytest.raises(NotAllowed):
        await requests.identify_searcher(ACCOUNT)


async def test_search_in_a_place_where_the_widget_is_off_is_refused(
    bot: BotInMemory, requests: RequestSearch
) -> None:
    await bot.switch(hidden=Location.UNFURL)
    with pytest.raises(NotAllowed):
        await requests.identify_searcher(ACCOUNT, location=Location.UNFURL)
    assert await requests.identify_searcher(ACCOUNT, location=Location.HOME)


async def test_open_requests_that_fit_are_suggested(requests: RequestSearch) -> None:
    assert await requests.suggest_requests(ACCOUNT, "101") == Suggestions([REQUEST])


async def test_request_in_the_trash_is_not_suggested(bot: BotInMemory, requests: RequestSearch) -> None:
    bot.servicedesk.add_request(replace(REQUEST, is_trashed=True))
    assert await requests.suggest_requests(ACCOUNT, "101") == Suggestions([])


async def test_nothing_is_suggested_to_a_stranger(bot: BotInMemory, requests: RequestSearch) -> None:
    assert await requests.suggest_requests(STRANGER, "101") == Suggestions()
    assert bot.servicedesk.calls == []


@pytest.mark.parametrize(("typed", "number"), [("101", "101"), ("printer", None)])
async def test_typed_number_is_suggested_while_servicedesk_is_away(
    bot: BotInMemory, requests: RequestSearch, typed: str, number: str | None
) -> None:
    bot.servicedesk.fail_once("search", AWAY)
    assert await requests.suggest_requests(ACCOUNT, typed) == Suggestions(
        number=RequestNumber(number) if number else None
    )


async def test_search_without_an_answer_in_time_is_unavailable(
    bot: BotInMemory, requests: RequestSearch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "SEARCH_SECONDS", 0)
    bot.servicedesk.before_return["search"] = wait_for_ever
    with pytest.raises(Unavailable):
        await requests.find_open_requests("101")


async def test_request_of_a_link_is_found(requests: RequestSearch) -> None:
    assert await requests.find_linked_request(REQUEST.url) == REQUEST


async def test_link_to_something_else_leads_to_no_request(bot: BotInMemory, requests: RequestSearch) -> None:
    assert await requests.find_linked_request("https://elsewhere.example") is None
    assert bot.servicedesk.calls == []


async def test_link_leads_to_no_request_while_servicedesk_refuses(
    bot: BotInMemory, requests: RequestSearch
) -> None:
    bot.servicedesk.fail_once("request_by_id", REFUSED)
    assert await requests.find_linked_request(REQUEST.url) is None


async def test_link_without_an_answer_in_time_leads_to_no_request(
    bot: BotInMemory, requests: RequestSearch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "LINK_SECONDS", 0)
    bot.servicedesk.before_return["request_by_id"] = wait_for_ever
    assert await requests.find_linked_request(REQUEST.url) is None


@pytest.mark.parametrize(
    ("text", "number"),
    [
        (f"look at {REQUEST.url} please", N),
        ("about #42", "42"),
        ("about request 43", "43"),
        ("[Request ID :##44##]", "44"),
        (f"look at ({REQUEST.url}).", N),
        (f"is it ‘{REQUEST.url}’? or {REQUEST.url}, or what…", N),
        (f"<{REQUEST.url}|this one>", N),
        ("https://elsewhere.example/ui/requests/1?tab=2#3", None),
        ("https://elsewhere.example/#3 is #42", "42"),
        ("HTTPS://ELSEWHERE.EXAMPLE/#3", None),
        ("nothing here", None),
        ("https://elsewhere.example/45", None),
    ],
)
async def test_number_is_found_in_a_message(requests: RequestSearch, text: str, number: str | None) -> None:
    assert await requests.find_number_in_message(text, ACCOUNT) == number


async def test_link_in_a_message_of_a_stranger_is_not_looked_up(
    bot: BotInMemory, requests: RequestSearch
) -> None:
    text = f"{REQUEST.url} is about #42"
    assert await requests.find_number_in_message(text, STRANGER) == "42"
    assert bot.servicedesk.calls == []


async def test_number_in_a_message_is_found_where_its_link_is_not(
    bot: BotInMemory, requests: RequestSearch
) -> None:
    bot.servicedesk.fail_once("request_by_id", AWAY)
    assert await requests.find_number_in_message(f"{REQUEST.url} is #42", ACCOUNT) == "42"


async def test_later_part_of_the_results_begins_behind_the_first(
    bot: BotInMemory, requests: RequestSearch
) -> None:
    """A search that is scrolled down does not show the first page again."""
    for number in range(40):
        bot.servicedesk.add_request(
            replace(REQUEST, id=RequestId(f"9{number}"), number=RequestNumber(f"7{number:02}"), subject="VPN")
        )
    pages = [await requests.find_open_requests("VPN", Part(skipped, 25)) for skipped in (0, 25, 50)]
    assert [len(page) for page in pages] == [25, 15, 0]
    assert len({one.number for page in pages for one in page}) == 40


async def test_searched_text_loses_invisible_characters(requests: RequestSearch) -> None:
    assert await requests.find_open_requests(" \u200e101\u200b") == [REQUEST]
