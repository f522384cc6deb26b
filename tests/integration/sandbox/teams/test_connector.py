"""The simulated Bot Framework: tokens, conversations, sizes and rate limits."""

from typing import Any

import aiohttp
import pytest
from support.teams_office import Office, a_card, address, execute, message, words

from sandbox.faults import Fault
from sandbox.teams import Conversation, TeamsMessage

HELLO = {"type": "message", "text": "Hello"}


def find_posted(conversation: Conversation, body: dict[str, Any]) -> TeamsMessage:
    """Return the message that the connector's response names."""
    found = conversation.find_message(body["id"])
    assert found is not None
    return found


async def test_activity_token_is_valid_by_the_published_keys(office: Office) -> None:
    """The receiver checks signature, issuer, audience, times, service URL and endorsement."""
    assert (await office.teams.post_message(office.tom, office.chat, "help")).status == 202
    assert office.bot.activities[-1]["text"] == "help"


FORGED: dict[str, dict[str, Any]] = {
    "another audience": {"aud": "00000000-0000-4000-8000-0000000000ff"},
    "another issuer": {"iss": "https://sts.windows.net/"},
    "expired": {"exp": 1},
    "not yet": {"nbf": 4_000_000_000},
    "another address": {"serviceurl": "https://evil.example.test/"},
    "an unknown key": {"kid": "nobody"},
    "no signature": {"alg": "none"},
    "the public key as a secret": {"alg": "HS256"},
    "no audience": {"aud": None},
}


@pytest.mark.parametrize("case", FORGED)
async def test_forged_token_is_refused(office: Office, case: str) -> None:
    """A valid token for the same activity is accepted."""
    activity = office.teams.build_activity(office.tom, office.chat, text="help")
    assert (
        await office.teams.post_activity(activity, office.teams.sign(activity, **FORGED[case]))
    ).status == 401
    assert (await office.teams.post_activity(activity, None)).status == 401
    assert (await office.teams.post_activity(activity, office.teams.sign(activity))).status == 202


async def test_rotated_key_signs_and_both_keys_are_published(office: Office) -> None:
    """The old key stays valid for tokens on the way."""
    first = office.teams.token_issuer.keys[0].id
    second = office.teams.rotate_keys()
    published = await office.get(f"{office.teams.state.origin}/v1/.well-known/keys")
    assert [one["kid"] for one in published["keys"]] == [first, second]
    assert all(one["endorsements"] == ["msteams"] and one["x5t"] == one["kid"] for one in published["keys"])
    assert (await office.teams.post_message(office.tom, office.chat, "help")).status == 202
    assert (office.teams.count_calls("openid"), office.teams.count_calls("keys")) == (1, 2)


async def test_token_is_reused_for_half_an_hour(office: Office) -> None:
    """Then a new one is signed."""
    first = office.teams.token_issuer.get_current_token()
    assert office.teams.token_issuer.get_current_token() == first
    office.clock.tick(minutes=31)
    assert office.teams.token_issuer.get_current_token() != first


INVALID_TOKEN_REQUESTS: dict[str, tuple[dict[str, str], int, str, int]] = {
    "a wrong secret": ({"client_secret": "wrong"}, 401, "invalid_client", 7000215),
    "no secret": ({"client_secret": ""}, 401, "invalid_client", 7000216),
    "an unknown app": ({"client_id": "nobody"}, 400, "unauthorized_client", 700016),
    "another scope": ({"scope": "https://graph.microsoft.com/.default"}, 400, "invalid_scope", 70011),
    "another grant": ({"grant_type": "password"}, 400, "unsupported_grant_type", 70003),
}


@pytest.mark.parametrize("case", INVALID_TOKEN_REQUESTS)
async def test_invalid_token_request_returns_aadsts_error(office: Office, case: str) -> None:
    """The number is in the list of errors, too."""
    fields, status, error, number = INVALID_TOKEN_REQUESTS[case]
    answered, body = await office.ask_for_token(**fields)
    assert (answered, body["error"], body["error_codes"]) == (status, error, [number])
    assert body["error_description"].startswith(f"AADSTS{number}:")
    elsewhere = office.teams.token_url.replace(office.teams.tenant, "another")
    assert (await office.ask_for_token(elsewhere))[1]["error_codes"] == [90002]


