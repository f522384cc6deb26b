"""User actions in the simulated Slack: commands, buttons, modals, menus, shortcuts and the home tab."""

import json

import pytest
from aiohttp import web
from support.slack_desk import (
    NUMBER,
    Desk,
    actions,
    asking,
    button,
    modal,
    option,
    refusal,
    section,
)

from sandbox.slack import TEAM


async def test_command_is_signed_and_its_response_is_shown(desk: Desk) -> None:
    """Slack's own SDK verifies the signature. JSON, text and public responses appear as in Slack."""
    desk.bot.answer = {"response_type": "ephemeral", "text": "hello", "blocks": [section("hello")]}
    result = await desk.slack.send_command(desk.tom, desk.channel, "admin grant @ann.lee")
    assert (result.status, result.json["text"], result.error) == (200, "hello", "")
    assert [one.text for one in result.ephemerals] == ["hello"]
    form = desk.bot.forms[-1]
    assert form["text"] == f"admin grant <@{desk.ann}|ann.lee>"
    assert (form["command"], form["team_id"], form["channel_name"]) == ("/tv", TEAM, "helpdesk")
    desk.bot.answer = "plain words"
    assert (await desk.slack.send_command(desk.tom, desk.channel, "help")).ephemerals[0].text == "plain words"
    desk.bot.answer = {"response_type": "in_channel", "text": "for all"}
    await desk.slack.send_command(desk.tom, desk.channel, "list")
    assert [one.text for one in desk.slack.channels[desk.channel].messages] == ["/tv list", "for all"]
    desk.bot.answer = {"text": "a", "blocks": [{"type": "sektion"}]}
    assert (await desk.slack.send_command(desk.tom, desk.channel, "list")).error == "invalid_blocks"


async def test_forged_request_is_refused_and_http_500_shows_dispatch_failed(desk: Desk) -> None:
    """A wrong signature and an old timestamp are refused by the bot."""
    body = b"command=%2Ftv&text=help"
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert (await desk.slack.post_raw(body, form | desk.slack.sign(body))).status == 200
    assert (await desk.slack.post_raw(body + b"x", form | desk.slack.sign(body))).status == 401
    assert (await desk.slack.post_raw(body, form | desk.slack.sign(body, desk.clock() - 301))).status == 401
    desk.bot.answer = web.Response(status=500)
    result = await desk.slack.send_command(desk.tom, desk.channel, "help")
    assert result.error == "dispatch_failed"
    assert "dispatch_failed" in result.ephemerals[-1].text


async def test_pressed_element_sends_its_action_and_state(desk: Desk) -> None:
    """Buttons with the same action id differ by value. A stale client can press a removed button."""
    menu = {"type": "static_select", "action_id": "kind", "options": [option("remote"), option("pilot")]}
    blocks = [
        {**actions(button("end", value="1"), menu), "block_id": "first"},
        {**actions(button("end", value="2")), "block_id": "second"},
    ]
    posted = await desk.web.chat_postMessage(channel=desk.channel, text="card", blocks=blocks)
    card = desk.slack.channels[desk.channel].messages[0]
    await desk.slack.press_element(desk.ann, card, "end", value="2", state={"kind": "pilot"})
    payload = desk.bot.payloads[-1]
    assert payload["actions"][0]["block_id"] == "second"
    assert payload["user"]["id"] == desk.ann
    assert payload["message"]["ts"] == posted["ts"] == payload["container"]["message_ts"]
    assert payload["state"]["values"]["first"]["kind"]["selected_option"]["value"] == "pilot"
    await desk.slack.press_element(desk.ann, (desk.channel, card.ts), "kind", selected="remote")
    assert desk.bot.payloads[-1]["actions"][0]["selected_option"]["value"] == "remote"
    await desk.web.chat_update(channel=desk.channel, ts=posted["ts"], text="ended", blocks=[section("ended")])
    with pytest.raises(LookupError):
        await desk.slack.press_element(desk.ann, card, "end")
    await desk.slack.press_element(desk.ann, card, "end", stale=True)
    assert desk.bot.payloads[-1]["actions"][0]["value"] == "1"


