"""One scenario for each feature of the integration (M1 to M21), over signed HTTP, as Slack's users meet it."""

import json

import pytest
from support.bot import RunningBot
from support.desk import Desk, card_of, text_of, until
from support.reading import buttons, labels, urls_in, walk

from adapters.servicedesk.data_centers import DATA_CENTERS
from bot.model.ids import Email


@pytest.fixture
async def admin(desk: Desk, bot: RunningBot) -> Desk:
    """A desk whose technician is an SDAdmin, connected."""
    async with bot.unit_of_work.write() as tx:
        await tx.people.grant_admin(Email(desk.technician.email))
    await desk.authorize()
    yield desk
    await desk.type("admin enable")
    await desk.type("admin widget on")
    for place in ("message", "home", "unfurl"):
        await desk.type(f"admin widget on {place}")


def said(outcome) -> str:
    """What the bot answered, as text."""
    return json.dumps(outcome.json, ensure_ascii=False).replace("\u2060", "")


async def create(desk: Desk, words: str = "create") -> tuple[str, object]:
    """Create a session for a new request, and wait until it is open; returns the number and TeamViewer's session."""
    number = desk.new_request()
    await desk.type(f"{words} {number}")
    await until(lambda: card_of(desk, number, "Waiting for") and desk.town.servicedesk.notes(number))
    return number, desk.sessions(number)[0]


def test_m1_every_data_centre_is_known() -> None:
    """ServiceDesk Plus Cloud in the US, Europe, India, China, Japan, Australia and Canada."""
    assert set(DATA_CENTERS) == {"us", "eu", "in", "cn", "jp", "au", "ca"}
    assert all(center.api_url.startswith("https://") for center in DATA_CENTERS.values())


async def test_m2_m20_one_toggle_for_the_whole_integration(admin: Desk) -> None:
    """Off: nothing reaches the outside, and old cards say so. On again: everything works, with no further step."""
    number, session = await create(admin)
    slack, user = admin.town.slack, admin.technician.user
    await slack.send_event("app_home_opened", user=user, tab="home")
    await until(
        lambda: slack.home_tab(user) and session.supporter_link in json.dumps(slack.home_tab(user).content)
    )
    assert "switched off" in said(await admin.type("admin disable"))
    await until(lambda: session.supporter_link not in json.dumps(slack.home_tab(user).content))
    card = await until(lambda: card_of(admin, number) if not urls_in(card_of(admin, number).blocks) else None)
    assert "switched off" in said(await admin.type("auth"))  # what was on its way to the outside has arrived
    before = len(admin.town.teamviewer.calls), len(admin.town.servicedesk.calls)
    for words in (f"create {number}", f"show {number}", f"enter {number}", f"end {number}", "auth"):
        assert "switched off" in said(await admin.type(words)), words
    assert "switched off" in said(await admin.type(f"history {number}"))
    await admin.press(card, "Enter")
    await admin.press(card_of(admin, number), "Reinvite")
    await until(lambda: admin.seen().count("is switched off. Ask your SDAdmin") >= 9)
    assert "switched off" in said(await admin.type("status"))
    assert (len(admin.town.teamviewer.calls), len(admin.town.servicedesk.calls)) == before
    assert "Every technician can use it" in said(await admin.type("admin enable"))
    await create(admin)


async def test_m3_m13_the_widget_shows_a_request_with_its_sessions(admin: Desk) -> None:
    """Technician, kind, state, the requester's link, until when it is valid: for each open session."""
    number, session = await create(admin)
    await admin.type(f"show {number}")
    await until(lambda: "Status: Open" in admin.seen())
    panel = admin.town.slack.ephemerals(admin.technician.user, admin.channel)[-1]
    text = text_of(panel)
    for part in (
        "VPN fails",
        "Ann Lee",
        "Remote session",
        "Tom Ray",
        "Waiting for",
        session.end_customer_link,
        "Valid until",
    ):
        assert part in text, part
    assert {"Enter", "Reinvite", "Copy link", "End", "History", "Remote session", "Pilot session"} <= set(
        labels(panel.blocks)
    )


async def test_m4_m5_every_technician_connects_their_own_account(admin: Desk) -> None:
    """Also the SDAdmin, like anyone; ``status`` tells which account, since when."""
    colleague = admin.new_technician()
    await admin.authorize(colleague)
    assert colleague.email in said(await admin.type("status", by=colleague))
    assert admin.technician.email in said(await admin.type("status"))


