"""The simulated Bot Framework: as strict as the real one about tokens, conversations, sizes and limits."""

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from support.teams_office import Office, a_card, address, execute, message, words

from sandbox.faults import Fault

HELLO = {"type": "message", "text": "Hello"}


@pytest.fixture
async def office() -> AsyncIterator[Office]:
    async with Office.open() as office:
        yield office


async def test_an_activity_is_signed_so_that_the_published_keys_prove_it(office: Office) -> None:
    """The stand-in for the bot checks signature, issuer, audience, times, address and endorsement."""
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
async def test_what_is_forged_can_be_told_from_what_is_not(office: Office, case: str) -> None:
    activity = office.teams.build_activity(office.tom, office.chat, text="help")
    assert (
        await office.teams.post_activity(activity, office.teams.sign(activity, **FORGED[case]))
    ).status == 401
    assert (await office.teams.post_activity(activity, None)).status == 401
    assert (await office.teams.post_activity(activity, office.teams.sign(activity))).status == 202


async def test_a_new_key_signs_at_once_and_both_are_published(office: Office) -> None:
    first = office.teams.token_issuer.keys[0].id
    second = office.teams.rotate_keys()
    published = await office.get(f"{office.teams.state.origin}/v1/.well-known/keys")
    assert [one["kid"] for one in published["keys"]] == [first, second]
    assert all(one["endorsements"] == ["msteams"] and one["x5t"] == one["kid"] for one in published["keys"])
    assert (await office.teams.post_message(office.tom, office.chat, "help")).status == 202
    assert (office.teams.count_calls("openid"), office.teams.count_calls("keys")) == (1, 2)


async def test_a_token_serves_many_activities(office: Office) -> None:
    first = office.teams.token_issuer.current_token()
    assert office.teams.token_issuer.current_token() == first
    office.clock.tick(minutes=31)
    assert office.teams.token_issuer.current_token() != first


ASKED_WRONGLY: dict[str, tuple[dict[str, str], int, str, int]] = {
    "a wrong secret": ({"client_secret": "wrong"}, 401, "invalid_client", 7000215),
    "no secret": ({"client_secret": ""}, 401, "invalid_client", 7000216),
    "an unknown app": ({"client_id": "nobody"}, 400, "unauthorized_client", 700016),
    "another scope": ({"scope": "https://graph.microsoft.com/.default"}, 400, "invalid_scope", 70011),
    "another grant": ({"grant_type": "password"}, 400, "unsupported_grant_type", 70003),
}


@pytest.mark.parametrize("case", ASKED_WRONGLY)
async def test_the_directory_refuses_in_its_own_form(office: Office, case: str) -> None:
    fields, status, error, number = ASKED_WRONGLY[case]
    answered, told = await office.ask_for_token(**fields)
    assert (answered, told["error"], told["error_codes"]) == (status, error, [number])
    assert told["error_description"].startswith(f"AADSTS{number}:")
    elsewhere = office.teams.token_url.replace(office.teams.tenant, "another")
    assert (await office.ask_for_token(elsewhere))[1]["error_codes"] == [90002]


async def test_a_token_is_good_for_an_hour_and_may_be_revoked(office: Office) -> None:
    status, told = await office.ask_for_token()
    assert (status, told["token_type"], told["expires_in"]) == (200, "Bearer", 3599)
    assert (await office.send(office.chat, HELLO))[0] == 201
    office.clock.tick(seconds=3600)
    status, told = await office.send(office.chat, HELLO)
    assert (status, told["error"]["code"]) == (401, "Unauthorized")
    office.token = (await office.ask_for_token())[1]["access_token"]
    assert (await office.send(office.chat, HELLO))[0] == 201
    office.teams.token_endpoint.revoke_all_tokens()
    assert (await office.send(office.chat, HELLO))[0] == 401
    assert (await office.call("GET", "/x/members/y", token=""))[0] == 401
    assert office.teams.count_calls("token") == 3


