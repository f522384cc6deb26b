"""What the route of Slack answers to requests that are not commands: checks, notices, foreign and broken payloads."""

import json
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlencode

import pytest
from slack_bolt.request.async_request import AsyncBoltRequest
from support.slack_entrance import FORM, JSON, NOT_SERVED, SlackEntrance, slack_entrance
from support.slack_user import until

from bot.jobs import WarnAdmins

COMMAND = {
    "command": "/tv",
    "text": "help",
    "team_id": "T1",
    "user_id": "UANA",
    "channel_id": "C1",
    "trigger_id": "1.2.3",
}
PRESS: dict[str, Any] = {
    "type": "block_actions",
    "team": {"id": "T1"},
    "user": {"id": "UANA", "team_id": "T1"},
    "trigger_id": "1.2.3",
    "actions": [{"action_id": "tv:1", "value": ""}],
}


@pytest.fixture
async def slack() -> AsyncIterator[SlackEntrance]:
    """The route, with the app in the workspace T1."""
    async with slack_entrance() as entrance:
        yield entrance


async def test_certificate_check_without_a_signature_gets_an_empty_200(slack: SlackEntrance) -> None:
    """Slack sends it as a form or as a query, and never signs it (Slack: slash commands)."""
    assert await slack.post(b"ssl_check=1&token=abc", headers={}) == (200, "")
    async with slack.session.get(f"{slack.url}?ssl_check=1&token=abc") as answer:
        assert (answer.status, await answer.text()) == (200, "")


@pytest.mark.parametrize("form", [b"ssl_check=0", b"ssl_check=1" + b"&x=1" * 999, b"payload=ssl_check%3D1"])
async def test_what_only_resembles_a_certificate_check_is_refused(slack: SlackEntrance, form: bytes) -> None:
    assert await slack.post(form, headers={}) == (401, "")


async def test_command_beside_a_certificate_check_is_not_run(slack: SlackEntrance) -> None:
    """Bolt before 1.29 skipped the signature of such a body, and ran its command."""
    assert await slack.post(b"ssl_check=1&command=/tv&text=list&team_id=T1", headers={}) == (200, "")
    assert slack.bot.jobs == []


async def test_notice_about_dropped_events_is_accepted_and_the_admins_are_warned_once_an_hour(
    slack: SlackEntrance,
) -> None:
    """Slack sends the notice once a minute while it drops events (Slack: rate limits)."""
    notice = {"type": "app_rate_limited", "team_id": "T1", "api_app_id": "A1"}
    for minute in (1518467820, 1518467880):
        assert await slack.post_json(notice | {"minute_rate_limited": minute}) == (200, "")
    (job,) = slack.bot.jobs
    assert isinstance(job, WarnAdmins)
    assert "T1" in job.text
    assert "30,000" in job.text


@pytest.mark.parametrize("url", [{}, {"response_url": ""}], ids=["no URL", "empty URL"])
async def test_command_of_a_workspace_without_the_app_is_refused_in_its_acknowledgement(
    slack: SlackEntrance, url: dict[str, str]
) -> None:
    assert await slack.post_form({**COMMAND, **url, "team_id": "T9"}) == (200, NOT_SERVED)
    assert await slack.post_form({**COMMAND, "response_url": slack.receiver, "team_id": "T9"}) == (
        200,
        NOT_SERVED,
    )
    assert slack.posted == []


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"text": "nonsense"},
        {"text": "create"},
        {"team_id": "T9"},
        {"team_id": ""},
        {"team_id": "T9", "enterprise_id": "E1", "is_enterprise_install": "true"},
        {"command": "/other"},
    ],
    ids=[
        "words",
        "wrong words",
        "form",
        "another workspace",
        "no workspace",
        "an organization",
        "another command",
    ],
)
async def test_slash_command_is_acknowledged_as_bolt_acknowledges_it(
    slack: SlackEntrance, changed: dict[str, str]
) -> None:
    """Those of Socket Mode come by way of Bolt, and the route's do not."""
    assert slack.app is not None
    fields = COMMAND | changed
    by_bolt = await slack.app.bolt.async_dispatch(AsyncBoltRequest(body=fields, mode="socket_mode"))
    body = urlencode(fields | {"trigger_id": "4.5.6"}).encode()
    async with slack.session.post(
        slack.url, data=body, headers={"Content-Type": FORM, **slack.sign(body)}
    ) as answer:
        assert (answer.status, await answer.text()) == (by_bolt.status, by_bolt.body)
        (content_type,) = by_bolt.headers["content-type"]
        assert answer.content_type == content_type.partition(";")[0]


