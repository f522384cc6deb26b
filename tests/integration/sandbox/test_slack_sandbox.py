"""The simulated Slack: as strict as the real one, and its people's hands on the bot's doorstep."""

import json
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import aiohttp
import pytest
from aiohttp import web
from slack_sdk.errors import SlackApiError
from slack_sdk.signature import SignatureVerifier
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.faults import Fault
from sandbox.server import Server
from sandbox.slack import TEAM, SlackSandbox, check_blocks, check_view


class Ticking:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.at = 1_790_000_000.0

    def __call__(self) -> float:
        return self.at

    def now(self) -> float:
        return self.at


class Receiver:
    """Stands in for the bot: refuses what is not signed, keeps what comes, answers what it is told to."""

    def __init__(self, secret: str, clock: Ticking) -> None:
        self._verifier = SignatureVerifier(secret, clock=clock)
        self.forms: list[dict[str, str]] = []
        self.payloads: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.answer: web.Response | dict[str, Any] | str | None = None
        app = web.Application()
        app.router.add_post("/slack/events", self._receive)
        self.server = Server(app)

    async def _receive(self, request: web.Request) -> web.Response:
        body = await request.read()
        if not self._verifier.is_valid_request(body, dict(request.headers)):
            return web.Response(status=401)
        self.headers.append(dict(request.headers))
        if request.content_type == "application/json":
            self.payloads.append(json.loads(body))
        else:
            form = dict(parse_qsl(body.decode(), keep_blank_values=True))
            self.forms.append(form)
            if "payload" in form:
                self.payloads.append(json.loads(form["payload"]))
        if isinstance(self.answer, dict):
            return web.json_response(self.answer)
        return (
            web.Response(text=self.answer)
            if isinstance(self.answer, str)
            else (self.answer or web.Response())
        )


class Desk:
    """One workspace with two people in a channel, and what stands in for the bot."""

    def __init__(self) -> None:
        self.clock = Ticking()
        self.slack = SlackSandbox(now=self.clock)
        self.bot = Receiver(self.slack.signing_secret, self.clock)
        self.tom = self.slack.add_user("Tom Ray", "tom@example.test", locale="fr-FR")
        self.ann = self.slack.add_user("Ann Lee", "ann@example.test")
        self.channel = self.slack.add_channel("helpdesk", [self.tom, self.ann])
        self.session = aiohttp.ClientSession()
        self.web: AsyncWebClient

    async def start(self) -> None:
        await self.slack.start()
        self.slack.events_url = f"{await self.bot.server.start()}/slack/events"
        self.web = self.client(self.slack.bot_token)

    def client(self, token: str | None) -> AsyncWebClient:
        return AsyncWebClient(
            token=token, base_url=self.slack.api_url, session=self.session, retry_handlers=[]
        )

    async def stop(self) -> None:
        await self.session.close()
        await self.slack.stop()
        await self.bot.server.stop()

    async def open_modal(self, view: dict[str, Any]) -> str:
        """Let the bot open a modal for Tom, after a command of his."""
        await self.slack.command(self.tom, self.channel, "create")
        opened = await self.web.views_open(trigger_id=self.bot.forms[-1]["trigger_id"], view=view)
        return str(opened["view"]["id"])

    async def respond(self, **payload: Any) -> tuple[int, str]:
        """Let the bot answer at the address that came last."""
        address = (
            self.bot.payloads[-1]["response_url"] if self.bot.payloads else self.bot.forms[-1]["response_url"]
        )
        async with self.session.post(address, json=payload) as answer:
            return answer.status, await answer.text()


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    desk = Desk()
    await desk.start()
    yield desk
    await desk.stop()


def text(words: str, kind: str = "mrkdwn") -> dict[str, Any]:
    return {"type": kind, "text": words}


def section(words: str, **more: Any) -> dict[str, Any]:
    return {"type": "section", "text": text(words), **more}


def button(action_id: str, **more: Any) -> dict[str, Any]:
    return {"type": "button", "action_id": action_id, "text": text("Press", "plain_text"), **more}


def actions(*elements: dict[str, Any]) -> dict[str, Any]:
    return {"type": "actions", "elements": list(elements)}


def option(value: str) -> dict[str, Any]:
    return {"text": text(value.title(), "plain_text"), "value": value}


def modal(*blocks: dict[str, Any], **more: Any) -> dict[str, Any]:
    title = text("New session", "plain_text")
    return {
        "type": "modal",
        "title": title,
        "submit": text("Create", "plain_text"),
        "blocks": list(blocks),
        **more,
    }


