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


async def test_reply_is_mailed_to_the_requester_in_the_thread_of_the_request(desk: Script) -> None:
    desk.on(ADD_REPLY, tells("notification", id="9"), tells("notification", id="10"))
    await desk.client.reply(REPLY)
    await desk.client.reply(Reply(ID, NUMBER, "ann@example.test", "Your session", "<p>x</p>", "x"))
    first, second = desk.asked[ADD_REPLY]
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


async def test_reply_is_found_by_its_marker_in_the_latest_twenty_conversations(desk: Script) -> None:
    conversations = [
        {"id": "1", "type": "NOTES"},
        *({"id": str(number), "type": "REQREPLY"} for number in range(2, 30)),
    ]
    desk.on(CONVERSATIONS, lists("conversations", *conversations))
    desk.on(f"GET /requests/{ID}/notifications/2", tells("notification", description="<p>else</p>"))
    desk.on(f"GET /requests/{ID}/notifications/3", tells("notification", description="<p>m4rk</p>"))
    assert await desk.client.has_reply(ID, "m4rk")
    desk.on(CONVERSATIONS, lists("conversations", *conversations))
    desk.on(f"GET /requests/{ID}/notifications/2", refuses(404, 4007))
    for number in range(3, 22):
        desk.on(f"GET /requests/{ID}/notifications/{number}", tells("notification", description=""))
    assert not await desk.client.has_reply(ID, "m4rk")


async def test_note_is_private_and_is_found_by_its_marker(desk: Script) -> None:
    desk.on(ADD_NOTE, tells("request_note", id="5"))
    await desk.client.add_note(ID, "<div>m4rk</div>")
    (asked,) = desk.asked[ADD_NOTE]
    note = asked.input_data["request_note"]
    assert (note["description"], note["show_to_requester"]) == ("<div>m4rk</div>", False)
    desk.on(NOTES, lists("notes", {"id": "4", "description": "else"}, {"id": "5"}))
    desk.on(f"{NOTES}/5", tells("note", description="<div>m4rk</div>"))
    assert await desk.client.has_note(ID, "m4rk")
    desk.on(NOTES, lists("notes", {"id": "4", "description": "else"}))
    assert not await desk.client.has_note(ID, "m4rk")