async def test_press_in_a_workspace_without_the_app_is_refused_at_its_response_url(
    slack: SlackEntrance,
) -> None:
    press = PRESS | {"team": {"id": "T9"}, "response_url": slack.receiver}
    assert await slack.post_payload(press) == (200, "")
    await until(lambda: [one["text"] for one in slack.posted] == [NOT_SERVED])


async def test_refusal_that_cannot_be_delivered_is_no_error(slack: SlackEntrance) -> None:
    press = PRESS | {"team": {"id": "T9"}, "response_url": "http://127.0.0.1:9/closed"}
    assert await slack.post_payload(press) == (200, "")


DEEP = b'{"type":"event_callback","event":' + b'{"a":' * 5000 + b"1" + b"}" * 5001


@pytest.mark.parametrize(
    "body",
    [
        b"[]",
        b"5",
        b"null",
        b'"x"',
        b"true",
        b"{}",
        b"",
        DEEP,
        b"[" * 100_000,
        b'{"type":"event_callback"}',
        b'{"type":"event_callback","event":5}',
        b'{"type":"event_callback","event":[]}',
        b'{"type":"event_callback","event":{}}',
        b'{"type":"event_callback","event":{"type":5}}',
        b'{"type":"event_callback","event":{"type":"link_shared","links":[5]}}',
        b'{"type":"event_callback","event":{"type":"x\\u0000"}}',
        b'{"type":5}',
        b'{"type":"x","authorizations":[5]}',
        b'{"type":"x","team":5}',
        b'{"type":"x","value":NaN}',
    ],
    ids=lambda body: body[:60].decode(errors="replace"),
)
async def test_signed_json_that_is_no_payload_gets_400(
    slack: SlackEntrance, body: bytes, capfd: pytest.CaptureFixture[str]
) -> None:
    assert await slack.post(body, JSON) == (400, "")
    shown = capfd.readouterr()
    assert "Traceback" not in shown.out + shown.err


@pytest.mark.parametrize(
    "payload",
    [
        [],
        5,
        None,
        {"type": "block_actions"},
        PRESS | {"actions": []},
        PRESS | {"actions": [5]},
        PRESS | {"actions": [{"action_id": 5}]},
        PRESS | {"user": 5},
        PRESS | {"user": {"id": 5}},
        PRESS | {"channel": []},
        PRESS | {"message": "x"},
        {"type": "view_submission"},
        {"type": "view_submission", "view": "V1"},
        {"type": "view_submission", "view": {"callback_id": "tv:form"}},
        {"type": "view_submission", "view": {"type": "modal", "state": []}},
        {"type": "view_submission", "view": {"type": "modal", "private_metadata": 5}},
        {"type": "block_suggestion", "action_id": 5},
    ],
    ids=lambda payload: json.dumps(payload)[-60:],
)
async def test_signed_interaction_that_is_no_payload_gets_400(
    slack: SlackEntrance, payload: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    assert await slack.post_payload(payload) == (400, "")
    shown = capfd.readouterr()
    assert "Traceback" not in shown.out + shown.err


@pytest.mark.parametrize(
    "form", [b"text=help", b"command=%00&team_id=T1", b"&".join(b"f%d=1" % number for number in range(300))]
)
async def test_signed_form_that_is_no_command_gets_400(slack: SlackEntrance, form: bytes) -> None:
    assert await slack.post(form) == (400, "")


@pytest.mark.parametrize("charset", ["nonsense", "utf-7"])
async def test_charset_of_a_header_is_not_used(slack: SlackEntrance, charset: str) -> None:
    """Slack sends UTF-8. An unknown name of a charset once made Python raise LookupError."""
    body = b'{"type":"event_callback","team_id":"T1","event":{"type":"app_home_opened","user":"UANA"}}'
    assert (await slack.post(body, f"{JSON}; charset={charset}"))[0] == 200


async def test_genuine_payloads_are_still_answered(slack: SlackEntrance) -> None:
    status, answer = await slack.post_form(COMMAND)
    assert status == 200
    assert "/tv create" in answer
    assert (await slack.post_payload(PRESS))[0] == 200
    assert (await slack.post_json({"type": "url_verification", "challenge": "c-1"}))[1].count("c-1") == 1