def asking(block_id: str, element: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "type": "input",
        "block_id": block_id,
        "label": text("Say", "plain_text"),
        "element": element,
        **more,
    }


NUMBER = asking("number", {"type": "plain_text_input", "action_id": "typed", "max_length": 5})

WRONG_BLOCKS = {
    "an unknown block": ({"type": "sektion"}, "unsupported type: sektion"),
    "an unknown field": (section("a", colour="red"), "invalid additional property: colour"),
    "an unknown element": (actions({"type": "link"}), "unsupported type: link"),
    "a section with nothing": ({"type": "section"}, "missing required field: text or fields"),
    "an empty text": (section(""), "must be more than 0 characters"),
    "a text too long": (section("a" * 3001), "must be less than 3001 characters"),
    "a header in mrkdwn": ({"type": "header", "text": text("a")}, "unsupported type: mrkdwn"),
    "a header too long": ({"type": "header", "text": text("a" * 151, "plain_text")}, "must be less than 151"),
    "a label too long": (actions(button("a", text=text("a" * 76, "plain_text"))), "must be less than 76"),
    "a value too long": (actions(button("a", value="a" * 2001)), "must be less than 2001"),
    "a style that is none": (actions(button("a", style="blue")), "value must be one of"),
    "an address that is none": (actions(button("a", url="example.test/1")), "must be a valid URL"),
    "too many buttons": (actions(*(button(f"a{n}") for n in range(26))), "no more than 25 items"),
    "too many fields": ({"type": "section", "fields": [text("a")] * 11}, "no more than 10 items"),
    "a field too long": ({"type": "section", "fields": [text("a" * 2001)]}, "must be less than 2001"),
    "too much context": ({"type": "context", "elements": [text("a")] * 11}, "no more than 10 items"),
    "a button in a context": ({"type": "context", "elements": [button("a")]}, "unsupported type: button"),
    "an image without words": (
        {"type": "image", "image_url": "https://a.test/a.png"},
        "required field: alt_text",
    ),
    "the same action twice": (actions(button("a"), button("a")), "`action_id` 'a' already exists"),
    "a menu of nothing": (actions({"type": "static_select", "action_id": "a"}), "options or option_groups"),
    "a choice not offered": (
        actions({"type": "static_select", "options": [option("a")], "initial_option": option("b")}),
        "initial option must match",
    ),
    "a type that is a list": ({"type": ["section"]}, "unsupported type"),
}


@pytest.mark.parametrize("case", WRONG_BLOCKS)
async def test_wrong_blocks_are_refused_with_the_reason_and_nothing_is_posted(desk: Desk, case: str) -> None:
    block, reason = WRONG_BLOCKS[case]
    with pytest.raises(SlackApiError) as refused:
        await desk.web.chat_postMessage(channel=desk.channel, text="a", blocks=[block])
    assert refused.value.response["error"] == "invalid_blocks"
    assert any(reason in one for one in refused.value.response["response_metadata"]["messages"])
    assert desk.slack.channels[desk.channel].messages == []


def test_ids_are_unique_and_surfaces_differ() -> None:
    """Block ids stand once; markdown is for messages, rich text is no preview, a form needs a button."""
    rich = {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [text("a", "text")]}]}
    assert check_blocks([section("a", block_id="x"), section("b", block_id="x")]) != []
    assert check_blocks([section("a")] * 51) == [
        "[ERROR] no more than 50 items allowed [json-pointer:/blocks]"
    ]
    assert check_blocks([rich, {"type": "markdown", "text": "a"}, section("a"), {"type": "divider"}]) == []
    assert check_blocks([rich], "unfurl") != []
    assert check_view(modal(NUMBER), "modal") == []
    assert check_view(modal({"type": "markdown", "text": "a"}), "modal") != []
    assert check_view({"type": "home", "blocks": [section("a")]}, "home") == []
    assert (
        check_view({"type": "home", "title": text("a", "plain_text"), "blocks": [section("a")]}, "home") != []
    )
    without_button = {name: value for name, value in modal(NUMBER).items() if name != "submit"}
    assert "`submit` is required" in check_view(without_button, "modal")[0]
    assert check_view(modal(section("a"), title=text("a" * 25, "plain_text")), "modal") != []