async def test_m4_a_foreign_account_is_connected_only_at_its_owners_word(desk: Desk) -> None:
    """Where TeamViewer's address differs from the profile's, a page names both and asks."""
    import aiohttp

    desk.town.teamviewer.add_account("somebody.else@example.test", "Somebody Else")
    await desk.type("auth")
    url = await until(
        lambda: next(
            (one for one in urls_in(desk.town.slack.ephemerals(desk.technician.user)) if "/start" in one), ""
        )
    )
    async with aiohttp.ClientSession() as browser:
        async with browser.get(url, allow_redirects=False) as answer:
            back = await desk.town.teamviewer.approve_sign_in(
                answer.headers["Location"], "somebody.else@example.test"
            )
        async with browser.get(back) as answer:
            page = await answer.text()
        assert desk.technician.email in page
        assert "somebody.else@example.test" in page
        assert "connected as" not in said(await desk.type("status"))
        confirmation = page.split('name="confirmation" value="')[1].split('"')[0]
        confirm_url = back.split("/oauth/")[0] + "/oauth/teamviewer/confirm"
        async with browser.post(confirm_url, data={"confirmation": confirmation}) as answer:
            assert "Connected" in await answer.text()
        async with browser.post(confirm_url, data={"confirmation": confirmation}) as answer:
            assert answer.status == 410
    await until(lambda: "You are connected to TeamViewer as Somebody Else" in desk.seen())


async def test_m6_an_sdadmin_reuses_a_connection_or_makes_a_new_one(admin: Desk) -> None:
    """The connections used before are offered, each with Reuse, and New account."""
    admin.town.teamviewer.add_account("second@example.test", "Second Account")
    await admin.authorize(account="second@example.test")
    outcome = await admin.type("admin connections")
    assert labels([outcome.ephemerals[-1]]).count("Reuse") == 1
    assert "New account" in labels([outcome.ephemerals[-1]])
    await admin.press(outcome.ephemerals[-1], "Reuse")
    await until(lambda: "Your sessions are created as Tom Ray now" in admin.seen())
    await create(admin)


async def test_m7_m9_m11_m12_a_remote_session_with_its_mails_and_its_record(admin: Desk) -> None:
    """Each gets their own link; the request keeps it; Enter leads to TeamViewer's page."""
    number, session = await create(admin)
    assert session.kind == "Default"
    town = admin.town
    assert session.end_customer_link in town.mailbox.messages_to(f"ann{number}@example.test")[-1].html
    own = await until(
        lambda: [
            one
            for one in town.mailbox.messages_to(admin.technician.email)
            if session.supporter_link in one.text
        ]
    )
    assert session.end_customer_link not in own[0].text.replace(session.supporter_link, "")
    assert [entry.type for entry in town.servicedesk.conversation(number)].count("REQREPLY") == 1
    assert "E-mail to Tom Ray: sent" in town.servicedesk.notes(number)[0].html
    assert session.supporter_link in urls_in([(await admin.type(f"enter {number}")).ephemerals[-1]])


async def test_m8_m10_a_pilot_session_with_its_sms(admin: Desk) -> None:
    """Over the camera of a phone: a link of its own kind, and an SMS."""
    number, session = await create(admin, "pilot")
    assert session.kind == "Pilot"
    assert "SMS to Ann Lee: sent" in admin.town.servicedesk.notes(number)[0].html


async def test_m14_the_live_connection_is_its_creators_alone(admin: Desk) -> None:
    """Since when and from which device: in the creator's own view, and nowhere else."""
    colleague = admin.new_technician()
    await admin.authorize(colleague)
    number, session = await create(admin)
    admin.town.teamviewer.options.running_reported = True
    admin.town.teamviewer.join_session(session.code, "LAPTOP-OF-ANN-14")
    await until(lambda: card_of(admin, number, "Connected with"))
    await until(lambda: admin.town.teamviewer.count_calls("reports.connections"))
    for by in (admin.technician, colleague):
        await admin.type(f"show {number}", by=by)
    await until(lambda: "Connected since" in admin.seen())
    user = admin.technician.user
    await admin.town.slack.send_event("app_home_opened", user=user, tab="home")
    await until(lambda: "LAPTOP-OF-ANN-14" in admin.seen())
    await until(lambda: f"#{number}" in admin.seen(colleague) and "Status: Open" in admin.seen(colleague))
    for secret in ("Connected since", "LAPTOP-OF-ANN-14"):
        assert secret not in admin.seen(colleague)
    assert "Connected since" not in text_of(card_of(admin, number))