async def test_response_url_accepts_five_responses_in_thirty_minutes(desk: Desk) -> None:
    """Responses replace, delete or add a message."""
    await desk.web.chat_postMessage(channel=desk.channel, text="card", blocks=[actions(button("go"))])
    messages = desk.slack.channels[desk.channel].messages
    await desk.slack.press_element(desk.tom, messages[0], "go")
    assert await desk.respond(text="to Tom") == (200, "ok")
    assert desk.slack.ephemerals(desk.tom)[0].text == "to Tom"
    await desk.respond(text="new card", replace_original=True)
    assert messages[0].text == "new card"
    await desk.respond(text="to all", response_type="in_channel")
    assert messages[1].text == "to all"
    assert (await desk.respond(text=""))[0] == 400
    await desk.respond(delete_original=True)
    assert [one.text for one in messages] == ["to all"]
    await desk.respond(text="fifth")
    status, body = await desk.respond(text="sixth")
    assert (status, json.loads(body)["error"]) == (404, "used_url")
    await desk.slack.send_command(desk.tom, desk.channel, "help")
    desk.bot.payloads.clear()
    desk.clock.at += 1801
    status, body = await desk.respond(text="too late")
    assert (status, json.loads(body)["error"]) == (404, "expired_url")


async def test_trigger_id_opens_one_view_within_three_seconds(desk: Desk) -> None:
    """A redelivered command has the same trigger id."""
    view = modal(NUMBER)
    await desk.open_modal(view)
    trigger = desk.bot.forms[-1]["trigger_id"]
    assert await refusal(desk.web.views_open(trigger_id=trigger, view=view)) == "exchanged_trigger_id"
    await desk.slack.send_command(desk.tom, desk.channel, "create", trigger_id=trigger)
    assert desk.bot.forms[-1]["trigger_id"] == trigger
    await desk.slack.use_global_shortcut(desk.tom, "new_session")
    desk.clock.at += 3.5
    late = desk.bot.payloads[-1]["trigger_id"]
    assert await refusal(desk.web.views_open(trigger_id=late, view=view)) == "expired_trigger_id"
    assert await refusal(desk.web.views_open(trigger_id="1.2.3", view=view)) == "invalid_trigger_id"
    assert "response_url" not in desk.bot.payloads[-1]


async def test_modal_submission_is_validated_refused_or_closed(desk: Desk) -> None:
    """Slack's client validates first. Errors keep the modal open, an empty response closes it."""
    view_id = await desk.open_modal(modal(NUMBER, private_metadata="C1"))
    with pytest.raises(ValueError, match="filled in"):
        await desk.slack.submit_modal(desk.tom, view_id, {})
    with pytest.raises(ValueError, match="too long"):
        await desk.slack.submit_modal(desk.tom, view_id, {"number": "123456"})
    desk.bot.answer = {"response_action": "errors", "errors": {"number": "No such request"}}
    await desk.slack.submit_modal(desk.tom, view_id, {"typed": "999"})
    open_modal = desk.slack.current_modal(desk.tom)
    assert open_modal is not None
    assert open_modal.errors == {"number": "No such request"}
    desk.bot.answer = {"response_action": "errors", "errors": {"typed": "by action id, which is wrong"}}
    assert (await desk.slack.submit_modal(desk.tom, view_id, {"number": "1"})).error == "invalid_errors"
    desk.bot.answer = None
    await desk.slack.submit_modal(desk.tom, view_id, {"number": {"typed": "123"}})
    sent = desk.bot.payloads[-1]["view"]
    assert sent["state"]["values"] == {"number": {"typed": {"type": "plain_text_input", "value": "123"}}}
    assert sent["private_metadata"] == "C1"
    assert desk.slack.current_modal(desk.tom) is None
    assert desk.slack.views == []