async def test_every_way_of_calling_is_understood(desk: Desk) -> None:
    """Query, form and JSON, each with the bearer token, say the same."""
    bearer = {"Authorization": f"Bearer {desk.slack.bot_token}"}
    url = desk.slack.api_url
    async with desk.session.get(f"{url}users.info", params={"user": desk.tom}, headers=bearer) as by_query:
        assert (await by_query.json())["user"]["id"] == desk.tom
    form = {"channel": desk.channel, "text": "by form", "blocks": json.dumps([section("a")])}
    async with desk.session.post(f"{url}chat.postMessage", data=form, headers=bearer) as by_form:
        assert (await by_form.json())["ok"]
    said = {"channel": desk.channel, "text": "by JSON", "blocks": [section("b")]}
    async with desk.session.post(f"{url}chat.postMessage", json=said, headers=bearer) as by_json:
        assert (await by_json.json())["ok"]
    assert [one.text for one in desk.slack.channels[desk.channel].messages] == ["by form", "by JSON"]
    async with desk.session.post(f"{url}chat.postMessage", data=b"{", headers=bearer | JSON) as broken:
        assert (broken.status, (await broken.json())["error"]) == (200, "invalid_json")
    async with desk.session.get(f"{url}chat.shout", headers=bearer) as unknown:
        assert (await unknown.json())["error"] == "unknown_method"


JSON = {"Content-Type": "application/json"}


async def refusal(call: Any) -> str:
    """The word for why Slack refused."""
    with pytest.raises(SlackApiError) as refused:
        await call
    assert refused.value.response.status_code == 200
    return str(refused.value.response["error"])


async def test_tokens_and_scopes_are_checked(desk: Desk) -> None:
    """No token, a wrong one, one with too few scopes; and an e-mail only with its own scope."""
    assert await refusal(desk.client(None).auth_test()) == "not_authed"
    assert await refusal(desk.client("xoxb-other").auth_test()) == "invalid_auth"
    with pytest.raises(SlackApiError) as refused:
        await desk.web.team_info()
    assert refused.value.response["needed"] == "team:read"
    assert "chat:write" in refused.value.response["provided"]
    shown = (await desk.web.users_info(user=desk.tom, include_locale=True))["user"]
    assert (shown["profile"]["email"], shown["locale"]) == ("tom@example.test", "fr-FR")
    token = desk.slack.token_of()
    assert token is not None
    token.scopes.discard("users:read.email")
    assert "email" not in (await desk.web.users_info(user=desk.tom))["user"]["profile"]
    assert await refusal(desk.web.users_lookupByEmail(email="tom@example.test")) == "missing_scope"
    await desk.web.auth_revoke()
    assert await refusal(desk.web.auth_test()) == "token_revoked"
    assert "xoxb-sandbox" not in repr(token) + repr(desk.slack.calls)


async def test_messages_go_only_where_the_bot_is(desk: Desk) -> None:
    """A public channel without the bot says so; a private one is not known at all."""
    public = desk.slack.add_channel("public", [desk.tom], bot_is_member=False)
    private = desk.slack.add_channel("private", [desk.tom], private=True, bot_is_member=False)
    assert await refusal(desk.web.chat_postMessage(channel=public, text="a")) == "not_in_channel"
    assert await refusal(desk.web.chat_postMessage(channel=private, text="a")) == "channel_not_found"
    empty = desk.web.api_call("chat.postMessage", json={"channel": desk.channel, "text": " "})
    assert await refusal(empty) == "no_text"
    desk.slack.channels[desk.channel].is_archived = True
    assert await refusal(desk.web.chat_postMessage(channel=desk.channel, text="a")) == "is_archived"
    opened = await desk.web.conversations_open(users=desk.tom)
    again = await desk.web.conversations_open(users=desk.tom)
    assert opened["channel"]["id"] == again["channel"]["id"]
    await desk.web.chat_postMessage(channel=opened["channel"]["id"], text="for Tom")
    assert [one.text for one in desk.slack.dm(desk.tom)] == ["for Tom"]
    gone = desk.slack.add_user("Bob Old", "bob@example.test", deleted=True)
    assert await refusal(desk.web.conversations_open(users=gone)) == "user_disabled"


async def test_a_message_is_updated_and_deleted_by_its_author_alone(desk: Desk) -> None:
    """An update keeps what was said before; another's message is not the bot's to change."""
    posted = await desk.web.chat_postMessage(channel=desk.channel, text="one", blocks=[section("one")])
    await desk.web.chat_update(channel=desk.channel, ts=posted["ts"], text="two", blocks=[section("two")])
    message = desk.slack.channels[desk.channel].messages[0]
    assert (message.text, message.history[0]["text"], message.blocks[0]["text"]["text"]) == (
        "two",
        "one",
        "two",
    )
    await desk.web.chat_update(channel=desk.channel, ts=posted["ts"], text="three")
    assert message.blocks == []
    ours = desk.slack.say(desk.tom, desk.channel, "mine")
    mine = {"channel": desk.channel, "ts": ours.ts}
    assert await refusal(desk.web.chat_update(**mine, text="x")) == "cant_update_message"
    assert (
        await refusal(desk.web.chat_update(channel=desk.channel, ts="1.2", text="x")) == "message_not_found"
    )
    await desk.web.chat_delete(channel=desk.channel, ts=posted["ts"])
    assert desk.slack.channels[desk.channel].messages == [ours]


