"""The simulated Bot Framework: tokens, conversations, sizes and rate limits."""

from typing import Any

import aiohttp
import pytest
from support.teams_tenant import TeamsTenant, a_card, address, execute, message, words

from sandbox.faults import Fault
from sandbox.teams import Conversation, TeamsMessage

HELLO = {"type": "message", "text": "Hello"}


def find_posted(conversation: Conversation, body: dict[str, Any]) -> TeamsMessage:
    """Return the message that the connector's response names."""
    found = conversation.find_message(body["id"])
    assert found is not None
    return found


async def test_activity_token_is_valid_by_the_published_keys(teams_tenant: TeamsTenant) -> None:
    """The receiver checks signature, issuer, audience, times, service URL and endorsement."""
    assert (await teams_tenant.teams.post_message(teams_tenant.tom, teams_tenant.chat, "help")).status == 202
    assert teams_tenant.bot.activities[-1]["text"] == "help"


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
async def test_forged_token_is_refused(teams_tenant: TeamsTenant, case: str) -> None:
    """A valid token for the same activity is accepted."""
    activity = teams_tenant.teams.build_activity(teams_tenant.tom, teams_tenant.chat, text="help")
    assert (
        await teams_tenant.teams.post_activity(activity, teams_tenant.teams.sign(activity, **FORGED[case]))
    ).status == 401
    assert (await teams_tenant.teams.post_activity(activity, None)).status == 401
    assert (await teams_tenant.teams.post_activity(activity, teams_tenant.teams.sign(activity))).status == 202


async def test_rotated_key_signs_and_both_keys_are_published(teams_tenant: TeamsTenant) -> None:
    """The old key stays valid for tokens on the way."""
    first = teams_tenant.teams.token_issuer.keys[0].id
    second = teams_tenant.teams.rotate_keys()
    published = await teams_tenant.get(f"{teams_tenant.teams.state.origin}/v1/.well-known/keys")
    assert [one["kid"] for one in published["keys"]] == [first, second]
    assert all(one["endorsements"] == ["msteams"] and one["x5t"] == one["kid"] for one in published["keys"])
    assert (await teams_tenant.teams.post_message(teams_tenant.tom, teams_tenant.chat, "help")).status == 202
    assert (teams_tenant.teams.count_calls("openid"), teams_tenant.teams.count_calls("keys")) == (1, 2)


async def test_token_is_reused_for_half_an_hour(teams_tenant: TeamsTenant) -> None:
    """Then a new one is signed."""
    first = teams_tenant.teams.token_issuer.get_current_token()
    assert teams_tenant.teams.token_issuer.get_current_token() == first
    teams_tenant.clock.tick(minutes=31)
    assert teams_tenant.teams.token_issuer.get_current_token() != first


INVALID_TOKEN_REQUESTS: dict[str, tuple[dict[str, str], int, str, int]] = {
    "a wrong secret": ({"client_secret": "wrong"}, 401, "invalid_client", 7000215),
    "no secret": ({"client_secret": ""}, 401, "invalid_client", 7000216),
    "an unknown app": ({"client_id": "nobody"}, 400, "unauthorized_client", 700016),
    "another scope": ({"scope": "https://graph.microsoft.com/.default"}, 400, "invalid_scope", 70011),
    "another grant": ({"grant_type": "password"}, 400, "unsupported_grant_type", 70003),
}


@pytest.mark.parametrize("case", INVALID_TOKEN_REQUESTS)
async def test_invalid_token_request_returns_aadsts_error(teams_tenant: TeamsTenant, case: str) -> None:
    """The number is in the list of errors, too."""
    fields, status, error, number = INVALID_TOKEN_REQUESTS[case]
    answered, body = await teams_tenant.ask_for_token(**fields)
    assert (answered, body["error"], body["error_codes"]) == (status, error, [number])
    assert body["error_description"].startswith(f"AADSTS{number}:")
    elsewhere = teams_tenant.teams.token_url.replace(teams_tenant.teams.tenant, "another")
    assert (await teams_tenant.ask_for_token(elsewhere))[1]["error_codes"] == [90002]