async def test_expired_and_revoked_tokens_are_refused(office: Office) -> None:
    """A token is valid for an hour."""
    status, body = await office.ask_for_token()
    assert (status, body["token_type"], body["expires_in"]) == (200, "Bearer", 3599)
    assert (await office.send(office.chat, HELLO))[0] == 201
    office.clock.tick(seconds=3600)
    status, body = await office.send(office.chat, HELLO)
    assert (status, body["error"]["code"]) == (401, "Unauthorized")
    office.token = (await office.ask_for_token())[1]["access_token"]
    assert (await office.send(office.chat, HELLO))[0] == 201
    office.teams.token_endpoint.revoke_all_tokens()
    assert (await office.send(office.chat, HELLO))[0] == 401
    assert (await office.call("GET", "/x/members/y", token=""))[0] == 401
    assert office.teams.count_calls("token") == 3


async def test_message_is_sent_replied_updated_and_deleted(office: Office) -> None:
    """A deleted message cannot be updated."""
    status, body = await office.send(office.chat, HELLO)
    sent = find_posted(office.chat, body)
    assert (status, sent.sender, sent.text) == (201, "bot", "Hello")
    _, replied, _ = await office.call("POST", f"{address(sent)[:-1]}9", {**HELLO, "text": "Again"})
    assert find_posted(office.chat, replied).text == "Again"
    assert await office.change(sent, a_card(words("Changed"))) == (200, {"id": sent.id})
    assert sent.cards == [a_card(words("Changed"))]
    assert sent.past_contents == [{"text": "Hello", "cards": []}]
    assert (await office.call("DELETE", address(sent)))[0] == 200
    assert sent.deleted
    status, body = await office.change(sent, a_card(words("Too late")))
    assert (status, body["error"]["code"]) == (404, "ActivityNotFoundInConversation")
    operations = ["activities.send", "activities.send", "activities.update", "activities.delete"]
    assert [name for name, _ in office.teams.calls[1:5]] == operations


async def test_message_of_a_user_cannot_be_updated(office: Office) -> None:
    """The error is 403."""
    await office.teams.post_message(office.tom, office.chat, "help")
    status, body = await office.change(office.chat.messages[-1], a_card(words("Mine")))
    assert (status, body["error"]["code"]) == (403, "ForbiddenOperationException")


async def test_conversation_id_selects_the_thread_in_a_channel(office: Office) -> None:
    """An unknown thread is an unknown conversation."""
    await office.teams.post_message(office.tom, office.channel, "create 1")
    root = office.channel.messages[0]
    thread = office.bot.activities[-1]["conversation"]["id"]
    assert thread == f"{office.channel.id};messageid={root.id}"
    _, body = await office.send(thread, HELLO)
    assert find_posted(office.channel, body).thread == root.id
    _, body = await office.send(office.channel, HELLO)
    assert find_posted(office.channel, body).thread is None
    for unknown in (f"{office.channel.id};messageid=1", f"{office.chat.id};messageid={root.id}", "19:x"):
        status, body = await office.send(unknown, HELLO)
        assert (status, body["error"]["code"]) == (404, "ConversationNotFound")


async def test_blocked_or_removed_bot_cannot_write(office: Office) -> None:
    """Adding the app again allows it."""
    office.teams.block_bot(office.tom)
    status, body = await office.send(office.chat, HELLO)
    assert (status, body["error"]["code"]) == (403, "ForbiddenOperationException")
    assert body["error"]["subCode"] == "MessageWritesBlocked"
    await office.teams.uninstall_app(office.channel, office.tom)
    status, body = await office.send(office.channel, HELLO)
    assert (status, body["error"]["code"]) == (403, "BotNotInConversationRoster")
    await office.teams.install_app(office.chat, office.tom)
    assert (await office.send(office.chat, HELLO))[0] == 201


