"""Commands that people write to the bot in Slack: in its own chat, and with a mention in a thread."""

import json

from support.slack_user import SlackUser, text_of, until


async def test_command_in_the_bots_own_chat_is_answered_there_once(slack_user: SlackUser) -> None:
    slack, user = slack_user.environment.slack, slack_user.technician.user
    own_chat = slack.channels[slack.open_dm(user)]
    for words, answer in [("bonjour", "I start TeamViewer sessions"), ("/tv list", "no open session")]:
        await slack.write_message(user, own_chat.id, words)
        await until(lambda answer=answer: any(answer in text_of(one) for one in own_chat.messages))
    for retry in range(2):
        await slack.send_event("message.im", user=user, text="creat 1", event_id=f"Ev{user}", retry=retry)
    await until(lambda: any("Did you mean" in text_of(one) for one in own_chat.messages))
    await slack.write_message(user, own_chat.id, "status")
    await until(lambda: any(slack_user.technician.email in text_of(one) for one in own_chat.messages))
    assert sum("Did you mean" in text_of(one) for one in own_chat.messages) == 1


async def test_session_that_is_created_in_a_thread_stays_in_the_thread(slack_user: SlackUser) -> None:
    slack, user = slack_user.environment.slack, slack_user.technician.user
    await slack_user.authorize()
    channel = slack.channels[slack_user.channel]
    root = slack.post_message(user, channel.id, "The printer is down")
    number = slack_user.new_request()
    await slack.write_message(user, channel.id, f"@tvbot create {number}", thread_ts=root.ts)

    def card() -> object:
        return next((one for one in channel.messages if one.blocks and f"#{number}" in text_of(one)), None)

    found = await until(card)
    assert found.thread_ts == root.ts
    await until(lambda: "Waiting for" in text_of(found))
    ready = await until(
        lambda: next((one for one in slack.ephemerals(user) if "is ready" in text_of(one)), None)
    )
    assert ready.thread_ts == root.ts
    assert "supporter" not in json.dumps(found.blocks)


async def test_person_who_is_no_technician_is_refused_in_the_bots_own_chat(slack_user: SlackUser) -> None:
    slack, guest = slack_user.environment.slack, slack_user.new_colleague(is_restricted=True)
    own_chat = slack.channels[slack.open_dm(guest.user)]
    await slack.write_message(guest.user, own_chat.id, "create 1")
    await until(lambda: any("Guests cannot run sessions" in text_of(one) for one in own_chat.messages))