async def test_expired_and_revoked_tokens_are_refused(teams_tenant: TeamsTenant) -> None:
    """A token is valid for an hour."""
    status, body = await teams_tenant.ask_for_token()
    assert (status, body["token_type"], body["expires_in"]) == (200, "Bearer", 3599)
    assert (await teams_tenant.send(teams_tenant.chat, HELLO))[0] == 201
    teams_tenant.clock.tick(seconds=3600)
    status, body = await teams_tenant.send(teams_tenant.chat, HELLO)
    assert (status, body["error"]["code"]) == (401, "Unauthorized")
    teams_tenant.token = (await teams_tenant.ask_for_token())[1]["access_token"]
    assert (await teams_tenant.send(teams_tenant.chat, HELLO))[0] == 201
    teams_tenant.teams.token_endpoint.revoke_all_tokens()
    assert (await teams_tenant.send(teams_tenant.chat, HELLO))[0] == 401
    assert (await teams_tenant.call("GET", "/x/members/y", token=""))[0] == 401
    assert teams_tenant.teams.count_calls("token") == 3


async def test_message_is_sent_replied_updated_and_deleted(teams_tenant: TeamsTenant) -> None:
    """A deleted message cannot be updated."""
    status, body = await teams_tenant.send(teams_tenant.chat, HELLO)
    sent = find_posted(teams_tenant.chat, body)
    assert (status, sent.sender, sent.text) == (201, "bot", "Hello")
    _, replied, _ = await teams_tenant.call("POST", f"{address(sent)[:-1]}9", {**HELLO, "text": "Again"})
    assert find_posted(teams_tenant.chat, replied).text == "Again"
    assert await teams_tenant.change(sent, a_card(words("Changed"))) == (200, {"id": sent.id})
    assert sent.cards == [a_card(words("Changed"))]
    assert sent.past_contents == [{"text": "Hello", "cards": []}]
    assert (await teams_tenant.call("DELETE", address(sent)))[0] == 200
    assert sent.deleted
    status, body = await teams_tenant.change(sent, a_card(words("Too late")))
    assert (status, body["error"]["code"]) == (404, "ActivityNotFoundInConversation")
    operations = ["activities.send", "activities.send", "activities.update", "activities.delete"]
    assert [name for name, _ in teams_tenant.teams.calls[1:5]] == operations


async def test_message_of_a_user_cannot_be_updated(teams_tenant: TeamsTenant) -> None:
    """The error is 403."""
    await teams_tenant.teams.post_message(teams_tenant.tom, teams_tenant.chat, "help")
    status, body = await teams_tenant.change(teams_tenant.chat.messages[-1], a_card(words("Mine")))
    assert (status, body["error"]["code"]) == (403, "ForbiddenOperationException")


async def test_conversation_id_selects_the_thread_in_a_channel(teams_tenant: TeamsTenant) -> None:
    """An unknown thread is an unknown conversation."""
    await teams_tenant.teams.post_message(teams_tenant.tom, teams_tenant.channel, "create 1")
    root = teams_tenant.channel.messages[0]
    thread = teams_tenant.bot.activities[-1]["conversation"]["id"]
    assert thread == f"{teams_tenant.channel.id};messageid={root.id}"
    _, body = await teams_tenant.send(thread, HELLO)
    assert find_posted(teams_tenant.channel, body).thread == root.id
    _, body = await teams_tenant.send(teams_tenant.channel, HELLO)
    assert find_posted(teams_tenant.channel, body).thread is None
    for unknown in (
        f"{teams_tenant.channel.id};messageid=1",
        f"{teams_tenant.chat.id};messageid={root.id}",
        "19:x",
    ):
        status, body = await teams_tenant.send(unknown, HELLO)
        assert (status, body["error"]["code"]) == (404, "ConversationNotFound")