async def test_chat_is_created_only_with_users_who_share_a_conversation(office: Office) -> None:
    """The tenant is required."""
    parameters: dict[str, Any] = {"isGroup": False, "members": [{"id": office.ann.mri}]}
    status, body, _ = await office.call("POST", "", parameters)
    assert (status, body["error"]["code"]) == (400, "BadSyntax")
    parameters["tenantId"] = office.teams.tenant
    status, body, _ = await office.call("POST", "", parameters)
    assert (status, body["id"]) == (201, office.teams.personal_chat(office.ann).id)
    assert (await office.call("POST", "", parameters))[1] == body
    parameters["members"] = [{"id": office.teams.add_person("Zoe", "zoe@example.test").mri}]
    status, body, _ = await office.call("POST", "", parameters)
    assert (status, body["error"]["code"]) == (403, "BotNotInConversationRoster")
    parameters["members"] = [{"id": "29:nobody"}]
    assert (await office.call("POST", "", parameters))[1]["error"]["code"] == "BadArgument"


async def test_create_conversation_in_a_channel_creates_a_thread(office: Office) -> None:
    """The bot can write to the new thread."""
    parameters = {"isGroup": True, "channelData": {"channel": {"id": office.channel.id}}, "activity": HELLO}
    status, body, _ = await office.call("POST", "", parameters)
    assert (status, body["id"]) == (201, f"{office.channel.id};messageid={body['activityId']}")
    assert (await office.send(body["id"], HELLO))[0] == 201


async def test_roster_returns_members_by_id_and_in_pages(office: Office) -> None:
    """Guests have their role, external users their tenant."""
    guest = office.teams.add_person("Gus Guest", "gus@partner.test", role="guest")
    stranger = office.teams.add_person("Eve", "eve@else.test", tenant="another", has_email=False)
    office.channel.members += [guest, stranger]
    members = f"/{office.channel.id}/members"
    for member_id in (office.ann.mri, office.ann.aad_id):
        status, body, _ = await office.call("GET", f"{members}/{member_id}")
        assert (status, body["id"], body["objectId"]) == (200, office.ann.mri, office.ann.aad_id)
        assert (body["email"], body["givenName"], body["surname"]) == ("ann@example.test", "Ann", "Lee")
        assert (body["tenantId"], body["userRole"]) == (office.teams.tenant, "user")
    assert (await office.call("GET", f"{members}/{guest.mri}"))[1]["userRole"] == "guest"
    body = (await office.call("GET", f"{members}/{stranger.mri}"))[1]
    assert "email" not in body
    assert body["tenantId"] == "another"
    status, body, _ = await office.call("GET", f"/{office.chat.id}/members/{office.ann.mri}")
    assert (status, body["error"]["code"]) == (404, "MemberNotFoundInConversation")
    _, page, _ = await office.call("GET", f"/{office.channel.id}/pagedmembers?pageSize=3")
    _, rest, _ = await office.call(
        "GET", f"/{office.channel.id}/pagedmembers?continuationToken={page['continuationToken']}"
    )
    assert [one["name"] for one in page["members"] + rest["members"]] == [
        "Tom Ray",
        "Ann Lee",
        "Gus Guest",
        "Eve",
    ]
    assert "continuationToken" not in rest


MALFORMED: dict[str, Any] = {
    "no type": {"text": "Hello"},
    "a type that is not sent": {"type": "event", "name": "x"},
    "nothing to say": {"type": "message", "text": " "},
    "text that is none": {"type": "message", "text": 5},
    "an unknown format": {**HELLO, "textFormat": "html"},
    "an unknown attachment": {"type": "message", "attachments": [{"contentType": "text/x", "content": {}}]},
    "a mention of nobody": {**HELLO, "entities": [{"type": "mention", "text": "Hello"}]},
    "a mention that is not said": {
        **HELLO,
        "entities": [{"type": "mention", "mentioned": {"id": "29:1"}, "text": "<at>Ann</at>"}],
    },
    "a list": [HELLO],
}


@pytest.mark.parametrize("case", MALFORMED)
async def test_malformed_activity_is_refused(office: Office, case: str) -> None:
    """It is not posted."""
    status, body = await office.send(office.chat, MALFORMED[case])
    assert (status, body["error"]["code"]) == (400, "BadSyntax")
    assert office.chat.messages == []


