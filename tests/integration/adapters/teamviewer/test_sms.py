"""The TeamViewer client lets TeamViewer send an SMS: once, and with a reason that shows no phone number."""

import pytest
from support.teamviewer_script import CODE, PAGE, FakeTokens, Handler, Script, hangs_up, refuses, says

from bot.errors import BotError, NotAuthorized, OutcomeUnknown, Rejected, Unavailable
from bot.model.secret import Secret

CALL = f"PUT /sessions/{CODE}"
NUMBER = Secret("+33612345678")


async def send(tv: Script) -> None:
    await tv.client.send_sms(FakeTokens(), CODE, NUMBER, "fr")


async def test_sms_is_asked_for_with_number_and_language(tv: Script) -> None:
    tv.on(CALL, says(204))
    await send(tv)
    (asked,) = tv.asked[CALL]
    assert asked.json == {"sms_invite_number": "+33612345678", "sms_invite_language": "fr"}


async def test_language_that_is_refused_is_left_out(tv: Script) -> None:
    tv.on(CALL, refuses(400, "invalid_request", "sms_invite_language is unknown."), says(204))
    await send(tv)
    assert tv.asked[CALL][1].json == {"sms_invite_number": "+33612345678"}


@pytest.mark.parametrize(
    "quoted", ["+33612345678", "33612345678", "06 12 34 56 78", "+33 (6) 12-34-56.78", "0033612345678"]
)
async def test_refusal_gives_the_reason_without_the_number(tv: Script, quoted: str) -> None:
    refusal = refuses(400, "invalid_request", f"The number {quoted} is not valid in 3 countries.")
    tv.on(CALL, refusal, refusal)
    with pytest.raises(Rejected) as raised:
        await send(tv)
    assert (
        str(raised.value.text)
        == "TeamViewer refuses to send the SMS: The number *** is not valid in 3 countries."
    )


async def test_refusal_without_a_reason_says_so(tv: Script) -> None:
    tv.on(CALL, says(404))
    with pytest.raises(Rejected, match="does not say why"):
        await send(tv)


@pytest.mark.parametrize("answer", [refuses(403, "invalid_permission"), refuses(403, "blocked", "No.")])
async def test_account_without_the_right_is_refused_and_asked_once(tv: Script, answer: Handler) -> None:
    tv.on(CALL, answer)
    with pytest.raises((NotAuthorized, Rejected)):
        await send(tv)
    assert len(tv.asked[CALL]) == 1


async def test_token_that_is_refused_is_renewed_once(tv: Script) -> None:
    tv.on(CALL, refuses(401, "token_expired"), says(204))
    await send(tv)
    assert [asked.token for asked in tv.asked[CALL]] == ["old", "fresh"]


@pytest.mark.parametrize(
    "answer",
    [
        hangs_up,
        says(500),
        says(503, Retry_After="5"),
        says(408),
        says(200, PAGE),
        says(302, Location="/login"),
    ],
)
async def test_sms_without_a_clear_answer_may_have_been_sent(tv: Script, answer: Handler) -> None:
    tv.on(CALL, answer)
    with pytest.raises(OutcomeUnknown, match="may have been sent"):
        await send(tv)
    assert len(tv.asked[CALL]) == 1


async def test_sms_without_any_answer_may_have_been_sent(tv: Script) -> None:
    tv.on(CALL, tv.says_nothing)
    with pytest.raises(OutcomeUnknown):
        await send(tv)


async def test_second_try_without_the_language_may_have_been_sent_too(tv: Script) -> None:
    tv.on(CALL, refuses(400, "invalid_request"), hangs_up)
    with pytest.raises(OutcomeUnknown):
        await send(tv)


@pytest.mark.parametrize(
    "answer", [refuses(403, "rate_limit_reached", "The rate limit is reached."), says(429)]
)
async def test_call_above_the_rate_limit_sent_nothing(tv: Script, answer: Handler) -> None:
    tv.on(CALL, answer)
    with pytest.raises(BotError) as raised:
        await send(tv)
    assert type(raised.value) is Unavailable