async def test_blocks_without_a_text_are_noted(desk: Desk) -> None:
    await desk.web.api_call("chat.postMessage", json={"channel": desk.channel, "blocks": [section("a")]})
    assert "blocks without text" in desk.slack.warnings[0]


async def test_an_ephemeral_message_is_for_one_person(desk: Desk) -> None:
    """Only its reader sees it, or can press what stands in it; nobody outside the channel gets one."""
    blocks = [actions(button("enter", url="https://secret.example.test/1"))]
    await desk.web.chat_postEphemeral(channel=desk.channel, user=desk.tom, text="psst", blocks=blocks)
    assert "secret.example.test" in json.dumps(desk.slack.visible_to(desk.tom))
    assert "secret.example.test" not in json.dumps(desk.slack.visible_to(desk.ann))
    whisper = desk.slack.ephemerals(desk.tom, desk.channel)[0]
    await desk.slack.press(desk.tom, whisper, "enter")
    assert desk.bot.payloads[-1]["container"]["is_ephemeral"] is True
    assert "message" not in desk.bot.payloads[-1]
    with pytest.raises(LookupError):
        await desk.slack.press(desk.ann, whisper, "enter")
    outsider = desk.slack.add_user("Eve Out", "eve@example.test")
    call = desk.web.chat_postEphemeral(channel=desk.channel, user=outsider, text="psst")
    assert await refusal(call) == "user_not_in_channel"


async def test_a_command_is_signed_and_its_answer_shown(desk: Desk) -> None:
    """The receiver verifies with Slack's own SDK; JSON, text and public answers each appear as Slack shows them."""
    desk.bot.answer = {"response_type": "ephemeral", "text": "hello", "blocks": [section("hello")]}
    outcome = await desk.slack.command(desk.tom, desk.channel, "admin grant @ann.lee")
    assert (outcome.status, outcome.json["text"], outcome.trouble) == (200, "hello", "")
    assert [one.text for one in outcome.ephemerals] == ["hello"]
    form = desk.bot.forms[-1]
    assert form["text"] == f"admin grant <@{desk.ann}|ann.lee>"
    assert (form["command"], form["team_id"], form["channel_name"]) == ("/tv", TEAM, "helpdesk")
    desk.bot.answer = "plain words"
    assert (await desk.slack.command(desk.tom, desk.channel, "help")).ephemerals[0].text == "plain words"
    desk.bot.answer = {"response_type": "in_channel", "text": "for all"}
    await desk.slack.command(desk.tom, desk.channel, "list")
    assert [one.text for one in desk.slack.channels[desk.channel].messages] == ["/tv list", "for all"]
    desk.bot.answer = {"text": "a", "blocks": [{"type": "sektion"}]}
    assert (await desk.slack.command(desk.tom, desk.channel, "list")).trouble == "invalid_blocks"


async def test_a_forged_or_broken_answer_is_told(desk: Desk) -> None:
    """Another secret's signature is refused; an answer of 500 becomes Slack's own error for the person."""
    body = b"command=%2Ftv&text=help"
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert (await desk.slack.post_raw(body, form | desk.slack.sign(body))).status == 200
    assert (await desk.slack.post_raw(body + b"x", form | desk.slack.sign(body))).status == 401
    assert (await desk.slack.post_raw(body, form | desk.slack.sign(body, desk.clock() - 301))).status == 401
    desk.bot.answer = web.Response(status=500)
    outcome = await desk.slack.command(desk.tom, desk.channel, "help")
    assert outcome.trouble == "dispatch_failed"
    assert "dispatch_failed" in outcome.ephemerals[-1].text