async def test_m15_the_link_is_good_for_24_hours(admin: Desk, bot: RunningBot) -> None:
    """Shortly before, the technician is reminded; after it the card, TeamViewer and the requester's page say so."""
    import aiohttp
    from support.later import expires_in

    number, session = await create(admin)
    assert (session.valid_until - session.created_at).total_seconds() == pytest.approx(24 * 3600, abs=60)
    await expires_in(bot, number, minutes=30)
    await until(lambda: f"Your session for request #{number} is still open" in admin.seen())
    kept = await expires_in(bot, number, seconds=-1)
    await until(lambda: card_of(admin, number, "Expired"))
    await until(lambda: session.state == "closed")
    async with (
        aiohttp.ClientSession() as browser,
        browser.get(bot.services.installation.join_page(kept.join_token)) as answer,
    ):
        assert answer.status == 410
        assert "has expired" in await answer.text()


async def test_m16_m17_m18_m19_reinvite_copy_link_history_end(admin: Desk) -> None:
    """The buttons of the card do what the words do."""
    number, session = await create(admin)
    await admin.press(card_of(admin, number), "Reinvite")
    await until(lambda: len(admin.town.mailbox.messages_to(f"ann{number}@example.test")) == 2)
    await admin.press(card_of(admin, number), "Copy link")
    await until(lambda: f"```{session.end_customer_link}```" in admin.seen())
    await admin.press(card_of(admin, number), "End")
    card = await until(lambda: card_of(admin, number, "Ended by Tom Ray"))
    assert session.state == "closed"
    await admin.press(card, "History")
    await until(lambda: f"Sessions of request #{number}" in admin.seen())


async def test_m18_history_of_a_technician_is_for_sdadmins(admin: Desk) -> None:
    """Everybody sees their own; an SDAdmin anybody's."""
    colleague = admin.new_technician()
    await admin.authorize(colleague)
    number, _session = await create(admin)
    assert f"#{number}" in said(await admin.type(f"history {admin.technician.email}"))
    assert "That is for SDAdmins" in said(await admin.type(f"history {admin.technician.email}", by=colleague))


async def test_m21_the_widgets_toggles(admin: Desk) -> None:
    """With the cards off, ``create`` still works and answers in words with links; the status toggle is the integration's."""
    older, _session = await create(admin)
    assert "widget off" in said(await admin.type("admin widget off message"))
    number = admin.new_request()
    await admin.type(f"create {number}")
    await until(lambda: admin.town.servicedesk.notes(number))
    (session,) = admin.sessions(number)
    await until(lambda: session.supporter_link in admin.seen())
    assert card_of(admin, number) is None
    await admin.type(f"show {number}")
    await until(lambda: f"type `/tv reinvite {session.code}`" in admin.seen())
    assert not labels(admin.town.slack.ephemerals(admin.technician.user, admin.channel)[-1].blocks)
    listed = await admin.type("list")
    assert f"#{number}" in said(listed)
    assert not labels(listed.json["blocks"])
    assert "switched off" in said(await admin.type("admin status off"))
    assert "switched on" in said(await admin.type("admin status on"))
    await until(lambda: card_of(admin, older, "is switched off here"))
    await admin.type("admin widget on message")
    await until(lambda: card_of(admin, older, "Waiting for"))


async def test_the_home_follows(admin: Desk) -> None:
    """App Home: useful at once, live, with the administration for SDAdmins; and empty where its place is switched off."""
    slack, user = admin.town.slack, admin.technician.user
    await slack.send_event("app_home_opened", user=user, tab="home")
    home = await until(lambda: slack.home_tab(user))
    assert "connected as Tom Ray" in text_of_view(home)
    assert "Administration" in text_of_view(home)
    number, session = await create(admin)
    await until(
        lambda: (
            "Waiting for" in text_of_view(slack.home_tab(user))
            and f"#{number}" in text_of_view(slack.home_tab(user))
        )
    )
    admin.town.teamviewer.join_session(session.code)
    await until(lambda: "Connected since" in text_of_view(slack.home_tab(user)))
    await admin.type(f"end {number}")
    await until(lambda: "Ended by Tom Ray" in text_of_view(slack.home_tab(user)))
    await admin.type("admin widget off home")
    await until(lambda: "overview is switched off" in text_of_view(slack.home_tab(user)))
    stranger = admin.new_colleague(is_restricted=True)
    await slack.send_event("app_home_opened", user=stranger.user, tab="home")
    await until(
        lambda: slack.home_tab(stranger.user) and "Guests" in text_of_view(slack.home_tab(stranger.user))
    )


def text_of_view(view) -> str:
    """Everything written in a view."""
    return "\n".join(
        str(one["text"]) for one in walk(view.content) if isinstance(one.get("text"), str)
    ).replace("\u2060", "")