async def test_fourth_view_and_outdated_hash_are_refused(desk: Desk) -> None:
    """``clear`` closes the whole stack."""
    view_id = await desk.open_modal(modal(section("one"), actions(button("more"))))
    first = desk.slack.current_modal(desk.tom)
    assert first is not None
    known = first.hash
    changed = modal(section("two"), actions(button("more")))
    await desk.web.views_update(view_id=view_id, view=changed, hash=known)
    assert await refusal(desk.web.views_update(view_id=view_id, view=changed, hash=known)) == "hash_conflict"
    for expected in (2, 3):
        await desk.slack.press_element(desk.tom, desk.slack.views[-1], "more")
        await desk.web.views_push(trigger_id=desk.bot.payloads[-1]["trigger_id"], view=changed)
        assert len(desk.slack.views) == expected
    await desk.slack.press_element(desk.tom, desk.slack.views[-1], "more")
    push = desk.web.views_push(trigger_id=desk.bot.payloads[-1]["trigger_id"], view=changed)
    assert await refusal(push) == "push_limit_reached"
    assert desk.bot.payloads[-1]["container"]["type"] == "view"
    desk.bot.answer = {"response_action": "clear"}
    await desk.slack.submit_modal(desk.tom, desk.slack.views[-1].id, {})
    assert desk.slack.views == []


async def test_suggested_option_can_be_chosen_and_others_cannot(desk: Desk) -> None:
    """An invalid option of the bot is an error."""
    menu = {"type": "external_select", "action_id": "request", "min_query_length": 0}
    view_id = await desk.open_modal(modal(asking("which", menu)))
    desk.bot.answer = {"options": [option("101"), option("102")]}
    result = await desk.slack.search_options(desk.tom, "request", "which", "10")
    assert desk.bot.payloads[-1]["value"] == "10"
    assert len(result.json["options"]) == 2
    desk.bot.answer = {"options": [option("1") | {"colour": "red"}]}
    assert (await desk.slack.search_options(desk.tom, "request", None, "1")).error == "invalid_options"
    desk.bot.answer = None
    with pytest.raises(LookupError):
        await desk.slack.submit_modal(desk.tom, view_id, {"which": "103"})
    await desk.slack.submit_modal(desk.tom, view_id, {"which": "102"})
    values = desk.bot.payloads[-1]["view"]["state"]["values"]
    assert values["which"]["request"]["selected_option"] == option("102")


async def test_message_shortcut_contains_the_message(desk: Desk) -> None:
    """Its response URL posts to the channel."""
    asked = desk.slack.post_message(desk.ann, desk.channel, "My VPN fails")
    await desk.slack.use_message_shortcut(desk.tom, asked, "offer_help")
    payload = desk.bot.payloads[-1]
    assert (payload["type"], payload["callback_id"]) == ("message_action", "offer_help")
    assert payload["message"]["text"] == "My VPN fails"
    assert await desk.respond(text="On it") == (200, "ok")


async def test_home_tab_is_published_for_one_user(desk: Desk) -> None:
    """The next event contains the view. A disabled home tab is an error."""
    await desk.slack.send_event("app_home_opened", user=desk.tom)
    assert desk.bot.payloads[-1]["event"]["tab"] == "home"
    assert "view" not in desk.bot.payloads[-1]["event"]
    await desk.web.views_publish(user_id=desk.tom, view={"type": "home", "blocks": [section("hi Tom")]})
    assert desk.slack.home_tab(desk.ann) is None
    await desk.slack.send_event("app_home_opened", user=desk.tom)
    assert desk.bot.payloads[-1]["event"]["view"]["blocks"][0]["text"]["text"] == "hi Tom"
    desk.slack.state.home_tab_enabled = False
    publish = desk.web.views_publish(user_id=desk.tom, view={"type": "home", "blocks": [section("a")]})
    assert await refusal(publish) == "not_enabled"