async def test_a_press_tells_where_and_what(desk: Desk) -> None:
    """Buttons of one id are told apart by value; a button gone by an update can still be pressed by a slow client."""
    menu = {"type": "static_select", "action_id": "kind", "options": [option("remote"), option("pilot")]}
    blocks = [
        {**actions(button("end", value="1"), menu), "block_id": "first"},
        {**actions(button("end", value="2")), "block_id": "second"},
    ]
    posted = await desk.web.chat_postMessage(channel=desk.channel, text="card", blocks=blocks)
    card = desk.slack.channels[desk.channel].messages[0]
    await desk.slack.press(desk.ann, card, "end", value="2", state={"kind": "pilot"})
    payload = desk.bot.payloads[-1]
    assert payload["actions"][0]["block_id"] == "second"
    assert payload["user"]["id"] == desk.ann
    assert payload["message"]["ts"] == posted["ts"] == payload["container"]["message_ts"]
    assert payload["state"]["values"]["first"]["kind"]["selected_option"]["value"] == "pilot"
    await desk.slack.press(desk.ann, (desk.channel, card.ts), "kind", selected="remote")
    assert desk.bot.payloads[-1]["actions"][0]["selected_option"]["value"] == "remote"
    await desk.web.chat_update(channel=desk.channel, ts=posted["ts"], text="ended", blocks=[section("ended")])
    with pytest.raises(LookupError):
        await desk.slack.press(desk.ann, card, "end")
    await desk.slack.press(desk.ann, card, "end", stale=True)
    assert desk.bot.payloads[-1]["actions"][0]["value"] == "1"


async def test_a_response_address_takes_five_answers_in_thirty_minutes(desk: Desk) -> None:
    """It replaces and deletes what was pressed, speaks to the channel where told to, and then is used up."""
    await desk.web.chat_postMessage(channel=desk.channel, text="card", blocks=[actions(button("go"))])
    messages = desk.slack.channels[desk.channel].messages
    await desk.slack.press(desk.tom, messages[0], "go")
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
    await desk.slack.command(desk.tom, desk.channel, "help")
    desk.bot.payloads.clear()
    desk.clock.at += 1801
    status, body = await desk.respond(text="too late")
    assert (status, json.loads(body)["error"]) == (404, "expired_url")


async def test_a_trigger_opens_one_view_within_three_seconds(desk: Desk) -> None:
    """Used twice, it is exchanged; too old, it is expired; a redelivered command brings the same one."""
    view = modal(NUMBER)
    await desk.open_modal(view)
    trigger = desk.bot.forms[-1]["trigger_id"]
    assert await refusal(desk.web.views_open(trigger_id=trigger, view=view)) == "exchanged_trigger_id"
    await desk.slack.command(desk.tom, desk.channel, "create", trigger_id=trigger)
    assert desk.bot.forms[-1]["trigger_id"] == trigger
    await desk.slack.shortcut(desk.tom, "new_session")
    desk.clock.at += 3.5
    late = desk.bot.payloads[-1]["trigger_id"]
    assert await refusal(desk.web.views_open(trigger_id=late, view=view)) == "expired_trigger_id"
    assert await refusal(desk.web.views_open(trigger_id="1.2.3", view=view)) == "invalid_trigger_id"
    assert "response_url" not in desk.bot.payloads[-1]


async def test_a_modal_is_submitted_refused_and_closed(desk: Desk) -> None:
    """Slack's client holds back a bad form; errors keep it open; an empty answer closes it."""
    view_id = await desk.open_modal(modal(NUMBER, private_metadata="C1"))
    with pytest.raises(ValueError, match="filled in"):
        await desk.slack.submit(desk.tom, view_id, {})
    with pytest.raises(ValueError, match="too long"):
        await desk.slack.submit(desk.tom, view_id, {"number": "123456"})
    desk.bot.answer = {"response_action": "errors", "errors": {"number": "No such request"}}
    await desk.slack.submit(desk.tom, view_id, {"typed": "999"})
    open_modal = desk.slack.modal(desk.tom)
    assert open_modal is not None
    assert open_modal.errors == {"number": "No such request"}
    desk.bot.answer = {"response_action": "errors", "errors": {"typed": "by action id, which is wrong"}}
    assert (await desk.slack.submit(desk.tom, view_id, {"number": "1"})).trouble == "invalid_errors"
    desk.bot.answer = None
    await desk.slack.submit(desk.tom, view_id, {"number": {"typed": "123"}})
    sent = desk.bot.payloads[-1]["view"]
    assert sent["state"]["values"] == {"number": {"typed": {"type": "plain_text_input", "value": "123"}}}
    assert sent["private_metadata"] == "C1"
    assert desk.slack.modal(desk.tom) is None
    assert desk.slack.views == []