async def test_blocked_or_removed_bot_cannot_write(teams_tenant: TeamsTenant) -> None:
    """Adding the app again allows it."""
    teams_tenant.teams.block_bot(teams_tenant.tom)
    status, body = await teams_tenant.send(teams_tenant.chat, HELLO)
    assert (status, body["error"]["code"]) == (403, "ForbiddenOperationException")
    assert body["error"]["subCode"] == "MessageWritesBlocked"
    await teams_tenant.teams.uninstall_app(teams_tenant.channel, teams_tenant.tom)
    status, body = await teams_tenant.send(teams_tenant.channel, HELLO)
    assert (status, body["error"]["code"]) == (403, "BotNotInConversationRoster")
    await teams_tenant.teams.install_app(teams_tenant.chat, teams_tenant.tom)
    assert (await teams_tenant.send(teams_tenant.chat, HELLO))[0] == 201


async def test_chat_is_created_only_with_users_who_share_a_conversation(teams_tenant: TeamsTenant) -> None:
    """The tenant is required."""
    parameters: dict[str, Any] = {"isGroup": False, "members": [{"id": teams_tenant.ann.mri}]}
    status, body, _ = await teams_tenant.call("POST", "", parameters)
    assert (status, body["error"]["code"]) == (400, "BadSyntax")
    parameters["tenantId"] = teams_tenant.teams.tenant
    status, body, _ = await teams_tenant.call("POST", "", parameters)
    assert (status, body["id"]) == (201, teams_tenant.teams.personal_chat(teams_tenant.ann).id)
    assert (await teams_tenant.call("POST", "", parameters))[1] == body
    parameters["members"] = [{"id": teams_tenant.teams.add_person("Zoe", "zoe@example.test").mri}]
    status, body, _ = await teams_tenant.call("POST", "", parameters)
    assert (status, body["error"]["code"]) == (403, "BotNotInConversationRoster")
    parameters["members"] = [{"id": "29:nobody"}]
    assert (await teams_tenant.call("POST", "", parameters))[1]["error"]["code"] == "BadArgument"


async def test_create_conversation_in_a_channel_creates_a_thread(teams_tenant: TeamsTenant) -> None:
    """The bot can write to the new thread."""
    parameters = {
        "isGroup": True,
        "channelData": {"channel": {"id": teams_tenant.channel.id}},
        "activity": HELLO,
    }
    status, body, _ = await teams_tenant.call("POST", "", parameters)
    assert (status, body["id"]) == (201, f"{teams_tenant.channel.id};messageid={body['activityId']}")
    assert (await teams_tenant.send(body["id"], HELLO))[0] == 201


