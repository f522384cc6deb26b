"""The main job, from the first word to the end, over real HTTP: what a newcomer does in the demo."""

import asyncio

import aiohttp
from support.desk import Desk, card_of, text_of, until
from support.reading import labels, urls_in


async def test_a_technician_runs_a_session_from_slack(desk: Desk) -> None:
    """``auth``, ``create``, the requester joins, the card follows, and the technician ends it."""
    number = desk.new_request("VPN fails")
    town, slack = desk.town, desk.town.slack
    await desk.authorize()

    outcome = await desk.type(f"create {number}")
    assert outcome.status == 200
    assert f"Creating a remote session for request #{number}" in outcome.body

    card = await until(lambda: card_of(desk, number, "Waiting for Ann Lee"))
    assert "VPN fails" in text_of(card)
    assert labels(card.blocks) == ["Enter", "Reinvite", "Copy link", "End"]
    assert urls_in(card.blocks) == [], "the shared card carries no link"

    (session,) = desk.sessions(number)
    (invitation,) = await until(lambda: town.mailbox.messages_to(f"ann{number}@example.test"))
    assert f"##{number}##" in invitation.subject
    assert session.end_customer_link in invitation.text + invitation.html
    assert session.supporter_link not in invitation.text + invitation.html
    (own,) = await until(lambda: town.mailbox.messages_to(desk.technician.email))
    assert session.supporter_link in own.text
    await until(
        lambda: session.supporter_link in urls_in(slack.ephemerals(desk.technician.user, desk.channel))
    )
    (note,) = await until(lambda: town.servicedesk.notes(number))
    assert "Ann Lee" in note.html
    assert "AbC" not in note.html
    assert session.supporter_link not in note.html

    town.teamviewer.join_session(session.code)
    await until(lambda: card_of(desk, number, "Connected with Ann Lee"))
    town.teamviewer.leave_session(session.code)
    await until(lambda: card_of(desk, number, "Waiting for Ann Lee"))

    await desk.press(card_of(desk, number), "End")
    card = await until(lambda: card_of(desk, number, "Ended by Tom Ray"))
    assert town.teamviewer.sessions[session.code].state == "closed"
    assert labels(card.blocks) == ["New session", "History"]
    assert len(town.mailbox.messages_to(f"ann{number}@example.test")) == 1
    assert len(town.servicedesk.notes(number)) == 1


async def test_a_pilot_session_reaches_the_requesters_phone(desk: Desk) -> None:
    """A pilot session has a link of its own kind, and an SMS besides the mail."""
    number = desk.new_request("Printer jams", mobile="+33 6 12 34 99 01")
    await desk.authorize()
    await desk.type(f"create {number} --pilot")
    card = await until(lambda: card_of(desk, number, "SMS to Ann Lee: sent"))
    assert "Pilot session" in text_of(card)
    (session,) = desk.sessions(number)
    assert session.kind == "Pilot"
    (sms,) = [one for one in desk.town.sms.messages if one.to == "+33612349901"]
    assert "/join/" in sms.text


async def test_the_requesters_page_says_who_helps_and_leads_to_teamviewer(desk: Desk) -> None:
    """The page behind the link in the mail, while the session is open, after its end, and for a wrong token."""
    number = desk.new_request("VPN fails")
    await desk.authorize()
    await desk.type(f"create {number}")
    (letter,) = await until(lambda: desk.town.mailbox.messages_to(f"ann{number}@example.test"))
    (session,) = desk.sessions(number)
    page_url = next(word for word in letter.text.split() if "/join/" in word)
    async with aiohttp.ClientSession() as browser:
        async with browser.get(page_url) as answer:
            page = await answer.text()
            assert answer.status == 200
            assert answer.headers["X-Robots-Tag"].startswith("noindex")
            assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert desk.technician.name in page
        assert session.end_customer_link in page
        assert session.supporter_link not in page
        await desk.type(f"end {number}")
        await until(lambda: card_of(desk, number, "Ended by"))
        async with browser.get(page_url) as answer:
            assert answer.status == 410
            assert "has ended" in await answer.text()
        async with browser.get(page_url[:-3] + "abc") as answer:
            assert answer.status == 404


async def test_link_reinvite_list_history_show_and_status(desk: Desk) -> None:
    """The words around a session answer privately, with what they promise."""
    number = desk.new_request("VPN fails")
    await desk.authorize()
    await desk.type(f"create {number}")
    await until(lambda: card_of(desk, number, "Waiting for Ann Lee"))
    (session,) = desk.sessions(number)
    bare = session.code

    assert session.end_customer_link in (await desk.type(f"link {number}")).body
    assert session.supporter_link in (await desk.type(f"enter {bare}")).body
    assert f"#{number}" in (await desk.type("list")).body
    assert "VPN fails" in (await desk.type(f"history {number}")).body
    assert "switched on" in (await desk.type("status")).body
    assert "create [N]" in (await desk.type("help")).body
    await desk.type(f"reinvite {number}")
    await until(lambda: len(desk.town.mailbox.messages_to(f"ann{number}@example.test")) == 2)
    await until(lambda: "has the link again" in desk.seen())
    await desk.type(f"show {number}")
    await until(lambda: "Status: Open" in desk.seen())
    await asyncio.gather(*(desk.type(f"end {number}") for _number in range(3)))
    await until(lambda: card_of(desk, number, "Ended by"))


async def test_a_second_create_shows_the_first_and_offers_another(desk: Desk) -> None:
    """One open session for a request, technician and kind, unless another is asked for."""
    number = desk.new_request()
    await desk.authorize()
    await desk.type(f"create {number}")
    await until(lambda: card_of(desk, number, "Waiting"))
    second = await desk.type(f"create {number}")
    assert "You have a session open" in second.body
    assert len(desk.sessions(number)) == 1
    await desk.press(second.ephemerals[-1], "Another session")
    await until(lambda: len(desk.sessions(number)) == 2)
    await until(lambda: "is ready" in desk.seen())
    assert "Which one?" in (await desk.type(f"end {number}")).body


async def test_logout_revokes_at_teamviewer(desk: Desk) -> None:
    """After ``logout`` TeamViewer no longer knows the token, and ``create`` asks to authorize again."""
    await desk.authorize()
    await desk.type("logout")
    await until(lambda: desk.town.teamviewer.count_calls("oauth.revoke") >= 1)
    answer = await desk.type(f"create {desk.new_request()}")
    assert "connect your TeamViewer account" in answer.body
    assert any("/oauth/teamviewer/start" in url for url in urls_in([answer.ephemerals[-1]]))
