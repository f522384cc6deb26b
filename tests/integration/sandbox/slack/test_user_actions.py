"""User actions in the simulated Slack: commands, buttons, modals, menus, shortcuts and the home tab."""

import json

import pytest
from aiohttp import web
from support.slack_workspace import (
    NUMBER,
    SlackWorkspace,
    actions,
    asking,
    button,
    modal,
    option,
    refusal,
    section,
)

from sandbox.slack import TEAM


async def test_command_is_signed_and_its_response_is_shown(workspace: SlackWorkspace) -> None:
    """Slack's own SDK verifies the signature. JSON, text and public responses appear as in Slack."""
    workspace.bot.answer = {"response_type": "ephemeral", "text": "hello", "blocks": [section("hello")]}
    result = await workspace.slack.send_command(workspace.tom, workspace.channel, "admin grant @ann.lee")
    assert (result.status, result.json["text"], result.error) == (200, "hello", "")
    assert [one.text for one in result.ephemerals] == ["hello"]
    form = workspace.bot.forms[-1]
    assert form["text"] == f"admin grant <@{workspace.ann}|ann.lee>"
    assert (form["command"], form["team_id"], form["channel_name"]) == ("/tv", TEAM, "helpdesk")
    workspace.bot.answer = "plain words"
    assert (await workspace.slack.send_command(workspace.tom, workspace.channel, "help")).ephemerals[
        0
    ].text == "plain words"
    workspace.bot.answer = {"response_type": "in_channel", "text": "for all"}
    await workspace.slack.send_command(workspace.tom, workspace.channel, "list")
    assert [one.text for one in workspace.slack.channels[workspace.channel].messages] == [
        "/tv list",
        "for all",
    ]
    workspace.bot.answer = {"text": "a", "blocks": [{"type": "sektion"}]}
    assert (
        await workspace.slack.send_command(workspace.tom, workspace.channel, "list")
    ).error == "invalid_blocks"


async def test_forged_request_is_refused_and_http_500_shows_dispatch_failed(
    workspace: SlackWorkspace,
) -> None:
    """A wrong signature and an old timestamp are refused by the bot."""
    body = b"command=%2Ftv&text=help"
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert (await workspace.slack.post_raw(body, form | workspace.slack.sign(body))).status == 200
    assert (await workspace.slack.post_raw(body + b"x", form | workspace.slack.sign(body))).status == 401
    assert (
        await workspace.slack.post_raw(body, form | workspace.slack.sign(body, workspace.clock() - 301))
    ).status == 401
    workspace.bot.answer = web.Response(status=500)
    result = await workspace.slack.send_command(workspace.tom, workspace.channel, "help")
    assert result.error == "dispatch_failed"
    assert "dispatch_failed" in result.ephemerals[-1].text


async def test_pressed_element_sends_its_action_and_state(workspace: SlackWorkspace) -> None:
    """Buttons with the same action id differ by value. A stale client can press a removed button."""
    menu = {"type": "static_select", "action_id": "kind", "options": [option("remote"), option("pilot")]}
    blocks = [
        {**actions(button("end", value="1"), menu), "block_id": "first"},
        {**actions(button("end", value="2")), "block_id": "second"},
    ]
    posted = await workspace.web.chat_postMessage(channel=workspace.channel, text="card", blocks=blocks)
    card = workspace.slack.channels[workspace.channel].messages[0]
    await workspace.slack.press_element(workspace.ann, card, "end", value="2", state={"kind": "pilot"})
    payload = workspace.bot.payloads[-1]
    assert payload["actions"][0]["block_id"] == "second"
    assert payload["user"]["id"] == workspace.ann
    assert payload["message"]["ts"] == posted["ts"] == payload["container"]["message_ts"]
    assert payload["state"]["values"]["first"]["kind"]["selected_option"]["value"] == "pilot"
    await workspace.slack.press_element(
        workspace.ann, (workspace.channel, card.ts), "kind", selected="remote"
    )
    assert workspace.bot.payloads[-1]["actions"][0]["selected_option"]["value"] == "remote"
    await workspace.web.chat_update(
        channel=workspace.channel, ts=posted["ts"], text="ended", blocks=[section("ended")]
    )
    with pytest.raises(LookupError):
        await workspace.slack.press_element(workspace.ann, card, "end")
    await workspace.slack.press_element(workspace.ann, card, "end", stale=True)
    assert workspace.bot.payloads[-1]["actions"][0]["value"] == "1"


