"""The simulated Slack: events, unfurls, installation, planned faults and Socket Mode."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from support.slack_workspace import SlackWorkspace, actions, button, refusal

from sandbox.faults import Fault


async def test_redelivered_event_has_the_same_id(workspace: SlackWorkspace) -> None:
    """It is signed, too, and has Slack's retry headers."""
    await workspace.slack.send_event("message.im", user=workspace.tom, text="hello bot", event_id="Ev1")
    told = workspace.bot.payloads[-1]
    assert told["event"]["channel_type"] == "im"
    assert told["authorizations"][0]["is_bot"] is True
    await workspace.slack.send_event("reaction_added", user=workspace.tom, event_id="Ev1", retry=1)
    assert workspace.bot.payloads[-1]["event_id"] == told["event_id"]
    assert workspace.bot.headers[-1]["X-Slack-Retry-Num"] == "1"
    await workspace.slack.uninstall_app()
    assert [one["event"]["type"] for one in workspace.bot.payloads[-2:]] == [
        "tokens_revoked",
        "app_uninstalled",
    ]
    assert await refusal(workspace.web.auth_test()) == "token_revoked"


@pytest.mark.parametrize("source", ["conversations_history", "composer"])
async def test_link_is_unfurled_only_by_its_exact_url(workspace: SlackWorkspace, source: str) -> None:
    """In a message or in the composer. Buttons of the preview work."""
    url = "https://desk.example.test/app/itdesk/ui/requests/1/details"
    await workspace.slack.send_event(
        "link_shared", user=workspace.tom, channel=workspace.channel, urls=[url], source=source
    )
    event = workspace.bot.payloads[-1]["event"]
    at = (
        {"unfurl_id": event["unfurl_id"], "source": source}
        if source == "composer"
        else {"channel": event["channel"], "ts": event["message_ts"]}
    )
    preview = {"blocks": [actions(button("show", value="1"))]}
    wrong = workspace.web.api_call(
        "chat.unfurl", json={**at, "unfurls": {"https://other.example.test/": preview}}
    )
    assert await refusal(wrong) == "cannot_unfurl_url"
    await workspace.web.api_call("chat.unfurl", json={**at, "unfurls": {url: preview}})
    await workspace.slack.press_element(workspace.ann, workspace.slack.unfurls[0], "show")
    assert workspace.bot.payloads[-1]["container"]["app_unfurl_url"] == url
    assert "message" not in workspace.bot.payloads[-1]


async def test_installation_code_is_exchanged_once(workspace: SlackWorkspace) -> None:
    """The token gives access to its own workspace only."""
    other = workspace.slack.add_team("T0OTHER", "Other", "other", enterprise="E0GROUP")
    admin = workspace.slack.add_user("Ada Min", "ada@other.test", team=other, is_admin=True)
    workspace.slack.rotation = True
    asked = {
        "client_id": workspace.slack.client_id,
        "scope": "chat:write,im:write",
        "state": "s&1",
        "redirect_uri": "https://bot.example.test/slack/oauth_redirect",
    }
    async with workspace.session.get(workspace.slack.authorize_url, params=asked) as page:
        assert "Allow" in await page.text()
    decided = {**asked, "team": other, "decision": "allow"}
    async with workspace.session.post(
        workspace.slack.authorize_url, data=decided, allow_redirects=False
    ) as answer:
        back = parse_qs(urlsplit(answer.headers["Location"]).query)
    assert back["state"] == ["s&1"]
    proof = {"client_id": workspace.slack.client_id, "client_secret": workspace.slack.client_secret}
    exchange = {**proof, "code": back["code"][0], "redirect_uri": asked["redirect_uri"]}
    anybody = workspace.client(None)
    wrong = {**exchange, "client_secret": "guessed"}
    assert await refusal(anybody.api_call("oauth.v2.access", data=wrong)) == "bad_client_secret"
    got = await anybody.api_call("oauth.v2.access", data=exchange)
    assert (got["team"]["id"], got["enterprise"]["id"], got["authed_user"]["id"]) == (other, "E0GROUP", admin)
    assert await refusal(anybody.api_call("oauth.v2.access", data=exchange)) == "code_already_used"
    web_of_other = workspace.client(got["access_token"])
    assert (await web_of_other.auth_test())["user_id"] == got["bot_user_id"]
    assert (
        await refusal(web_of_other.chat_postMessage(channel=workspace.channel, text="a"))
        == "channel_not_found"
    )
    workspace.clock.at += got["expires_in"]
    assert await refusal(web_of_other.auth_test()) == "token_expired"
    renewing = {**proof, "grant_type": "refresh_token", "refresh_token": got["refresh_token"]}
    renewed = await anybody.api_call("oauth.v2.access", data=renewing)
    assert (await workspace.client(renewed["access_token"]).auth_test())["ok"]
    assert await refusal(anybody.api_call("oauth.v2.access", data=renewing)) == "invalid_refresh_token"