async def test_body_that_is_no_json_is_refused(office: Office) -> None:
    """NaN is no JSON."""
    url = f"{office.teams.service_url}v3/conversations/{office.chat.id}/activities"
    headers = {"Authorization": f"Bearer {office.token}", "Content-Type": "application/json"}
    for body in ("{", '{"type": "message", "text": NaN}'):
        async with office.session.post(url, data=body, headers=headers) as response:
            assert (response.status, (await response.json())["error"]["code"]) == (400, "BadSyntax")
    async with office.session.post(
        url, data="x", headers={**headers, "Content-Type": "text/plain"}
    ) as response:
        assert response.status == 415


async def test_card_over_28_kb_and_message_over_100_kb_are_refused(office: Office) -> None:
    """A message is measured in UTF-16, so half as many characters are allowed."""
    assert (await office.send(office.chat, message(a_card(words("a" * 28_000)))))[0] == 201
    too_big = [
        message(a_card(words("a" * 28_672))),
        message(a_card(words("é" * 14_336))),
        {"type": "message", "text": "a" * 51_200},
    ]
    for activity in too_big:
        status, body = await office.send(office.chat, activity)
        assert (status, body["error"]["code"]) == (413, "MessageSizeTooBig")


async def test_eighth_message_in_a_second_is_refused(office: Office) -> None:
    """``Retry-After`` says when the next one is accepted."""
    for _ in range(7):
        assert (await office.send(office.chat, HELLO))[0] == 201
    status, body, headers = await office.call("POST", f"/{office.chat.id}/activities", HELLO)
    assert (status, body["error"]["code"], headers["Retry-After"]) == (429, "Throttled", "1")
    assert (await office.send(office.channel, HELLO))[0] == 201
    office.clock.tick(seconds=1)
    assert (await office.send(office.chat, HELLO))[0] == 201
    assert (await office.send(office.chat, HELLO))[0] == 429
    office.clock.tick(seconds=1)
    for _ in range(52):
        office.clock.tick(seconds=0.5)
        assert (await office.send(office.chat, HELLO))[0] == 201
    office.clock.tick(seconds=1)
    *_, headers = await office.call("POST", f"/{office.chat.id}/activities", HELLO)
    assert headers["Retry-After"] == "1"
    office.teams.limits = False
    assert (await office.send(office.chat, HELLO))[0] == 201


async def test_typing_is_counted_and_adds_no_message(office: Office) -> None:
    """It is an activity without content."""
    assert (await office.send(office.chat, {"type": "typing"}))[0] == 201
    assert (office.teams.typing[office.chat.id], office.chat.messages) == (1, [])


async def test_typing_indicator_ends_with_the_next_message(office: Office) -> None:
    """It appears when the bot sends ``typing``."""
    await office.send(office.chat, {"type": "typing"})
    assert office.teams.is_typing(office.chat)
    await office.send(office.chat, {"type": "message", "text": "Done."})
    assert not office.teams.is_typing(office.chat)


async def test_planned_fault_affects_its_operation(office: Office) -> None:
    """A message whose response is lost was posted."""
    office.teams.retry_after_seconds = 3
    office.teams.faults.plan("activities.send", Fault.RATE_LIMIT)
    office.teams.faults.plan("activities.send", Fault.SERVER_ERROR)
    office.teams.faults.plan("token", Fault.SERVER_ERROR)
    *_, headers = await office.call("POST", f"/{office.chat.id}/activities", HELLO)
    assert headers["Retry-After"] == "3"
    assert (await office.send(office.chat, HELLO))[0] == 502
    assert (await office.ask_for_token())[0] == 502
    office.teams.faults.plan("activities.send", Fault.DROP_AFTER_COMMIT)
    with pytest.raises(aiohttp.ClientError):
        await office.send(office.chat, HELLO)
    assert [one.text for one in office.chat.messages] == ["Hello"]


async def test_anonymous_mode_needs_no_tokens() -> None:
    """As in local development tools."""
    async with Office.open(anonymous=True) as office:
        office.bot.asks_for_tokens = False
        office.token = ""
        assert (await office.teams.post_message(office.tom, office.chat, "help")).status == 202
        assert (await office.send(office.chat, HELLO))[0] == 201


async def test_wait_returns_on_change(office: Office) -> None:
    """The predicate's value is returned."""
    await office.post(office.chat, words("Hello"), actions=[execute("End")])
    found = await office.teams.wait_for(lambda: office.teams.messages(office.chat))
    assert office.teams.button_titles(office.tom, found[0]) == ["End"]
