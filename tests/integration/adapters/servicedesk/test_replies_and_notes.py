"""The ServiceDesk Plus client writes and finds replies and notes."""

import pytest
from support.servicedesk_script import (
    ADD_NOTE,
    ADD_REPLY,
    ID,
    NOTES,
    NUMBER,
    PAGE,
    REPLY,
    Handler,
    Script,
    hangs_up,
    lists,
    refuses,
    says,
    tells,
)

from bot.errors import NotSupported, OutcomeUnknown, Rejected
from bot.ports import Reply

ONE = f"GET /requests/{ID}"
CONVERSATIONS = f"GET /requests/{ID}/conversations"


async def test_reply_is_mailed_to_the_requester_in_the_thread_of_the_request(slack_user: Script) -> None:
    slack_user.on(ADD_REPLY, tells("notification", id="9"), tells("notification", id="10"))
    await slack_user.client.reply(REPLY)
    await slack_user.client.reply(Reply(ID, NUMBER, "ann@example.test", "Your session", "<p>x</p>", "x"))
    first, second = slack_user.asked[ADD_REPLY]
    assert first.kind == "application/x-www-form-urlencoded"
    assert first.input_data["notification"] == {
        "type": "REQREPLY",
        "in_reply_to": {"id": ID},
        "to": ["ann@example.test"],
        "cc": [],
        "bcc": [],
        "subject": REPLY.subject,
        "description": REPLY.html,
        "is_public": True,
    }
    assert second.input_data["notification"]["subject"] == "Re: [Request ID :##10452##] : Your session"


async def test_reply_is_found_by_its_marker_in_the_latest_twenty_conversations(slack_user: Script) -> None:
    conversations = [
        {"id": "1", "type": "NOTES"},
        *({"id": str(number), "type": "REQREPLY"} for number in range(2, 30)),
    ]
    slack_user.on(CONVERSATIONS, lists("conversations", *conversations))
    slack_user.on(f"GET /requests/{ID}/notifications/2", tells("notification", description="<p>else</p>"))
    slack_user.on(f"GET /requests/{ID}/notifications/3", tells("notification", description="<p>m4rk</p>"))
    assert await slack_user.client.has_reply(ID, "m4rk")
    slack_user.on(CONVERSATIONS, lists("conversations", *conversations))
    slack_user.on(f"GET /requests/{ID}/notifications/2", refuses(404, 4007))
    for number in range(3, 22):
        slack_user.on(f"GET /requests/{ID}/notifications/{number}", tells("notification", description=""))
    assert not await slack_user.client.has_reply(ID, "m4rk")


async def test_note_is_private_and_is_found_by_its_marker(slack_user: Script) -> None:
    slack_user.on(ADD_NOTE, tells("request_note", id="5"))
    await slack_user.client.add_note(ID, "<div>m4rk</div>")
    (asked,) = slack_user.asked[ADD_NOTE]
    note = asked.input_data["request_note"]
    assert (note["description"], note["show_to_requester"]) == ("<div>m4rk</div>", False)
    slack_user.on(NOTES, lists("notes", {"id": "4", "description": "else"}, {"id": "5"}))
    slack_user.on(f"{NOTES}/5", tells("note", description="<div>m4rk</div>"))
    assert await slack_user.client.find_note(ID, "m4rk") == "5"
    slack_user.on(NOTES, lists("notes", {"id": "4", "description": "else"}))
    assert await slack_user.client.find_note(ID, "m4rk") is None


async def test_public_note_can_be_seen_by_the_requester(slack_user: Script) -> None:
    slack_user.on(ADD_NOTE, tells("request_note", id="5"))
    await slack_user.client.add_note(ID, "<div>link</div>", is_public=True)
    (asked,) = slack_user.asked[ADD_NOTE]
    assert asked.input_data["request_note"]["show_to_requester"] is True


EXTRA_KEY = "EXTRA_KEY_FOUND_IN_JSON"


@pytest.mark.parametrize("key", ["in_reply_to", "cc", "bcc", "subject", "is_public"])
async def test_reply_is_sent_without_the_optional_field_that_is_refused(slack_user: Script, key: str) -> None:
    """The refusal proves that nothing was sent. Later replies leave the field out at once."""
    slack_user.on(
        ADD_REPLY, refuses(400, 4001, field=key, message=EXTRA_KEY), *[tells("notification", id="9")] * 2
    )
    await slack_user.client.reply(REPLY)
    await slack_user.client.reply(REPLY)
    sent = [asked.input_data["notification"] for asked in slack_user.asked[ADD_REPLY]]
    assert [key in one for one in sent] == [True, False, False]
    assert all(one["to"] == [REPLY.to] and one["description"] == REPLY.html for one in sent)


@pytest.mark.parametrize(
    "refusal",
    [
        [refuses(403, 4002)],
        [refuses(404, 4007, message="Invalid URL")],
        [refuses(400, 4001, field="type", message="Invalid Input")],
        [refuses(400, 4001, field="description", message=EXTRA_KEY)],
        [refuses(400, 4012, fields=["cc"])],
        [says(400, PAGE)],
        [refuses(401, 4002)] * 2,
    ],
    ids=["forbidden", "no such path", "no such type", "no text", "mandatory", "page", "no scope"],
)
async def test_refusal_of_every_reply_is_told_from_one_about_this_request(
    slack_user: Script, refusal: list[Handler]
) -> None:
    """The request itself can be read, so the next reply would be refused too."""
    slack_user.on(ADD_REPLY, *refusal)
    slack_user.on(ONE, tells("request", id=ID))
    with pytest.raises(NotSupported):
        await slack_user.client.reply(REPLY)


@pytest.mark.parametrize(
    "request_itself",
    [
        refuses(404, 4007),
        refuses(403, 4002),
        refuses(500, 4004),
        tells("request", id=ID, is_trashed=True),
        tells("request"),
    ],
    ids=["gone", "restricted", "unreadable", "in the trash", "another"],
)
async def test_refusal_about_a_request_that_cannot_be_read_is_no_refusal_of_every_reply(
    slack_user: Script, request_itself: Handler
) -> None:
    slack_user.on(ADD_REPLY, refuses(404, 4007))
    slack_user.on(ONE, request_itself)
    with pytest.raises(Rejected) as caught:
        await slack_user.client.reply(REPLY)
    assert type(caught.value) is Rejected


async def test_refused_address_is_no_refusal_of_every_reply(slack_user: Script) -> None:
    slack_user.on(ADD_REPLY, refuses(400, 4001, field="to", message="Invalid Input"))
    with pytest.raises(Rejected) as caught:
        await slack_user.client.reply(REPLY)
    assert type(caught.value) is Rejected


async def test_missing_scope_of_replies_is_named(slack_user: Script) -> None:
    slack_user.on(ADD_REPLY, *[refuses(401, 4002)] * 2)
    slack_user.on(ONE, tells("request", id=ID))
    with pytest.raises(NotSupported, match=r"SDPOnDemand\.requests\.CREATE"):
        await slack_user.client.reply(REPLY)


async def test_reply_without_a_refused_field_whose_answer_is_lost_has_an_unknown_outcome(
    slack_user: Script,
) -> None:
    slack_user.on(ADD_REPLY, refuses(400, 4001, field="bcc", message=EXTRA_KEY), hangs_up)
    with pytest.raises(OutcomeUnknown):
        await slack_user.client.reply(REPLY)
