"""Refusals of TeamViewer: rate limits, reasons, tokens and permissions."""

import pytest
from support.teamviewer_script import (
    CODE,
    NEW,
    PAGE,
    SESSION,
    VERIFIER,
    FakeTokens,
    Handler,
    Script,
    refuses,
    says,
)

from bot.errors import NotAuthorized, Rejected, Unavailable
from bot.model.session import Kind
from bot.ports import NewRemoteSession
from bot.values import replace


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


PILOT = replace(NEW, kind=Kind.PILOT)
NO_PILOT, TOO_MANY, NO_TENSOR = (
    "does not include Pilot sessions",
    "allows no more sessions",
    "Tensor with Enterprise Integrations",
)


@pytest.mark.parametrize("status", [400, 403, 500])
@pytest.mark.parametrize(
    ("new", "reason", "words"),
    [
        (PILOT, "There was no TeamViewer AR assist license found for the connected account.", NO_PILOT),
        (NEW, "No AR assist license was found", NO_PILOT),
        (PILOT, "License missing.", NO_PILOT),
        (NEW, "License missing.", NO_TENSOR),
        (PILOT, "There was no TeamViewer Tensor license found.", NO_TENSOR),
        (PILOT, "This needs a licence for Enterprise Integrations.", NO_TENSOR),
        (PILOT, "Creation failed due to license limitations.", TOO_MANY),
    ],
)
async def test_missing_licence_is_named_and_teamviewers_words_are_not_quoted(
    tv: Script, status: int, new: NewRemoteSession, reason: str, words: str
) -> None:
    """Status and wording are undocumented. Asking again does not help, so it is never retried."""
    tv.on("POST /sessions", refuses(status, "invalid_request", reason))
    with pytest.raises(Rejected, match=words) as raised:
        await tv.client.create_session(FakeTokens(), new)
    assert reason.rstrip(".") not in str(raised.value.text)


async def test_refused_pilot_session_names_the_licence_that_it_needs(tv: Script) -> None:
    """TeamViewer gives another reason, which may be its way to say so."""
    tv.on("POST /sessions", refuses(400, "invalid_request", "Feature not available."))
    with pytest.raises(
        Rejected, match=r"Feature not available\. If the licence of your account lacks Assist AR"
    ):
        await tv.client.create_session(FakeTokens(), PILOT)


async def test_missing_licence_of_a_sign_in_is_named(tv: Script) -> None:
    """To sign in again would not help."""
    tv.on("POST /oauth2/token", refuses(400, "invalid_request", "No Tensor license."))
    with pytest.raises(Rejected, match=NO_TENSOR):
        await tv.client.exchange("code", VERIFIER)


async def test_missing_licence_is_no_missing_permission(tv: Script) -> None:
    tv.on("GET /sessions", *[refuses(401, "invalid_token", "No Tensor license.")] * 2)
    with pytest.raises(Rejected, match=NO_TENSOR):
        await tv.client.open_sessions(FakeTokens())


async def test_missing_licence_does_not_make_a_session_look_closed(tv: Script) -> None:
    """A refused parameter means that the code is not known. A licence that ran out does not."""
    tv.on(f"GET /sessions/{CODE}", refuses(400, "invalid_request", "No Tensor license."))
    with pytest.raises(Rejected, match=NO_TENSOR):
        await tv.client.session_status(FakeTokens(), CODE)


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