async def test_messages_are_sent_replied_updated_and_deleted(office: Office) -> None:
    status, told = await office.send(office.chat, HELLO)
    sent = office.chat.find_message(told["id"])
    assert (status, sent.sender, sent.text) == (201, "bot", "Hello")
    _, replied, _ = await office.call("POST", f"{address(sent)[:-1]}9", {**HELLO, "text": "Again"})
    assert office.chat.find_message(replied["id"]).text == "Again"
    assert await office.change(sent, a_card(words("Changed"))) == (200, {"id": sent.id})
    assert sent.cards == [a_card(words("Changed"))]
    assert sent.past_contents == [{"text": "Hello", "cards": []}]
    assert (await office.call("DELETE", address(sent)))[0] == 200
    assert sent.deleted
    status, told = await office.change(sent, a_card(words("Too late")))
    assert (status, told["error"]["code"]) == (404, "ActivityNotFoundInConversation")
    operations = ["activities.send", "activities.send", "activities.update", "activities.delete"]
    assert [name for name, _ in office.teams.calls[1:5]] == operations


async def test_only_the_bots_own_messages_can_be_changed(office: Office) -> None:
    await office.teams.post_message(office.tom, office.chat, "help")
    status, told = await office.change(office.chat.messages[-1], a_card(words("Mine")))
    assert (status, told["error"]["code"]) == (403, "ForbiddenOperationException")


async def test_the_conversations_id_names_the_thread_in_a_channel_alone(office: Office) -> None:
    await office.teams.post_message(office.tom, office.channel, "create 1")
    root = office.channel.messages[0]
    thread = office.bot.activities[-1]["conversation"]["id"]
    assert thread == f"{office.channel.id};messageid={root.id}"
    _, told = await office.send(thread, HELLO)
    assert office.channel.find_message(told["id"]).thread == root.id
    _, told = await office.send(office.channel, HELLO)
    assert office.channel.find_message(told["id"]).thread is None
    for nowhere in (f"{office.channel.id};messageid=1", f"{office.chat.id};messageid={root.id}", "19:x"):
        status, told = await office.send(nowhere, HELLO)
        assert (status, told["error"]["code"]) == (404, "ConversationNotFound")


async def test_the_bot_writes_only_where_it_is_and_may(office: Office) -> None:
    office.teams.block_bot(office.tom)
    status, told = await office.send(office.chat, HELLO)
    assert (status, told["error"]["code"]) == (403, "ForbiddenOperationException")
    assert told["error"]["subCode"] == "MessageWritesBlocked"
    await office.teams.uninstall_app(office.channel, office.tom)
    status, told = await office.send(office.channel, HELLO)
    assert (status, told["error"]["code"]) == (403, "BotNotInConversationRoster")
    await office.teams.install_app(office.chat, office.tom)
    assert (await office.send(office.chat, HELLO))[0] == 201


async def test_a_chat_begins_with_somebody_who_shares_a_place_with_the_bot(office: Office) -> None:
    asked: dict[str, Any] = {"isGroup": False, "members": [{"id": office.ann.mri}]}
    status, told, _ = await office.call("POST", "", asked)
    assert (status, told["error"]["code"]) == (400, "BadSyntax")
    asked["tenantId"] = office.teams.tenant
    status, told, _ = await office.call("POST", "", asked)
    assert (status, told["id"]) == (201, office.teams.personal_chat(office.ann).id)
    assert (await office.call("POST", "", asked))[1] == told
    asked["members"] = [{"id": office.teams.add_person("Zoe", "zoe@example.test").mri}]
    status, told, _ = await office.call("POST", "", asked)
    assert (status, told["error"]["code"]) == (403, "BotNotInConversationRoster")
    asked["members"] = [{"id": "29:nobody"}]
    assert (await office.call("POST", "", asked))[1]["error"]["code"] == "BadArgument"


async def test_a_post_in_a_channel_begins_a_thread(office: Office) -> None:
    asked = {"isGroup": True, "channelData": {"channel": {"id": office.channel.id}}, "activity": HELLO}
    status, told, _ = await office.call("POST", "", asked)
    assert (status, told["id"]) == (201, f"{office.channel.id};messageid={told['activityId']}")
    assert (await office.send(told["id"], HELLO))[0] == 201