async def test_response_url_accepts_five_responses_in_thirty_minutes(workspace: SlackWorkspace) -> None:
    """Responses replace, delete or add a message."""
    await workspace.web.chat_postMessage(
        channel=workspace.channel, text="card", blocks=[actions(button("go"))]
    )
    messages = workspace.slack.channels[workspace.channel].messages
    await workspace.slack.press_element(workspace.tom, messages[0], "go")
    assert await workspace.respond(text="to Tom") == (200, "ok")
    assert workspace.slack.ephemerals(workspace.tom)[0].text == "to Tom"
    await workspace.respond(text="new card", replace_original=True)
    assert messages[0].text == "new card"
    await workspace.respond(text="to all", response_type="in_channel")
    assert messages[1].text == "to all"
    assert (await workspace.respond(text=""))[0] == 400
    await workspace.respond(delete_original=True)
    assert [one.text for one in messages] == ["to all"]
    await workspace.respond(text="fifth")
    status, body = await workspace.respond(text="sixth")
    assert (status, json.loads(body)["error"]) == (404, "used_url")
    await workspace.slack.send_command(workspace.tom, workspace.channel, "help")
    workspace.bot.payloads.clear()
    workspace.clock.at += 1801
    status, body = await workspace.respond(text="too late")
    assert (status, json.loads(body)["error"]) == (404, "expired_url")


async def test_trigger_id_opens_one_view_within_three_seconds(workspace: SlackWorkspace) -> None:
    """A redelivered command has the same trigger id."""
    view = modal(NUMBER)
    await workspace.open_modal(view)
    trigger = workspace.bot.forms[-1]["trigger_id"]
    assert await refusal(workspace.web.views_open(trigger_id=trigger, view=view)) == "exchanged_trigger_id"
    await workspace.slack.send_command(workspace.tom, workspace.channel, "create", trigger_id=trigger)
    assert workspace.bot.forms[-1]["trigger_id"] == trigger
    await workspace.slack.use_global_shortcut(workspace.tom, "new_session")
    workspace.clock.at += 3.5
    late = workspace.bot.payloads[-1]["trigger_id"]
    assert await refusal(workspace.web.views_open(trigger_id=late, view=view)) == "expired_trigger_id"
    assert await refusal(workspace.web.views_open(trigger_id="1.2.3", view=view)) == "invalid_trigger_id"
    assert "response_url" not in workspace.bot.payloads[-1]


async def test_modal_submission_is_validated_refused_or_closed(workspace: SlackWorkspace) -> None:
    """Slack's client validates first. Errors keep the modal open, an empty response closes it."""
    view_id = await workspace.open_modal(modal(NUMBER, private_metadata="C1"))
    with pytest.raises(ValueError, match="filled in"):
        await workspace.slack.submit_modal(workspace.tom, view_id, {})
    with pytest.raises(ValueError, match="too long"):
        await workspace.slack.submit_modal(workspace.tom, view_id, {"number": "123456"})
    workspace.bot.answer = {"response_action": "errors", "errors": {"number": "No such request"}}
    await workspace.slack.submit_modal(workspace.tom, view_id, {"typed": "999"})
    open_modal = workspace.slack.current_modal(workspace.tom)
    assert open_modal is not None
    assert open_modal.errors == {"number": "No such request"}
    workspace.bot.answer = {"response_action": "errors", "errors": {"typed": "by action id, which is wrong"}}
    assert (
        await workspace.slack.submit_modal(workspace.tom, view_id, {"number": "1"})
    ).error == "invalid_errors"
    workspace.bot.answer = None
    await workspace.slack.submit_modal(workspace.tom, view_id, {"number": {"typed": "123"}})
    sent = workspace.bot.payloads[-1]["view"]
    assert sent["state"]["values"] == {"number": {"typed": {"type": "plain_text_input", "value": "123"}}}
    assert sent["private_metadata"] == "C1"
    assert workspace.slack.current_modal(workspace.tom) is None
    assert workspace.slack.views == []


async def test_fourth_view_and_outdated_hash_are_refused(workspace: SlackWorkspace) -> None:
    """``clear`` closes the whole stack."""
    view_id = await workspace.open_modal(modal(section("one"), actions(button("more"))))
    first = workspace.slack.current_modal(workspace.tom)
    assert first is not None
    known = first.hash
    changed = modal(section("two"), actions(button("more")))
    await workspace.web.views_update(view_id=view_id, view=changed, hash=known)
    assert (
        await refusal(workspace.web.views_update(view_id=view_id, view=changed, hash=known))
        == "hash_conflict"
    )
    for expected in (2, 3):
        await workspace.slack.press_element(workspace.tom, workspace.slack.views[-1], "more")
        await workspace.web.views_push(trigger_id=workspace.bot.payloads[-1]["trigger_id"], view=changed)
        assert len(workspace.slack.views) == expected
    await workspace.slack.press_element(workspace.tom, workspace.slack.views[-1], "more")
    push = workspace.web.views_push(trigger_id=workspace.bot.payloads[-1]["trigger_id"], view=changed)
    assert await refusal(push) == "push_limit_reached"
    assert workspace.bot.payloads[-1]["container"]["type"] == "view"
    workspace.bot.answer = {"response_action": "clear"}
    await workspace.slack.submit_modal(workspace.tom, workspace.slack.views[-1].id, {})
    assert workspace.slack.views == []