async def test_roster_returns_members_by_id_and_in_pages(teams_tenant: TeamsTenant) -> None:
    """Guests have their role, external users their tenant."""
    guest = teams_tenant.teams.add_person("Gus Guest", "gus@partner.test", role="guest")
    stranger = teams_tenant.teams.add_person("Eve", "eve@else.test", tenant="another", has_email=False)
    teams_tenant.channel.members += [guest, stranger]
    members = f"/{teams_tenant.channel.id}/members"
    for member_id in (teams_tenant.ann.mri, teams_tenant.ann.aad_id):
        status, body, _ = await teams_tenant.call("GET", f"{members}/{member_id}")
        assert (status, body["id"], body["objectId"]) == (200, teams_tenant.ann.mri, teams_tenant.ann.aad_id)
        assert (body["email"], body["givenName"], body["surname"]) == ("ann@example.test", "Ann", "Lee")
        assert (body["tenantId"], body["userRole"]) == (teams_tenant.teams.tenant, "user")
    assert (await teams_tenant.call("GET", f"{members}/{guest.mri}"))[1]["userRole"] == "guest"
    body = (await teams_tenant.call("GET", f"{members}/{stranger.mri}"))[1]
    assert "email" not in body
    assert body["tenantId"] == "another"
    status, body, _ = await teams_tenant.call(
        "GET", f"/{teams_tenant.chat.id}/members/{teams_tenant.ann.mri}"
    )
    assert (status, body["error"]["code"]) == (404, "MemberNotFoundInConversation")
    _, page, _ = await teams_tenant.call("GET", f"/{teams_tenant.channel.id}/pagedmembers?pageSize=3")
    _, rest, _ = await teams_tenant.call(
        "GET", f"/{teams_tenant.channel.id}/pagedmembers?continuationToken={page['continuationToken']}"
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
async def test_malformed_activity_is_refused(teams_tenant: TeamsTenant, case: str) -> None:
    """It is not posted."""
    status, body = await teams_tenant.send(teams_tenant.chat, MALFORMED[case])
    assert (status, body["error"]["code"]) == (400, "BadSyntax")
    assert teams_tenant.chat.messages == []


@pytest.mark.parametrize(
    ("written", "mentioned", "status", "code"),
    [
        ("<at>Tom Ray</at> hello", "mri", 201, ""),
        ("<at>Tom Ray</at> hello", "aad_id", 201, ""),
        ("Tom Ray hello", "mri", 400, "BadSyntax"),
        ("<at>Tom Ray</at> hello", "nobody", 400, "BadArgument"),
    ],
    ids=["by Teams' id", "by the directory's id", "not said", "not a member"],
)
async def test_mention_in_a_card_needs_its_text_and_a_member(
    teams_tenant: TeamsTenant, written: str, mentioned: str, status: int, code: str
) -> None:
    whose = {"mri": teams_tenant.tom.mri, "aad_id": teams_tenant.tom.aad_id}.get(mentioned, "29:nobody")
    entity = {"type": "mention", "text": "<at>Tom Ray</at>", "mentioned": {"id": whose, "name": "Tom Ray"}}
    card = a_card(words(written), msteams={"entities": [entity]})
    sent, body = await teams_tenant.send(teams_tenant.channel, message(card))
    assert (sent, body.get("error", {}).get("code", "")) == (status, code)


async def test_body_that_is_no_json_is_refused(teams_tenant: TeamsTenant) -> None:
    """NaN is no JSON."""
    url = f"{teams_tenant.teams.service_url}v3/conversations/{teams_tenant.chat.id}/activities"
    headers = {"Authorization": f"Bearer {teams_tenant.token}", "Content-Type": "application/json"}
    for body in ("{", '{"type": "message", "text": NaN}'):
        async with teams_tenant.session.post(url, data=body, headers=headers) as response:
            assert (response.status, (await response.json())["error"]["code"]) == (400, "BadSyntax")
    async with teams_tenant.session.post(
        url, data="x", headers={**headers, "Content-Type": "text/plain"}
    ) as response:
        assert response.status == 415


async def test_card_over_28_kb_and_message_over_100_kb_are_refused(teams_tenant: TeamsTenant) -> None:
    """A message is measured in UTF-16, so half as many characters are allowed."""
    assert (await teams_tenant.send(teams_tenant.chat, message(a_card(words("a" * 28_000)))))[0] == 201
    too_big = [
        message(a_card(words("a" * 28_672))),
        message(a_card(words("é" * 14_336))),
        {"type": "message", "text": "a" * 51_200},
    ]
    for activity in too_big:
        status, body = await teams_tenant.send(teams_tenant.chat, activity)
        assert (status, body["error"]["code"]) == (413, "MessageSizeTooBig")


async def test_eighth_message_in_a_second_is_refused(teams_tenant: TeamsTenant) -> None:
    """``Retry-After`` says when the next one is accepted."""
    for _ in range(7):
        assert (await teams_tenant.send(teams_tenant.chat, HELLO))[0] == 201
    status, body, headers = await teams_tenant.call("POST", f"/{teams_tenant.chat.id}/activities", HELLO)
    assert (status, body["error"]["code"], headers["Retry-After"]) == (429, "Throttled", "1")
    assert (await teams_tenant.send(teams_tenant.channel, HELLO))[0] == 201
    teams_tenant.clock.tick(seconds=1)
    assert (await teams_tenant.send(teams_tenant.chat, HELLO))[0] == 201
    assert (await teams_tenant.send(teams_tenant.chat, HELLO))[0] == 429
    teams_tenant.clock.tick(seconds=1)
    for _ in range(52):
        teams_tenant.clock.tick(seconds=0.5)
        assert (await teams_tenant.send(teams_tenant.chat, HELLO))[0] == 201
    teams_tenant.clock.tick(seconds=1)
    *_, headers = await teams_tenant.call("POST", f"/{teams_tenant.chat.id}/activities", HELLO)
    assert headers["Retry-After"] == "1"
    teams_tenant.teams.limits = False
    assert (await teams_tenant.send(teams_tenant.chat, HELLO))[0] == 201


async def test_typing_is_counted_and_adds_no_message(teams_tenant: TeamsTenant) -> None:
    """It is an activity without content."""
    assert (await teams_tenant.send(teams_tenant.chat, {"type": "typing"}))[0] == 201
    assert (teams_tenant.teams.typing[teams_tenant.chat.id], teams_tenant.chat.messages) == (1, [])


async def test_typing_indicator_ends_with_the_next_message(teams_tenant: TeamsTenant) -> None:
    """It appears when the bot sends ``typing``."""
    await teams_tenant.send(teams_tenant.chat, {"type": "typing"})
    assert teams_tenant.teams.is_typing(teams_tenant.chat)
    await teams_tenant.send(teams_tenant.chat, {"type": "message", "text": "Done."})
    assert not teams_tenant.teams.is_typing(teams_tenant.chat)


async def test_planned_fault_affects_its_operation(teams_tenant: TeamsTenant) -> None:
    """A message whose response is lost was posted."""
    teams_tenant.teams.retry_after_seconds = 3
    teams_tenant.teams.faults.plan("activities.send", Fault.RATE_LIMIT)
    teams_tenant.teams.faults.plan("activities.send", Fault.SERVER_ERROR)
    teams_tenant.teams.faults.plan("token", Fault.SERVER_ERROR)
    *_, headers = await teams_tenant.call("POST", f"/{teams_tenant.chat.id}/activities", HELLO)
    assert headers["Retry-After"] == "3"
    assert (await teams_tenant.send(teams_tenant.chat, HELLO))[0] == 502
    assert (await teams_tenant.ask_for_token())[0] == 502
    teams_tenant.teams.faults.plan("activities.send", Fault.DROP_AFTER_COMMIT)
    with pytest.raises(aiohttp.ClientError):
        await teams_tenant.send(teams_tenant.chat, HELLO)
    assert [one.text for one in teams_tenant.chat.messages] == ["Hello"]


async def test_anonymous_mode_needs_no_tokens() -> None:
    """As in local development tools."""
    async with TeamsTenant.open(anonymous=True) as teams_tenant:
        teams_tenant.bot.asks_for_tokens = False
        teams_tenant.token = ""
        assert (
            await teams_tenant.teams.post_message(teams_tenant.tom, teams_tenant.chat, "help")
        ).status == 202
        assert (await teams_tenant.send(teams_tenant.chat, HELLO))[0] == 201


async def test_wait_returns_on_change(teams_tenant: TeamsTenant) -> None:
    """The predicate's value is returned."""
    await teams_tenant.post(teams_tenant.chat, words("Hello"), actions=[execute("End")])
    found = await teams_tenant.teams.wait_for(lambda: teams_tenant.teams.messages(teams_tenant.chat))
    assert teams_tenant.teams.button_titles(teams_tenant.tom, found[0]) == ["End"]