async def test_views_are_stacked_three_high_and_guarded_by_their_hash(desk: Desk) -> None:
    view_id = await desk.open_modal(modal(section("one"), actions(button("more"))))
    first = desk.slack.modal(desk.tom)
    assert first is not None
    known = first.hash
    changed = modal(section("two"), actions(button("more")))
    await desk.web.views_update(view_id=view_id, view=changed, hash=known)
    assert await refusal(desk.web.views_update(view_id=view_id, view=changed, hash=known)) == "hash_conflict"
    for expected in (2, 3):
        await desk.slack.press(desk.tom, desk.slack.views[-1], "more")
        await desk.web.views_push(trigger_id=desk.bot.payloads[-1]["trigger_id"], view=changed)
        assert len(desk.slack.views) == expected
    await desk.slack.press(desk.tom, desk.slack.views[-1], "more")
    push = desk.web.views_push(trigger_id=desk.bot.payloads[-1]["trigger_id"], view=changed)
    assert await refusal(push) == "push_limit_reached"
    assert desk.bot.payloads[-1]["container"]["type"] == "view"
    desk.bot.answer = {"response_action": "clear"}
    await desk.slack.submit(desk.tom, desk.slack.views[-1].id, {})
    assert desk.slack.views == []


async def test_options_are_suggested_and_chosen(desk: Desk) -> None:
    menu = {"type": "external_select", "action_id": "request", "min_query_length": 0}
    view_id = await desk.open_modal(modal(asking("which", menu)))
    desk.bot.answer = {"options": [option("101"), option("102")]}
    outcome = await desk.slack.options(desk.tom, "request", "which", "10")
    assert desk.bot.payloads[-1]["value"] == "10"
    assert len(outcome.json["options"]) == 2
    desk.bot.answer = {"options": [option("1") | {"colour": "red"}]}
    assert (await desk.slack.options(desk.tom, "request", None, "1")).trouble == "invalid_options"
    desk.bot.answer = None
    with pytest.raises(LookupError):
        await desk.slack.submit(desk.tom, view_id, {"which": "103"})
    await desk.slack.submit(desk.tom, view_id, {"which": "102"})
    values = desk.bot.payloads[-1]["view"]["state"]["values"]
    assert values["which"]["request"]["selected_option"] == option("102")


async def test_a_message_shortcut_carries_the_message(desk: Desk) -> None:
    asked = desk.slack.say(desk.ann, desk.channel, "My VPN fails")
    await desk.slack.message_shortcut(desk.tom, asked, "offer_help")
    payload = desk.bot.payloads[-1]
    assert (payload["type"], payload["callback_id"]) == ("message_action", "offer_help")
    assert payload["message"]["text"] == "My VPN fails"
    assert await desk.respond(text="On it") == (200, "ok")


async def test_the_home_tab_is_published_per_person(desk: Desk) -> None:
    await desk.slack.event("app_home_opened", user=desk.tom)
    assert desk.bot.payloads[-1]["event"]["tab"] == "home"
    assert "view" not in desk.bot.payloads[-1]["event"]
    await desk.web.views_publish(user_id=desk.tom, view={"type": "home", "blocks": [section("hi Tom")]})
    assert desk.slack.home(desk.ann) is None
    await desk.slack.event("app_home_opened", user=desk.tom)
    assert desk.bot.payloads[-1]["event"]["view"]["blocks"][0]["text"]["text"] == "hi Tom"
    desk.slack.world.home_tab_enabled = False
    publish = desk.web.views_publish(user_id=desk.tom, view={"type": "home", "blocks": [section("a")]})
    assert await refusal(publish) == "not_enabled"


async def test_events_are_signed_and_redelivered_with_the_same_id(desk: Desk) -> None:
    await desk.slack.event("message.im", user=desk.tom, text="hello bot", event_id="Ev1")
    told = desk.bot.payloads[-1]
    assert told["event"]["channel_type"] == "im"
    assert told["authorizations"][0]["is_bot"] is True
    await desk.slack.event("reaction_added", user=desk.tom, event_id="Ev1", retry=1)
    assert desk.bot.payloads[-1]["event_id"] == told["event_id"]
    assert desk.bot.headers[-1]["X-Slack-Retry-Num"] == "1"
    await desk.slack.uninstall()
    assert [one["event"]["type"] for one in desk.bot.payloads[-2:]] == ["tokens_revoked", "app_uninstalled"]
    assert await refusal(desk.web.auth_test()) == "token_revoked"


@pytest.mark.parametrize("source", ["conversations_history", "composer"])
async def test_a_link_unfurls_by_its_exact_address(desk: Desk, source: str) -> None:
    """A preview hangs under the message, or under the one still being written, and its buttons work."""
    url = "https://desk.example.test/app/itdesk/ui/requests/1/details"
    await desk.slack.event("link_shared", user=desk.tom, channel=desk.channel, urls=[url], source=source)
    event = desk.bot.payloads[-1]["event"]
    at = (
        {"unfurl_id": event["unfurl_id"], "source": source}
        if source == "composer"
        else {"channel": event["channel"], "ts": event["message_ts"]}
    )
    preview = {"blocks": [actions(button("show", value="1"))]}
    wrong = desk.web.api_call("chat.unfurl", json={**at, "unfurls": {"https://other.example.test/": preview}})
    assert await refusal(wrong) == "cannot_unfurl_url"
    await desk.web.api_call("chat.unfurl", json={**at, "unfurls": {url: preview}})
    await desk.slack.press(desk.ann, desk.slack.unfurls[0], "show")
    assert desk.bot.payloads[-1]["container"]["app_unfurl_url"] == url
    assert "message" not in desk.bot.payloads[-1]


