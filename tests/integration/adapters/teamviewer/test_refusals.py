"""Refusals of TeamViewer: rate limits, reasons, tokens and permissions."""

import pytest
from support.teamviewer_script import NEW, PAGE, SESSION, FakeTokens, Handler, Script, refuses, says

from bot.errors import NotAuthorized, Rejected, Unavailable


@pytest.mark.parametrize(
    ("answer", "seconds"),
    [
        (refuses(403, "rate_limit_reached"), 60),
        (says(403, "Rate Limit Reached"), 60),
        (says(429), 60),
        (says(429, "", Retry_After="7"), 7),
        (says(429, "", Retry_After="Wed, 21 Oct 2015 07:28:00 GMT"), 0),
        (says(429, "", Retry_After="soon"), 60),
    ],
)
async def test_rate_limit_is_unavailable_with_the_time_to_retry(
    tv: Script, answer: Handler, seconds: float
) -> None:
    tv.on("POST /sessions", answer)
    with pytest.raises(Unavailable) as raised:
        await tv.client.create_session(FakeTokens(), NEW)
    assert type(raised.value) is Unavailable
    assert raised.value.retry_after == seconds


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (says(400, "Creation failed due to license limitations."), "licence allows no more sessions"),
        (refuses(400, "invalid_request", "license limitations"), "licence allows no more sessions"),
        (refuses(403, "blocked"), "blocks the address"),
        (refuses(400, "invalid_request", "groupid is wrong"), "groupid is wrong"),
        (says(404, PAGE), "does not say why"),
    ],
)
async def test_refusal_is_rejected_with_its_reason(tv: Script, answer: Handler, words: str) -> None:
    tv.on("POST /sessions", answer)
    with pytest.raises(Rejected) as raised:
        await tv.client.create_session(FakeTokens(), NEW)
    assert words in str(raised.value.text)
    assert "<" not in str(raised.value.text)


TOKEN_REFUSALS = [
    says(401),
    refuses(401, "token_expired"),
    refuses(400, "token_expired"),
    refuses(400, "invalid_token"),
]


@pytest.mark.parametrize("refusal", TOKEN_REFUSALS)
async def test_refused_token_is_renewed_once(tv: Script, refusal: Handler) -> None:
    tv.on("POST /sessions", refusal, says(200, SESSION))
    tokens = FakeTokens()
    await tv.client.create_session(tokens, NEW)
    assert tokens.refused == ["old"]
    assert [asked.token for asked in tv.asked["POST /sessions"]] == ["old", "fresh"]


@pytest.mark.parametrize(
    "answers",
    [[refuses(401, "invalid_token")] * 2, [says(401)] * 2, [refuses(403, "invalid_permission")]],
)
async def test_refused_fresh_token_is_a_missing_permission(tv: Script, answers: list[Handler]) -> None:
    tv.on("GET /sessions", *answers)
    tokens = FakeTokens()
    with pytest.raises(NotAuthorized, match="permission"):
        await tv.client.open_sessions(tokens)
    assert len(tokens.refused) == len(answers) - 1
