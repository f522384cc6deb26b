"""The ServiceDesk Plus client writes and finds replies and notes."""

from support.servicedesk_script import (
    ADD_NOTE,
    ADD_REPLY,
    ID,
    NOTES,
    NUMBER,
    REPLY,
    Script,
    lists,
    refuses,
    tells,
)

from bot.ports import Reply

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
    assert await slack_user.client.has_note(ID, "m4rk")
    slack_user.on(NOTES, lists("notes", {"id": "4", "description": "else"}))
    assert not await slack_user.client.has_note(ID, "m4rk")