async def test_the_roster_tells_who_somebody_is(office: Office) -> None:
    guest = office.teams.add_person("Gus Guest", "gus@partner.test", role="guest")
    stranger = office.teams.add_person("Eve", "eve@else.test", tenant="another", has_email=False)
    office.channel.members += [guest, stranger]
    members = f"/{office.channel.id}/members"
    for known_as in (office.ann.mri, office.ann.aad_id):
        status, told, _ = await office.call("GET", f"{members}/{known_as}")
        assert (status, told["id"], told["objectId"]) == (200, office.ann.mri, office.ann.aad_id)
        assert (told["email"], told["givenName"], told["surname"]) == ("ann@example.test", "Ann", "Lee")
        assert (told["tenantId"], told["userRole"]) == (office.teams.tenant, "user")
    assert (await office.call("GET", f"{members}/{guest.mri}"))[1]["userRole"] == "guest"
    told = (await office.call("GET", f"{members}/{stranger.mri}"))[1]
    assert "email" not in told
    assert told["tenantId"] == "another"
    status, told, _ = await office.call("GET", f"/{office.chat.id}/members/{office.ann.mri}")
    assert (status, told["error"]["code"]) == (404, "MemberNotFoundInConversation")
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
async def test_what_is_malformed_is_refused_and_not_posted(office: Office, case: str) -> None:
    status, told = await office.send(office.chat, MALFORMED[case])
    assert (status, told["error"]["code"]) == (400, "BadSyntax")
    assert office.chat.messages == []


async def test_a_body_that_is_no_json_is_refused(office: Office) -> None:
    url = f"{office.teams.service_url}v3/conversations/{office.chat.id}/activities"
    headers = {"Authorization": f"Bearer {office.token}", "Content-Type": "application/json"}
    for body in ("{", '{"type": "message", "text": NaN}'):
        async with office.session.post(url, data=body, headers=headers) as answer:
            assert (answer.status, (await answer.json())["error"]["code"]) == (400, "BadSyntax")
    async with office.session.post(
        url, data="x", headers={**headers, "Content-Type": "text/plain"}
    ) as answer:
        assert answer.status == 415


async def test_what_is_too_big_is_refused(office: Office) -> None:
    """A card has 28 KB of JSON, a message 100 KB in UTF-16: half as many letters."""
    assert (await office.send(office.chat, message(a_card(words("a" * 28_000)))))[0] == 201
    too_big = [
        message(a_card(words("a" * 28_672))),
        message(a_card(words("é" * 14_336))),
        {"type": "message", "text": "a" * 51_200},
    ]
    for activity in too_big:
        status, told = await office.send(office.chat, activity)
        assert (status, told["error"]["code"]) == (413, "MessageSizeTooBig")


async def test_the_eighth_message_of_a_second_waits(office: Office) -> None:
    for _ in range(7):
        assert (await office.send(office.chat, HELLO))[0] == 201
    status, told, headers = await office.call("POST", f"/{office.chat.id}/activities", HELLO)
    assert (status, told["error"]["code"], headers["Retry-After"]) == (429, "Throttled", "1")
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


async def test_typing_is_counted_and_leaves_no_message(office: Office) -> None:
    assert (await office.send(office.chat, {"type": "typing"}))[0] == 201
    assert (office.teams.typing[office.chat.id], office.chat.messages) == (1, [])


async def test_people_see_that_the_bot_is_typing_until_it_says_something(office: Office) -> None:
    await office.send(office.chat, {"type": "typing"})
    assert office.teams.is_typing(office.chat)
    await office.send(office.chat, {"type": "message", "text": "Done."})
    assert not office.teams.is_typing(office.chat)


async def test_planned_faults_strike_the_operation_that_they_name(office: Office) -> None:
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


async def test_local_tools_ask_for_no_token_and_send_none() -> None:
    async with Office.open(anonymous=True) as office:
        office.bot.asks_for_tokens = False
        office.token = ""
        assert (await office.teams.post_message(office.tom, office.chat, "help")).status == 202
        assert (await office.send(office.chat, HELLO))[0] == 201


async def test_whoever_waits_for_a_change_is_woken(office: Office) -> None:
    await office.post(office.chat, words("Hello"), actions=[execute("End")])
    found = await office.teams.wait_for(lambda: office.teams.messages(office.chat))
    assert office.teams.button_titles(office.tom, found[0]) == ["End"]