async def test_installing_gives_a_token_for_that_workspace_once(desk: Desk) -> None:
    """Allow leads back with a code and the state; the code works once; the token sees its own workspace only."""
    other = desk.slack.add_team("T0OTHER", "Other", "other", enterprise="E0GROUP")
    admin = desk.slack.add_user("Ada Min", "ada@other.test", team=other, is_admin=True)
    desk.slack.rotation = True
    asked = {
        "client_id": desk.slack.client_id,
        "scope": "chat:write,im:write",
        "state": "s&1",
        "redirect_uri": "https://bot.example.test/slack/oauth_redirect",
    }
    async with desk.session.get(desk.slack.authorize_url, params=asked) as page:
        assert "Allow" in await page.text()
    decided = {**asked, "team": other, "decision": "allow"}
    async with desk.session.post(desk.slack.authorize_url, data=decided, allow_redirects=False) as answer:
        back = parse_qs(urlsplit(answer.headers["Location"]).query)
    assert back["state"] == ["s&1"]
    proof = {"client_id": desk.slack.client_id, "client_secret": desk.slack.client_secret}
    exchange = {**proof, "code": back["code"][0], "redirect_uri": asked["redirect_uri"]}
    anybody = desk.client(None)
    wrong = {**exchange, "client_secret": "guessed"}
    assert await refusal(anybody.api_call("oauth.v2.access", data=wrong)) == "bad_client_secret"
    got = await anybody.api_call("oauth.v2.access", data=exchange)
    assert (got["team"]["id"], got["enterprise"]["id"], got["authed_user"]["id"]) == (other, "E0GROUP", admin)
    assert await refusal(anybody.api_call("oauth.v2.access", data=exchange)) == "code_already_used"
    web_of_other = desk.client(got["access_token"])
    assert (await web_of_other.auth_test())["user_id"] == got["bot_user_id"]
    assert await refusal(web_of_other.chat_postMessage(channel=desk.channel, text="a")) == "channel_not_found"
    desk.clock.at += got["expires_in"]
    assert await refusal(web_of_other.auth_test()) == "token_expired"
    renewing = {**proof, "grant_type": "refresh_token", "refresh_token": got["refresh_token"]}
    renewed = await anybody.api_call("oauth.v2.access", data=renewing)
    assert (await desk.client(renewed["access_token"]).auth_test())["ok"]
    assert await refusal(anybody.api_call("oauth.v2.access", data=renewing)) == "invalid_refresh_token"


async def test_faults_strike_methods_by_name(desk: Desk) -> None:
    """A busy Slack says when to come back; an answer lost on the way was done all the same."""
    desk.slack.faults.plan("chat.postMessage", Fault.RATE_LIMIT)
    with pytest.raises(SlackApiError) as refused:
        await desk.web.chat_postMessage(channel=desk.channel, text="a")
    assert refused.value.response.status_code == 429
    assert refused.value.response.headers["Retry-After"] == "1"
    desk.slack.faults.plan("chat.postMessage", Fault.DROP_AFTER_COMMIT)
    with pytest.raises(aiohttp.ClientError):
        await desk.web.chat_postMessage(channel=desk.channel, text="b")
    assert desk.slack.count("chat.postMessage") == 1
    desk.slack.faults.plan("response_url", Fault.SERVER_ERROR)
    await desk.slack.command(desk.tom, desk.channel, "help")
    assert (await desk.respond(text="a"))[0] == 503


async def test_socket_mode_brings_commands_in_envelopes(desk: Desk) -> None:
    """Slack's own client connects, is greeted, answers an envelope, and comes back after a disconnect."""

    async def answer(client: SocketModeClient, request: Any) -> None:
        heard.append((request.type, request.payload["text"]))
        await client.send_socket_mode_response(
            SocketModeResponse(envelope_id=request.envelope_id, payload={"text": "by socket"})
        )

    heard: list[tuple[str, str]] = []
    client = SocketModeClient(
        app_token=desk.slack.app_token, web_client=desk.web, auto_reconnect_enabled=False
    )
    client.socket_mode_request_listeners.append(answer)
    await client.connect()
    try:
        await desk.slack.wait_for(lambda: desk.slack.sockets.connections == 1)
        outcome = await desk.slack.command(desk.tom, desk.channel, "help")
        assert heard == [("slash_commands", "help")]
        assert outcome.ephemerals[0].text == "by socket"
        await desk.slack.sockets.disconnect()
        await desk.slack.wait_for(lambda: desk.slack.sockets.connections == 0)
    finally:
        await client.close()
    assert await refusal(desk.web.apps_connections_open(app_token=desk.slack.bot_token)) == "missing_scope"


