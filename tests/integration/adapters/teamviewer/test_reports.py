"""The TeamViewer client reads connection reports, and no secret appears in errors or logs."""

import traceback
from datetime import UTC, datetime, timedelta

import pytest
from support.teamviewer_script import (
    CODE,
    NEW,
    SESSION,
    SUPPORTER_LINK,
    FakeTokens,
    Script,
    hangs_up,
    refuses,
    says,
)

from bot.errors import BotError
from bot.model.secret import Secret

SINCE = datetime(2024, 4, 16, tzinfo=UTC)


RECORD = {
    "id": "0755a8dd-df19-4ea7-af47-cabb6b2a97e4",
    "session_code": CODE,
    "devicename": "PC-7",
    "support_session_type": 2,
    "start_date": "2024-04-16T14:10:50Z",
    "end_date": "2024-04-16T16:11:01.5+02:00",
    "feedback": {},
}


async def test_every_page_of_reports_is_read_and_each_report_once(tv: Script) -> None:
    running = {"id": "2", "session_code": "s119457589", "start_date": "2024-04-16T15:00:00", "end_date": None}
    other = RECORD | {"id": "3", "session_code": "s9-999-999"}
    early = RECORD | {"id": "4", "start_date": "2024-04-15T00:00:00Z"}
    tv.on(
        "GET /reports/connections",
        says(200, {"records": [RECORD, other, early], "next_offset": "4", "records_remaining": 2}),
        says(200, {"records": [RECORD, running, {"id": "5"}], "reports_remaining": 0}),
    )
    found = await tv.client.connection_reports(FakeTokens(), since=SINCE, code=CODE)
    reports = [one.connection for one in found]
    assert [(one.id, one.device) for one in reports] == [(RECORD["id"], "PC-7"), ("2", None)]
    assert reports[0].ended_at == datetime(2024, 4, 16, 14, 11, 1, 500_000, tzinfo=UTC)
    assert (reports[1].started_at, reports[1].ended_at) == (datetime(2024, 4, 16, 15, tzinfo=UTC), None)
    first, second = (asked.query for asked in tv.asked["GET /reports/connections"])
    assert (first["from_date"], first["session_code"]) == ("2024-04-16T00:00:00Z", CODE)
    assert datetime.fromisoformat(first["to_date"]) > datetime.now(UTC) + timedelta(hours=23)
    assert second["offset_id"] == "4"


async def test_report_with_dates_that_cannot_be_right_is_read_as_far_as_it_can_be(tv: Script) -> None:
    """An end in the future is none: the time until then could not even be stored."""
    tv.on(
        "GET /reports/connections",
        says(
            200,
            {
                "records": [
                    RECORD | {"end_date": "9999-12-31T23:59:59-14:00"},
                    RECORD | {"id": "2", "end_date": "2099-12-31T23:59:59Z"},
                    RECORD | {"id": "3", "start_date": "9999-12-31T23:59:59-14:00"},
                ]
            },
        ),
    )
    found = await tv.client.connection_reports(FakeTokens(), since=SINCE, code=CODE)
    reports = [one.connection for one in found]
    assert [(one.id, one.ended_at) for one in reports] == [(RECORD["id"], None), ("2", None)]


async def test_reports_of_all_sessions_ask_for_connections_with_a_code(tv: Script) -> None:
    tv.on("GET /reports/connections", says(200, {"records": []}))
    assert await tv.client.connection_reports(FakeTokens(), since=SINCE) == []
    assert tv.asked["GET /reports/connections"][0].query["has_code"] == "true"


async def test_errors_reprs_and_logs_contain_no_secret(
    tv: Script, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    tv.on("POST /sessions", refuses(400, "invalid_request", "token old is odd"), hangs_up, says(200, SESSION))
    tv.on("POST /oauth2/token", refuses(400, "invalid_request", "1-last app-secret"))
    shown = [repr(vars(tv.client)), repr(vars(vars(tv.client)["_oauth"]))]
    for call in (
        lambda: tv.client.create_session(FakeTokens(), NEW),
        lambda: tv.client.create_session(FakeTokens(), NEW),
        lambda: tv.client.refresh(Secret("1-last")),
    ):
        with pytest.raises(BotError) as raised:
            await call()
        shown += [repr(raised.value), *traceback.format_exception(raised.value)]
    shown.append(repr(await tv.client.create_session(FakeTokens(), NEW)))
    everything = "\n".join([*shown, caplog.text, *capfd.readouterr()])
    assert "token *** is odd" in everything
    assert not [one for one in ("token old", "1-last", "app-secret", SUPPORTER_LINK) if one in everything]


@pytest.mark.parametrize(
    ("feedback", "read"),
    [
        ({}, (None, "")),
        (None, (None, "")),
        ("good", (None, "")),
        ({"session_rating": 4, "user_comment": "Quick help"}, (4, "Quick help")),
        ({"session_rating": 5}, (5, "")),
        ({"session_rating": "5", "user_comment": None}, (None, "")),
        ({"session_rating": True}, (None, "")),
    ],
    ids=str,
)
async def test_feedback_is_read_where_there_is_one(
    tv: Script, feedback: object, read: tuple[int | None, str]
) -> None:
    tv.on("GET /reports/connections", says(200, {"records": [RECORD | {"feedback": feedback}]}))
    [report] = await tv.client.connection_reports(FakeTokens(), since=SINCE, code=CODE)
    assert (report.connection.rating, report.connection.comment) == read
