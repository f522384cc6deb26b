"""The TeamViewer client lists, finds and closes sessions."""

import pytest
from support.teamviewer_script import (
    CODE,
    PAGE,
    SESSION,
    SUPPORTER_LINK,
    FakeTokens,
    Handler,
    Script,
    hangs_up,
    refuses,
    says,
)

from bot.errors import Rejected, Unavailable
from bot.model.secret import Secret


async def test_open_sessions_are_read_from_every_page_in_any_state_spelling(tv: Script) -> None:
    first = [{"code": "s1-000-001", "state": "Open", "online": True}, {"code": "s1-000-002", "state": "open"}]
    second = [{"code": "s1-000-003", "state": 2, "online": False}, {"code": "s1-000-004", "state": "Closed"}]
    tv.on(
        "GET /sessions",
        says(200, {"sessions": first, "next_offset": "s1-000-002", "sessions_remaining": 2}),
        says(200, {"sessions": second}),
    )
    listed = await tv.client.open_sessions(FakeTokens())
    assert [(one.code, one.is_online) for one in listed] == [
        ("s1-000-001", True),
        ("s1-000-002", False),
        ("s1-000-003", False),
    ]
    assert [asked.query for asked in tv.asked["GET /sessions"]] == [
        {"state": "open"},
        {"state": "open", "offset": "s1-000-002"},
    ]


ENDLESS = says(200, {"sessions": [{"code": CODE, "state": "open"}], "next_offset": CODE})


@pytest.mark.parametrize(
    "answers",
    [
        [ENDLESS, ENDLESS],
        [says(200, {})],
        [says(200, {"sessions": [{"state": "open"}]})],
        [says(200, PAGE)],
        [says(302, Location="/login")],
        [refuses(500, "internal_error")],
        [hangs_up],
    ],
)
async def test_incomplete_session_list_is_an_error(tv: Script, answers: list[Handler]) -> None:
    """A session that is not listed counts as ended, so an incomplete list must be an error."""
    tv.on("GET /sessions", *answers)
    with pytest.raises(Unavailable) as raised:
        await tv.client.open_sessions(FakeTokens())
    assert type(raised.value) is Unavailable


async def test_session_is_found_by_our_id_on_a_later_page(tv: Script) -> None:
    other = SESSION | {"custom_api": "another"}
    tv.on(
        "GET /sessions",
        says(200, {"sessions": [other, SESSION | {"state": "CLOSED"}], "next_offset": CODE}),
        says(200, {"sessions": [SESSION], "next_offset": "s1-000-001"}),
    )
    session = await tv.client.find_session(FakeTokens(), "our-id")
    assert session is not None
    assert session.supporter_link == Secret(SUPPORTER_LINK)
    assert tv.asked["GET /sessions"][0].query == {"state": "open", "full_list": "true"}


async def test_session_that_was_never_created_is_not_found(tv: Script) -> None:
    tv.on(
        "GET /sessions",
        says(200, {"sessions": [SESSION | {"custom_api": "another"}, {"code": "s1-000-001"}]}),
    )
    assert await tv.client.find_session(FakeTokens(), "our-id") is None


@pytest.mark.parametrize(
    "answer", [says(204), says(200), says(404), refuses(404, "not_found"), refuses(400, "not_found")]
)
async def test_close_succeeds_if_the_session_is_closed_or_unknown(tv: Script, answer: Handler) -> None:
    tv.on(f"PUT /sessions/{CODE}", answer)
    await tv.client.close_session(FakeTokens(), CODE)
    assert tv.asked[f"PUT /sessions/{CODE}"][0].json == {"state": "closed"}


@pytest.mark.parametrize(
    "seen",
    [says(200, SESSION | {"state": "Closed"}), refuses(400, "invalid_request"), refuses(404, "not_found")],
)
async def test_refused_close_of_a_closed_session_succeeds(tv: Script, seen: Handler) -> None:
    tv.on(f"PUT /sessions/{CODE}", refuses(400, "invalid_request"))
    tv.on(f"GET /sessions/{CODE}", seen)
    await tv.client.close_session(FakeTokens(), CODE)


async def test_refused_close_of_an_open_session_is_rejected(tv: Script) -> None:
    tv.on(f"PUT /sessions/{CODE}", refuses(400, "invalid_request", "not yours"))
    tv.on(f"GET /sessions/{CODE}", says(200, SESSION))
    with pytest.raises(Rejected, match="TeamViewer refuses it"):
        await tv.client.close_session(FakeTokens(), CODE)


@pytest.mark.parametrize("answer", [says(302, Location="/login"), says(200, PAGE), says(503), hangs_up])
async def test_close_without_a_valid_answer_is_unavailable(tv: Script, answer: Handler) -> None:
    tv.on(f"PUT /sessions/{CODE}", answer)
    with pytest.raises(Unavailable):
        await tv.client.close_session(FakeTokens(), CODE)