async def test_planned_fault_affects_its_method(workspace: SlackWorkspace) -> None:
    """A rate limit has ``Retry-After``. A call whose response is lost was handled."""
    workspace.slack.faults.plan("chat.postMessage", Fault.RATE_LIMIT)
    with pytest.raises(SlackApiError) as refused:
        await workspace.web.chat_postMessage(channel=workspace.channel, text="a")
    assert refused.value.response.status_code == 429
    assert refused.value.response.headers["Retry-After"] == "1"
    workspace.slack.faults.plan("chat.postMessage", Fault.DROP_AFTER_COMMIT)
    with pytest.raises(aiohttp.ClientError):
        await workspace.web.chat_postMessage(channel=workspace.channel, text="b")
    assert workspace.slack.count_calls("chat.postMessage") == 1
    workspace.slack.faults.plan("response_url", Fault.SERVER_ERROR)
    await workspace.slack.send_command(workspace.tom, workspace.channel, "help")
    assert (await workspace.respond(text="a"))[0] == 503


async def test_socket_mode_delivers_commands_in_envelopes(workspace: SlackWorkspace) -> None:
    """Slack's own client connects, acknowledges, and reconnects after a disconnect."""

    async def acknowledge(client: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        received.append((request.type, request.payload["text"]))
        await client.send_socket_mode_response(
            SocketModeResponse(envelope_id=request.envelope_id, payload={"text": "by socket"})
        )

    received: list[tuple[str, str]] = []
    client = SocketModeClient(
        app_token=workspace.slack.app_token, web_client=workspace.web, auto_reconnect_enabled=False
    )
    client.socket_mode_request_listeners.append(acknowledge)
    await client.connect()  # type: ignore[no-untyped-call]  # Slack's SDK annotates no result here
    try:
        await workspace.slack.wait_for(lambda: workspace.slack.sockets.connections == 1)
        result = await workspace.slack.send_command(workspace.tom, workspace.channel, "help")
        assert received == [("slash_commands", "help")]
        assert result.ephemerals[0].text == "by socket"
        await workspace.slack.sockets.disconnect()
        await workspace.slack.wait_for(lambda: workspace.slack.sockets.connections == 0)
    finally:
        await client.close()  # type: ignore[no-untyped-call]  # as above
    assert (
        await refusal(workspace.web.apps_connections_open(app_token=workspace.slack.bot_token))
        == "missing_scope"
    )


async def test_message_to_the_bot_causes_only_the_events_that_the_manifest_allows(
    workspace: SlackWorkspace,
) -> None:
    slack, tom = workspace.slack, workspace.tom
    manifest: dict[str, Any] = {
        "features": {
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": False,
            }
        },
        "settings": {"event_subscriptions": {"bot_events": ["message.im"]}},
    }
    slack.apply_manifest(manifest)
    assert await slack.write_message(tom, slack.open_dm(tom), "list") is not None
    assert await slack.write_message(tom, workspace.channel, "@tvbot list") is None, "not subscribed"
    manifest["features"]["app_home"]["messages_tab_read_only_enabled"] = True
    slack.apply_manifest(manifest)
    with pytest.raises(LookupError, match="turned off"):
        await slack.write_message(tom, slack.open_dm(tom), "list")
