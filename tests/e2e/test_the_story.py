"""The main job, from the first word to the end, over real HTTP: what a newcomer does in the demo."""

import asyncio

import aiohttp
from support.reading import labels, urls_in
from support.slack_user import SlackUser, card_of, text_of, until


async def test_a_technician_runs_a_session_from_slack(slack_user: SlackUser) -> None:
    """``auth``, ``create``, the requester joins, the card follows, and the technician ends it."""
    number = slack_user.new_request("VPN fails")
    environment, slack = slack_user.environment, slack_user.environment.slack
    await slack_user.authorize()

    outcome = await slack_user.type(f"create {number}")
    assert outcome.status == 200
    assert f"Creating a remote session for request #{number}" in outcome.body

    card = await until(lambda: card_of(slack_user, number, "Waiting for Ann Lee"))
    assert "VPN fails" in text_of(card)
    assert labels(card.blocks) == ["Enter", "Resend link", "Get link", "Invite", "Transfer", "End"]
    assert urls_in(card.blocks) == [], "the shared card carries no link"

    (session,) = slack_user.sessions(number)
    (invitation,) = await until(lambda: environment.mailbox.messages_to(f"ann{number}@example.test"))
    assert f"##{number}##" in invitation.subject
    assert session.end_customer_link in invitation.text + invitation.html
    assert session.supporter_link not in invitation.text + invitation.html
    (own,) = await until(lambda: environment.mailbox.messages_to(slack_user.technician.email))
    assert session.supporter_link in own.text
    await until(
        lambda: (
            session.supporter_link
            in urls_in(slack.ephemerals(slack_user.technician.user, slack_user.channel))
        )
    )
    (note,) = await until(lambda: environment.servicedesk.notes(number))
    assert "Ann Lee" in note.html
    assert "AbC" not in note.html
    assert session.supporter_link not in note.html

    environment.teamviewer.options.running_reported = True
    environment.teamviewer.join_session(session.code)
    await until(lambda: card_of(slack_user, number, "Ann Lee is there"))
    environment.teamviewer.connect_session(session.code)
    await until(lambda: card_of(slack_user, number, "Connected with Ann Lee"))
    environment.teamviewer.leave_session(session.code)
    await until(lambda: card_of(slack_user, number, "Waiting again: Ann Lee left at"))

    await slack_user.press(card_of(slack_user, number), "End")
    card = await until(lambda: card_of(slack_user, number, "Ended by Tom Ray"))
    assert environment.teamviewer.sessions[session.code].state == "closed"
    assert labels(card.blocks) == ["New session", "History"]
    assert len(environment.mailbox.messages_to(f"ann{number}@example.test")) == 1
    await until(lambda: len(environment.servicedesk.notes(number)) == 2)
    assert "Ended" in environment.servicedesk.notes(number)[1].html


async def test_a_pilot_session_reaches_the_requesters_phone(slack_user: SlackUser) -> None:
    """A pilot session has a link of its own kind, and an SMS besides the mail."""
    number = slack_user.new_request("Printer jams", mobile="+33 6 12 34 99 01")
    await slack_user.authorize()
    await slack_user.type(f"create {number} --pilot")
    card = await until(lambda: card_of(slack_user, number, "SMS to Ann Lee: accepted by the SMS gateway"))
    assert "Pilot session" in text_of(card)
    (session,) = slack_user.sessions(number)
    assert session.kind == "Pilot"
    (sms,) = [one for one in slack_user.environment.sms.messages if one.to == "+33612349901"]
    assert "/join/" in sms.text


async def test_the_requesters_page_says_who_helps_and_leads_to_teamviewer(slack_user: SlackUser) -> None:
    """The page behind the link in the mail, while the session is open, after its end, and for a wrong token."""
    number = slack_user.new_request("VPN fails")
    await slack_user.authorize()
    await slack_user.type(f"create {number}")
    (letter,) = await until(lambda: slack_user.environment.mailbox.messages_to(f"ann{number}@example.test"))
    (session,) = slack_user.sessions(number)
    page_url = next(word for word in letter.text.split() if "/join/" in word)
    async with aiohttp.ClientSession() as browser:
        async with browser.get(page_url) as answer:
            page = await answer.text()
            assert answer.status == 200
            assert answer.headers["X-Robots-Tag"].startswith("noindex")
            assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert slack_user.technician.name in page
        assert session.end_customer_link in page
        assert session.supporter_link not in page
        await slack_user.type(f"end {number}")
        await until(lambda: card_of(slack_user, number, "Ended by"))
        async with browser.get(page_url) as answer:
            assert answer.status == 410
            assert "has ended" in await answer.text()
        async with browser.get(page_url[:-3] + "abc") as answer:
            assert answer.status == 404


async def test_link_reinvite_list_history_show_and_status(slack_user: SlackUser) -> None:
    """The words around a session answer privately, with what they promise."""
    number = slack_user.new_request("VPN fails")
    await slack_user.authorize()
    await slack_user.type(f"create {number}")
    await until(lambda: card_of(slack_user, number, "Waiting for Ann Lee"))
    (session,) = slack_user.sessions(number)
    bare = session.code

    assert session.end_customer_link in text_of(
        await slack_user.answer_to(f"link {number}", "The requester’s link")
    )
    assert session.supporter_link in str(
        urls_in((await slack_user.answer_to(f"enter {bare}", "this button is only for you")).blocks)
    )
    assert f"#{number}" in (await slack_user.type("list")).body
    assert "VPN fails" in (await slack_user.type(f"history {number}")).body
    assert "switched on" in (await slack_user.type("status")).body
    assert "create 123" in (await slack_user.type("help")).body
    await slack_user.type(f"reinvite {number}")
    await until(lambda: len(slack_user.environment.mailbox.messages_to(f"ann{number}@example.test")) == 2)
    await until(lambda: "The link was sent to" in slack_user.seen())
    await slack_user.type(f"show {number}")
    await until(lambda: "Status: Open" in slack_user.seen())
    await asyncio.gather(*(slack_user.type(f"end {number}") for _number in range(3)))
    await until(lambda: card_of(slack_user, number, "Ended by"))


async def test_a_second_create_shows_the_first_and_offers_another(slack_user: SlackUser) -> None:
    """One open session for a request, technician and kind, unless another is asked for."""
    number = slack_user.new_request()
    await slack_user.authorize()
    await slack_user.type(f"create {number}")
    await until(lambda: card_of(slack_user, number, "Waiting"))
    second = await slack_user.type(f"create {number}")
    assert "You have a session open" in second.body
    assert len(slack_user.sessions(number)) == 1
    await slack_user.press(second.ephemerals[-1], "Another session")
    await until(lambda: len(slack_user.sessions(number)) == 2)
    await until(lambda: "is ready" in slack_user.seen())
    assert "Which one?" in (await slack_user.type(f"end {number}")).body


async def test_logout_revokes_at_teamviewer(slack_user: SlackUser) -> None:
    """After ``logout`` TeamViewer no longer knows the token, and ``create`` asks to authorize again."""
    await slack_user.authorize()
    await slack_user.type("logout --sure")
    await until(lambda: slack_user.environment.teamviewer.count_calls("oauth.revoke") >= 1)
    answer = await slack_user.type(f"create {slack_user.new_request()}")
    assert "connect your TeamViewer account" in answer.body
    assert any("/oauth/teamviewer/start" in url for url in urls_in([answer.ephemerals[-1]]))