async def test_waiting_ends_with_the_change_or_with_an_error(desk: Desk) -> None:
    before = desk.slack.changes
    with pytest.raises(TimeoutError, match="not seen in Slack"):
        await desk.slack.wait_for(lambda: False, timeout=0.01)
    desk.slack.say(desk.tom, desk.channel, "hello")
    assert await desk.slack.wait_for(lambda: desk.slack.changes > before)


async def test_a_screen_shows_what_its_owner_sees_in_order(desk: Desk) -> None:
    """Whispers stand between messages by time; a deleted secret is gone from the screen, though once it was seen."""
    posted = await desk.web.chat_postMessage(channel=desk.channel, text="first")
    await desk.web.chat_postEphemeral(channel=desk.channel, user=desk.tom, text="second")
    desk.slack.say(desk.ann, desk.channel, "third")
    (channel,) = desk.slack.snapshot(desk.tom)["channels"]
    assert [(one["text"], one["is_private"], one["name"]) for one in channel["messages"]] == [
        ("first", False, "tvbot"),
        ("second", True, "tvbot"),
        ("third", False, "Ann Lee"),
    ]
    assert "second" not in json.dumps(desk.slack.snapshot(desk.ann))
    await desk.web.chat_delete(channel=desk.channel, ts=posted["ts"])
    assert "first" not in json.dumps(desk.slack.visible_to(desk.ann))
    assert "first" in json.dumps(desk.slack.visible_to(desk.ann, ever=True))


async def test_the_directory_pages_and_asks_for_the_scope_of_each_kind(desk: Desk) -> None:
    """Channels, private channels and conversations have scopes of their own; members come page by page."""
    private = desk.slack.add_channel("private", [desk.tom], private=True)
    token = desk.slack.token_of()
    assert token is not None
    token.scopes |= {"channels:read", "team:read"}
    shown = (await desk.web.conversations_info(channel=desk.channel))["channel"]
    assert (shown["name"], shown["is_member"], shown["is_private"]) == ("helpdesk", True, False)
    assert await refusal(desk.web.conversations_info(channel=private)) == "missing_scope"
    first = await desk.web.conversations_members(channel=desk.channel, limit=2)
    cursor = first["response_metadata"]["next_cursor"]
    rest = await desk.web.conversations_members(channel=desk.channel, limit=2, cursor=cursor)
    assert {*first["members"], *rest["members"]} == desk.slack.channels[desk.channel].members
    assert (await desk.web.team_info())["team"]["id"] == TEAM
    found = await desk.web.users_lookupByEmail(email="TOM@example.test")
    assert found["user"]["id"] == desk.tom
    assert await refusal(desk.web.users_lookupByEmail(email="nobody@example.test")) == "users_not_found"


async def test_guests_strangers_and_bots_look_like_it(desk: Desk) -> None:
    """What the real profile withholds, this one withholds: a stranger's e-mail and locale, a bot's e-mail."""
    guest = desk.slack.add_user("Gus", "gus@example.test", is_restricted=True)
    stranger = desk.slack.add_user("Sam", "sam@else.test", is_stranger=True)
    robot = desk.slack.add_user("Robo", "robo@example.test", is_bot=True)
    assert (await desk.web.users_info(user=guest))["user"]["is_restricted"] is True
    outside = (await desk.web.users_info(user=stranger, include_locale=True))["user"]
    assert outside["is_stranger"] is True
    assert outside["team_id"] != TEAM
    assert "email" not in outside["profile"]
    assert "locale" not in outside
    assert "email" not in (await desk.web.users_info(user=robot))["user"]["profile"]


async def test_the_bot_hears_of_a_closed_modal_where_it_asked_to(desk: Desk) -> None:
    silent = await desk.open_modal(modal(NUMBER))
    assert await desk.slack.close(desk.tom, silent) is None
    await desk.slack.close(desk.tom, await desk.open_modal(modal(NUMBER, notify_on_close=True)))
    assert (desk.bot.payloads[-1]["type"], desk.bot.payloads[-1]["is_cleared"]) == ("view_closed", False)
    assert desk.slack.views == []
