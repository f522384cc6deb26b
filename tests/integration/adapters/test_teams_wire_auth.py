"""Only activities from Teams, for the configured tenant, are processed. Everything else gets an empty refusal."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from support.clock import Clock
from support.microsoft import APP, ISSUER, TENANT, Microsoft, microsoft, private_key
from support.teams_wire import Wire, wire_to

from adapters.teams.incoming.activity import read_origin
from adapters.teams.transport.auth import Refused, TokenCheck
from bot.errors import Unavailable

HOUR = 3600


@pytest.fixture
async def wire(clock: Clock) -> AsyncIterator[Wire]:
    async with microsoft(clock) as playing, wire_to(playing) as whole:
        yield whole


def _part(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def _without_algorithm(playing: Microsoft, name: str) -> str:
    claims = jwt.decode(playing.sign(), options={"verify_signature": False})
    return f"{_part({'alg': name, 'typ': 'JWT', 'kid': 'k1'})}.{_part(claims)}."


def _signed_with_the_public_key(playing: Microsoft) -> str:
    """Return a token signed by HS256 with the public key as the shared secret."""
    published = (
        private_key("k1")
        .public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    claims = jwt.decode(playing.sign(), options={"verify_signature": False})
    hs256 = jwt.get_algorithm_by_name("HS256")
    signed = f"{_part({'alg': 'HS256', 'typ': 'JWT', 'kid': 'k1'})}.{_part(claims)}"
    with pytest.raises(jwt.InvalidKeyError):
        hs256.prepare_key(published)
    signature = base64.urlsafe_b64encode(hs256.sign(signed.encode(), published)).rstrip(b"=").decode()
    return f"{signed}.{signature}"


def _claims(**changes: Any) -> Any:
    return lambda playing: playing.sign(**changes)


def _tampered(playing: Microsoft) -> str:
    header, claims, signature = playing.sign().split(".")
    told = json.loads(base64.urlsafe_b64decode(claims + "=="))
    return f"{header}.{_part(told | {'x': 1})}.{signature}"


@pytest.mark.parametrize(
    "forge",
    [
        pytest.param(_tampered, id="claims changed after signing"),
        pytest.param(lambda playing: playing.sign("k2", headers={"kid": "k1"}), id="signed with another key"),
        pytest.param(lambda playing: playing.sign("k2"), id="a key that is not published"),
        pytest.param(lambda playing: playing.sign("k1", headers={"kid": None}), id="no key named"),
        pytest.param(lambda playing: _without_algorithm(playing, "none"), id="alg none"),
        pytest.param(lambda playing: _without_algorithm(playing, "None"), id="alg None"),
        pytest.param(lambda playing: _without_algorithm(playing, "RS256"), id="no signature"),
        pytest.param(_signed_with_the_public_key, id="HS256 with the public key"),
        pytest.param(_claims(exp=1_700_000_000), id="expired"),
        pytest.param(_claims(exp=None), id="no expiry"),
        pytest.param(_claims(exp="soon"), id="an expiry that is no number"),
        pytest.param(_claims(exp=float("nan")), id="an expiry that is NaN"),
        pytest.param(_claims(nbf=4_000_000_000), id="not valid yet"),
        pytest.param(_claims(aud="5f1b0000-0000-4000-8000-00000000000f"), id="another bot"),
        pytest.param(_claims(aud=f"api://botid-{APP}x"), id="the URI of another bot"),
        pytest.param(_claims(aud=f"https://{APP}"), id="another URI with the app id"),
        pytest.param(_claims(aud=None), id="no audience"),
        pytest.param(_claims(iss="https://sts.windows.net/x/"), id="another issuer"),
        pytest.param(_claims(iss=None, appid=APP), id="no issuer"),
        pytest.param(_claims(serviceurl="https://evil.example.com/"), id="another service URL"),
        pytest.param(_claims(serviceurl=None), id="no service URL"),
        pytest.param(_claims(serviceurl=["x"]), id="a service URL that is no text"),
    ],
)
async def test_forged_token_is_refused_with_401(wire: Wire, forge: Any) -> None:
    """A valid token at the same time is accepted."""
    assert await wire.post(token=forge(wire.playing)) == (401, "")
    assert wire.bot.turns == []
    assert (await wire.post())[0] == 202


@pytest.mark.parametrize("audience", [APP, f"api://{APP}", f"api://botid-{APP}"])
async def test_audience_is_the_app_id_or_one_of_its_uris(wire: Wire, audience: str) -> None:
    assert (await wire.post(token=wire.playing.sign(aud=audience)))[0] == 202


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Bearer",
        "Bearer ",
        "Bearer x",
        "Bearer a.b.c",
        "Bearer ..",
        "Basic YTpi",
        "bearer é.é.é",
        "Bearer " + "." * 50,
        "Bearer " + "A" * 4000 + ".B.C",
        f"Bearer {_part({'alg': 'RS256', 'kid': 7})}.{_part({})}.x",
        f"Bearer {_part([[]])}.{_part([])}.x",
    ],
)
async def test_invalid_authorization_header_is_refused_with_401(wire: Wire, authorization: str) -> None:
    assert await wire.post(authorization=authorization) == (401, "")
    assert wire.bot.turns == []


@pytest.mark.parametrize("authorization", ["Bearer \udcff.a.b", "Bearer a.b.\x00", "Bearer ä.b.c", "\ud800"])
async def test_header_that_is_not_ascii_is_refused(wire: Wire, authorization: str) -> None:
    with pytest.raises(Refused):
        await wire.check.verify_sender(authorization, read_origin(wire.playing.activity()))


@pytest.mark.parametrize(
    "changes",
    [
        {"channelId": "emulator"},
        {"channelId": "webchat"},
        {"channelId": None},
        {"channelId": ["msteams"]},
        {"serviceUrl": "https://evil.example.com/"},
        {"serviceUrl": None},
        {"channelData": {"tenant": {"id": "someone-else"}}},
        # A sender of ours in a conversation of another organization: it has other readers.
        {"conversation": {"id": "a", "tenantId": "someone-else"}},
        {"channelData": {"tenant": "x"}, "conversation": {"id": "a", "tenantId": "someone-else"}},
        {"channelData": None, "conversation": {"id": "a"}},
        {"channelData": [], "conversation": "x"},
    ],
)
async def test_valid_token_with_an_activity_of_another_origin_is_refused(
    wire: Wire, changes: dict[str, Any]
) -> None:
    """Also if the token is cached from an activity of its own origin."""
    token = wire.playing.sign()
    assert (await wire.post(token=token))[0] == 202
    assert await wire.post(wire.playing.activity(**changes), token) == (401, "")
    assert len(wire.bot.turns) == 1


@pytest.mark.parametrize("respell", [str.upper, lambda url: url.rstrip("/"), str.title])
async def test_service_url_may_differ_by_case_and_by_its_last_slash(
    wire: Wire, respell: Callable[[str], str]
) -> None:
    token = wire.playing.sign()
    for _first_and_cached in range(2):
        activity = wire.playing.activity(serviceUrl=respell(wire.playing.service_url))
        assert (await wire.post(activity, token))[0] == 202


@pytest.mark.parametrize("more", ["x", "/x", ".evil.test/", "@evil.test/", "?", "#"])
async def test_service_url_that_goes_on_is_refused(wire: Wire, more: str) -> None:
    activity = wire.playing.activity(serviceUrl=wire.playing.service_url.rstrip("/") + more)
    assert await wire.post(activity) == (401, "")


async def test_token_of_a_key_not_endorsed_for_teams_is_refused(wire: Wire, clock: Clock) -> None:
    for endorsements in (["webchat"], [], None):
        wire.playing.keys = {"k1": endorsements}
        assert await wire.post() == (401, "")
        clock.move(days=1)


async def test_tenant_in_the_conversation_is_accepted(wire: Wire) -> None:
    assert (await wire.post(wire.playing.activity(channelData=None)))[0] == 202


async def test_clock_difference_of_five_minutes_is_accepted(wire: Wire, clock: Clock) -> None:
    token = wire.playing.sign(exp=int(clock.now.timestamp()) + HOUR, nbf=int(clock.now.timestamp()) + 299)
    assert (await wire.post(token=token))[0] == 202
    clock.move(seconds=HOUR + 299)
    assert (await wire.post(token=token))[0] == 202
    clock.move(seconds=2)
    assert (await wire.post(token=token))[0] == 401


async def test_cached_token_is_refused_once_its_key_is_withdrawn(wire: Wire, clock: Clock) -> None:
    token = wire.playing.sign(exp=int(clock.now.timestamp()) + 90 * HOUR)
    assert (await wire.post(token=token))[0] == 202
    wire.playing.keys = {"k3": ["msteams"]}
    clock.move(hours=24)
    assert (await wire.post(token=token))[0] == 401


async def test_signature_is_verified_once_per_token(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    verified = []
    genuine = jwt.decode

    def counted(token: str, key: Any, *given: Any, **more: Any) -> Any:
        verified.extend([1] if key else [])
        return genuine(token, key, *given, **more)

    monkeypatch.setattr(jwt, "decode", counted)
    token = wire.playing.sign()
    for _time in range(5):
        assert (await wire.post(token=token))[0] == 202
    assert len(verified) == 1


async def test_new_key_is_accepted_at_its_first_use(wire: Wire) -> None:
    """Requests that come during the fetch are accepted too."""
    assert (await wire.post())[0] == 202
    wire.playing.keys = {"k2": ["msteams"]}
    wire.playing.delay = 0.05
    token = wire.playing.sign("k2")
    answered = await asyncio.gather(*(wire.post(token=token) for _one in range(10)))
    assert {status for status, _body in answered} == {202}
    assert wire.playing.key_fetches == 2


async def test_fifty_first_requests_fetch_the_keys_once(wire: Wire) -> None:
    wire.playing.delay = 0.05
    token = wire.playing.sign()
    answered = await asyncio.gather(*(wire.post(token=token) for _one in range(50)))
    assert {status for status, _body in answered} == {202}
    assert wire.playing.key_fetches == 1


async def test_keys_are_fetched_again_after_a_day(wire: Wire, clock: Clock) -> None:
    for expected in (1, 2):
        assert (await wire.post())[0] == 202
        clock.move(hours=23, minutes=59)
        assert (await wire.post())[0] == 202
        assert wire.playing.key_fetches == expected
        clock.move(minutes=1)


async def test_old_keys_are_used_while_a_fetch_fails(wire: Wire, clock: Clock) -> None:
    assert (await wire.post())[0] == 202
    wire.playing.is_down = True
    clock.move(hours=30)
    assert (await wire.post())[0] == 202
    # Whether an unknown key is good cannot be known now, so Teams is asked to come again.
    assert await wire.post(token=wire.playing.sign("k2")) == (503, "")
    assert await wire.post(token=wire.playing.sign("k2")) == (503, "")
    wire.playing.is_down = False
    wire.playing.keys["k2"] = ["msteams"]
    clock.move(minutes=5)
    assert (await wire.post(token=wire.playing.sign("k2")))[0] == 202


async def test_request_without_any_keys_gets_503(wire: Wire) -> None:
    wire.playing.is_down = True
    assert await wire.post() == (503, "")
    wire.playing.is_down = False
    assert (await wire.post())[0] == 202


async def test_unreadable_keys_are_left_out(wire: Wire) -> None:
    """If none is left, the sender cannot be verified, and the request gets 503."""
    odd: list[Any] = [
        {"kty": "EC", "kid": "k1"},
        {"kty": "RSA", "kid": "k1", "n": "AQAB", "e": "AQAB"},
        7,
        {},
    ]
    wire.playing.odd_keys = odd
    assert (await wire.post())[0] == 202
    wire.playing.keys = {}
    assert await wire.post(token=wire.playing.sign("k2")) == (503, "")


async def test_cancelled_request_does_not_cancel_the_shared_fetch(wire: Wire) -> None:
    wire.playing.delay = 0.05
    check, sent, shown = wire.check, read_origin(wire.playing.activity()), f"Bearer {wire.playing.sign()}"
    first, second = (asyncio.ensure_future(check.verify_sender(shown, sent)) for _one in range(2))
    await asyncio.sleep(0)
    first.cancel()
    await second
    assert first.cancelled()
    assert wire.playing.key_fetches == 1


async def test_refused_activity_is_not_logged(wire: Wire, capsys: pytest.CaptureFixture[str]) -> None:
    token = wire.playing.sign(aud="someone-else")
    await wire.post(wire.playing.activity(text="hunter2"), token)
    said = capsys.readouterr()
    assert "activity refused" in said.out + said.err
    assert "hunter2" not in said.out + said.err
    assert token[:20] not in said.out + said.err


async def test_anonymous_requests_are_accepted_for_loopback_addresses_only(clock: Clock) -> None:
    async with microsoft(clock) as playing, wire_to(playing, anonymous=True) as wire:
        for channel in ("msteams", "emulator", "test"):
            activity = playing.activity(channelId=channel, channelData=None)
            assert (await wire.post(activity, authorization=""))[0] == 202
        for url in (
            "https://smba.trafficmanager.net/emea/",
            "http://127.0.0.1.evil.example/",
            "ftp://127.0.0.1/",
            "http://[",
            7,
        ):
            assert await wire.post(playing.activity(serviceUrl=url), authorization="") == (401, "")
        assert await wire.post(playing.activity(serviceUrl=None), authorization="") == (401, "")
        wire.bot.echoes = True
        assert (await wire.post(playing.activity(), authorization=""))[0] == 202
        assert playing.tokens_shown == [""]


async def test_tenant_that_is_not_configured_is_refused(wire: Wire, clock: Clock) -> None:
    nameless = wire.playing.activity(channelData={"tenant": {"id": ""}}, conversation={"id": "a"})
    for tenants in ([], [""]):
        nobody = TokenCheck(APP, wire.keys, tenants, clock, issuer=ISSUER)
        for activity in (nameless, wire.playing.activity()):
            with pytest.raises(Refused, match="a foreign tenant"):
                await nobody.verify_sender(f"Bearer {wire.playing.sign()}", read_origin(activity))
    wire.playing.is_down = True
    ours = TokenCheck(APP, wire.keys, [TENANT], clock, issuer=ISSUER)
    with pytest.raises(Unavailable):
        await ours.verify_sender(f"Bearer {wire.playing.sign()}", read_origin(wire.playing.activity()))