async def test_suggested_option_can_be_chosen_and_others_cannot(workspace: SlackWorkspace) -> None:
    """An invalid option of the bot is an error."""
    menu = {"type": "external_select", "action_id": "request", "min_query_length": 0}
    view_id = await workspace.open_modal(modal(asking("which", menu)))
    workspace.bot.answer = {"options": [option("101"), option("102")]}
    result = await workspace.slack.search_options(workspace.tom, "request", "which", "10")
    assert workspace.bot.payloads[-1]["value"] == "10"
    assert len(result.json["options"]) == 2
    workspace.bot.answer = {"options": [option("1") | {"colour": "red"}]}
    assert (
        await workspace.slack.search_options(workspace.tom, "request", None, "1")
    ).error == "invalid_options"
    workspace.bot.answer = None
    with pytest.raises(LookupError):
        await workspace.slack.submit_modal(workspace.tom, view_id, {"which": "103"})
    await workspace.slack.submit_modal(workspace.tom, view_id, {"which": "102"})
    values = workspace.bot.payloads[-1]["view"]["state"]["values"]
    assert values["which"]["request"]["selected_option"] == option("102")


async def test_message_shortcut_contains_the_message(workspace: SlackWorkspace) -> None:
    """Its response URL posts to the channel."""
    asked = workspace.slack.post_message(workspace.ann, workspace.channel, "My VPN fails")
    await workspace.slack.use_message_shortcut(workspace.tom, asked, "offer_help")
    payload = workspace.bot.payloads[-1]
    assert (payload["type"], payload["callback_id"]) == ("message_action", "offer_help")
    assert payload["message"]["text"] == "My VPN fails"
    assert await workspace.respond(text="On it") == (200, "ok")


async def test_home_tab_is_published_for_one_user(workspace: SlackWorkspace) -> None:
    """The next event contains the view. A disabled home tab is an error."""
    await workspace.slack.send_event("app_home_opened", user=workspace.tom)
    assert workspace.bot.payloads[-1]["event"]["tab"] == "home"
    assert "view" not in workspace.bot.payloads[-1]["event"]
    await workspace.web.views_publish(
        user_id=workspace.tom, view={"type": "home", "blocks": [section("hi Tom")]}
    )
    assert workspace.slack.home_tab(workspace.ann) is None
    await workspace.slack.send_event("app_home_opened", user=workspace.tom)
    assert workspace.bot.payloads[-1]["event"]["view"]["blocks"][0]["text"]["text"] == "hi Tom"
    workspace.slack.state.home_tab_enabled = False
    publish = workspace.web.views_publish(
        user_id=workspace.tom, view={"type": "home", "blocks": [section("a")]}
    )
    assert await refusal(publish) == "not_enabled"


async def test_reply_belongs_to_the_thread_of_its_first_message_and_a_press_names_that(
    workspace: SlackWorkspace,
) -> None:
    """The first message of a thread names itself. Slack sends ``thread_ts`` in the container."""
    blocks = [actions(button("tv:x", value="1"))]
    root = await workspace.web.chat_postMessage(channel=workspace.channel, text="card", blocks=blocks)
    messages = workspace.slack.channels[workspace.channel].messages
    await workspace.slack.press_element(workspace.tom, messages[0], "tv:x")
    assert "thread_ts" not in workspace.bot.payloads[-1]["container"]
    for parent in (root["ts"], None):
        ts = parent or messages[-1].ts
        said = workspace.web.chat_postMessage
        await said(channel=workspace.channel, text="reply", blocks=blocks, thread_ts=ts)
    assert {one.thread_ts for one in messages} == {root["ts"]}
    for pressed in (messages[0], messages[-1]):
        await workspace.slack.press_element(workspace.tom, pressed, "tv:x")
        assert workspace.bot.payloads[-1]["container"]["thread_ts"] == root["ts"]
    unknown = workspace.web.chat_postMessage(channel=workspace.channel, text="reply", thread_ts="1.0")
    assert await refusal(unknown) == "thread_not_found"