async def test_the_form_finds_a_request_and_creates(admin: Desk) -> None:
    """Bare ``create`` opens a form; its search is ServiceDesk Plus's; sending it creates the session."""
    slack, user = admin.town.slack, admin.technician.user
    number = admin.new_request("Unusual subject of the form")
    await admin.type("create")
    modal = await until(lambda: slack.current_modal(user))
    options = await slack.search_options(user, "tv:request", "request", "Unusual")
    assert number in json.dumps(options.json)
    outcome = await slack.submit_modal(
        user, modal.id, {"request": number, "kind": "pilot", "note": "from the form"}
    )
    assert outcome.status == 200
    card = await until(lambda: card_of(admin, number, "Waiting for"))
    assert "Pilot session" in text_of(card)
    assert "from the form" in text_of(card)


async def test_a_message_brings_its_request_into_the_form(admin: Desk) -> None:
    """The message shortcut takes the number, or the link, out of the message."""
    slack, user = admin.town.slack, admin.technician.user
    number = admin.new_request()
    request_id = admin.town.servicedesk.requests[number].id
    link = f"{admin.town.servicedesk.web_url}/app/itdesk/ui/requests/{request_id}/details"
    for text in (f"Can somebody look at #{number} please?", f"See <{link}>"):
        message = slack.post_message(user, admin.channel, text)
        await slack.use_message_shortcut(user, message, "tv_create_from_message")
        modal = await until(lambda: slack.current_modal(user))
        assert f"#{number}" in json.dumps(modal.content)
        await slack.close_modal(user, modal.id)


async def test_a_pasted_request_link_unfurls_for_technicians_alone(admin: Desk) -> None:
    """The preview is the request's panel; it carries no link with a secret, and follows its toggle."""
    slack = admin.town.slack
    number = admin.new_request("Preview me")
    request_id = admin.town.servicedesk.requests[number].id
    url = f"{admin.town.servicedesk.web_url}/app/itdesk/ui/requests/{request_id}/details"

    async def paste(user: str):
        await slack.send_event("link_shared", user=user, channel=admin.channel, urls=[url])

    await paste(admin.technician.user)
    preview = await until(lambda: [one for one in slack.unfurls if one.url == url])
    assert "Preview me" in json.dumps(preview[0].as_json())
    assert not [one for one in buttons(preview[0].blocks) if one.get("url")]
    guest = admin.new_colleague()
    seen = len(slack.unfurls)
    await paste(guest.user)
    await admin.type("admin widget off unfurl")
    await paste(admin.technician.user)
    await admin.type(f"show {number}")
    await until(lambda: "Status: Open" in admin.seen())
    assert len(slack.unfurls) == seen


async def test_who_is_an_sdadmin_and_what_was_done(admin: Desk) -> None:
    """Grant and revoke, the list, and the trail; technicians are refused."""
    colleague = admin.new_technician()
    await admin.type("status", by=colleague)
    await until(lambda: "You are" in admin.seen(colleague))
    assert "That is for SDAdmins" in said(await admin.type("admin disable", by=colleague))
    await admin.type(f"admin grant <@{colleague.user}|ines>")
    await until(lambda: "Ines Moreau is an SDAdmin now" in admin.seen())
    assert colleague.email in said(await admin.type("admin admins"))
    assert "Administration" in said(await admin.type("admin status", by=colleague))
    await admin.type(f"admin revoke <@{colleague.user}>")
    await until(lambda: "is no longer an SDAdmin" in admin.seen())
    trail = said(await admin.type("admin audit"))
    assert "made somebody an SDAdmin" in trail
    assert colleague.email in trail


async def test_with_the_outside_down_what_only_looks_still_answers(admin: Desk) -> None:
    """Home, list, history, help and status need neither TeamViewer nor ServiceDesk Plus."""
    from sandbox.faults import Fault

    number, _session = await create(admin)
    for system in (admin.town.teamviewer, admin.town.servicedesk):
        system.faults.plan("*", Fault.DROP, times=None)
    try:
        assert f"#{number}" in said(await admin.type("list"))
        assert f"#{number}" in said(await admin.type(f"history {number}"))
        assert "What you can type" in said(await admin.type("help"))
        assert "switched on" in said(await admin.type("status"))
        user = admin.technician.user
        await admin.town.slack.send_event("app_home_opened", user=user, tab="home")
        await until(
            lambda: (
                admin.town.slack.home_tab(user)
                and f"#{number}" in text_of_view(admin.town.slack.home_tab(user))
            )
        )
    finally:
        for system in (admin.town.teamviewer, admin.town.servicedesk):
            system.faults.clear()
