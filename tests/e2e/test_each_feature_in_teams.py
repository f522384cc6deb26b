"""One scenario for each feature of the integration (M1 to M21), over signed activities, as Teams' users meet it."""

import json

import pytest
from support.bot import RunningBot
from support.desk import Desk, card_of, until
from support.teams_desk import TeamsDesk

from adapters.servicedesk.data_centers import DATA_CENTERS
from bot.model.ids import Email


@pytest.fixture
async def admin(desk: Desk, bot: RunningBot) -> TeamsDesk:
    """A desk in Teams whose technician is an SDAdmin, connected."""
    async with bot.unit_of_work.write() as tx:
        await tx.people.grant_admin(Email(desk.technician.email))
    teams = TeamsDesk.beside(desk)
    await teams.authorize()
    yield teams
    for words in (
        "admin enable",
        "admin widget on",
        *(f"admin widget on {one}" for one in ("message", "home", "unfurl")),
    ):
        await desk.type(words)


async def test_m1_every_data_centre_is_known(admin: TeamsDesk) -> None:
    """Whichever it is, the request's link is the one of its portal."""
    assert set(DATA_CENTERS) == {"us", "eu", "in", "cn", "jp", "au", "ca"}
    number = admin.desk.new_request()
    await admin.say(f"show {number}")
    await admin.reads(f"{admin.town.servicedesk.web_url}/app/itdesk/ui/requests/")


async def test_m2_m20_one_toggle_for_the_whole_integration(admin: TeamsDesk) -> None:
    """Off: nothing reaches the outside, and old cards say so. On again: everything works, with no further step."""
    number, session = await admin.create()
    card = await until(lambda: admin.card(number, "Enter"))
    assert admin.town.teams.button_url(admin.technician.teams, card, "Enter") == session.supporter_link
    await admin.say("admin disable")
    await admin.reads("integration is switched off. Nothing reaches TeamViewer")
    await until(lambda: session.supporter_link not in admin.text(card))
    before = len(admin.town.teamviewer.calls), len(admin.town.servicedesk.calls)
    for words in (f"create {number}", f"show {number}", f"enter {number}", f"end {number}", "auth"):
        said = admin.seen().count("Ask your SDAdmin")
        await admin.say(words)
        await until(lambda said=said: admin.seen().count("Ask your SDAdmin") > said)
    for button in ("Reinvite", "Enter"):
        await admin.press(card, button)
        assert "switched off" in admin.town.teams.toasts[admin.technician.teams][-1]
    assert (len(admin.town.teamviewer.calls), len(admin.town.servicedesk.calls)) == before
    await admin.say("admin enable")
    await admin.reads("Every technician can use it")
    await admin.create()


async def test_m3_m13_the_widget_shows_a_request_with_its_sessions(admin: TeamsDesk) -> None:
    """The panel in the thread, and for each open session a card that follows it."""
    number, session = await admin.create()
    await admin.say(f"show {number}", where=admin.personal)
    panel = await until(lambda: admin.card(number, "Status", where=admin.personal))
    assert {"Remote session", "Pilot session", "History"} <= set(admin.titles(panel))
    shown = await until(lambda: admin.card(number, "Waiting for", where=admin.personal))
    text = admin.text(shown)
    for part in (
        "VPN fails",
        "Ann Lee",
        "Remote session",
        "Tom Ray",
        session.end_customer_link,
        session.code,
    ):
        assert part in text, part
    assert {"Enter", "Reinvite", "Copy link", "End"} <= set(admin.titles(shown))
    await admin.press(shown, "End it")
    await until(lambda: admin.card(number, "Ended by Tom Ray", where=admin.personal))
    await until(lambda: admin.card(number, "Ended by Tom Ray"))


async def test_m4_m5_every_technician_connects_their_own_account(admin: TeamsDesk) -> None:
    """Also the SDAdmin, like anyone; ``status`` tells which account, in private."""
    colleague = admin.join(admin.desk.new_technician())
    await admin.authorize(colleague)
    await admin.say("status", by=colleague)
    await until(lambda: admin.seen(colleague).count(colleague.email) > 1)
    assert colleague.email not in admin.seen()


async def test_m6_an_sdadmin_reuses_a_connection_or_makes_a_new_one(admin: TeamsDesk) -> None:
    """The connections used before are offered, each with Reuse, and New account: in private."""
    admin.town.teamviewer.add_account("second@example.test", "Second Account")
    await admin.desk.authorize(account="second@example.test")
    await admin.say("admin connections")
    message = await until(
        lambda: next(
            (one for one in reversed(admin.personal.messages) if "New account" in admin.titles(one)), None
        )
    )
    assert admin.titles(message).count("Reuse") == 1
    await admin.press(message, "Reuse")
    await admin.reads("Your sessions are created as Tom Ray now")


async def test_m7_m9_m11_m12_a_remote_session_with_its_mails_and_its_record(admin: TeamsDesk) -> None:
    """Each gets their own link; the request keeps it; Enter leads to TeamViewer's page, for the creator alone."""
    number, session = await admin.create()
    town = admin.town
    assert session.end_customer_link in town.mailbox.messages_to(f"ann{number}@example.test")[-1].html
    assert [entry.type for entry in town.servicedesk.conversation(number)].count("REQREPLY") == 1
    card = await until(lambda: admin.card(number, "Enter"))
    assert town.teams.button_url(admin.technician.teams, card, "Enter") == session.supporter_link
    colleague = admin.join(admin.desk.new_technician())
    assert "Enter" not in admin.titles(card, by=colleague)
    assert session.supporter_link not in admin.seen(colleague)


async def test_m8_m10_a_pilot_session_with_its_sms(admin: TeamsDesk) -> None:
    """Over the camera of a phone: a link of its own kind, and an SMS."""
    number, session = await admin.create("pilot")
    assert session.kind == "Pilot"
    assert "SMS to Ann Lee: sent" in admin.town.servicedesk.notes(number)[0].html


async def test_m14_the_live_connection_is_its_creators_alone(admin: TeamsDesk) -> None:
    """The same card shows its creator since when and from which device, and nobody else."""
    colleague = admin.join(admin.desk.new_technician())
    await admin.authorize(colleague)
    number, session = await admin.create()
    admin.town.teamviewer.options.running_reported = True
    admin.town.teamviewer.join_session(session.code, "LAPTOP-OF-ANN-T14")
    await until(lambda: admin.card(number, "LAPTOP-OF-ANN-T14"))
    await until(lambda: admin.card(number, "Connected with", by=colleague))
    for secret in ("Connected since", "LAPTOP-OF-ANN-T14", session.supporter_link):
        assert secret not in admin.town.teams.visible_to(colleague.teams, include_history=True)


async def test_m15_the_link_is_good_for_24_hours(admin: TeamsDesk, bot: RunningBot) -> None:
    """Shortly before, the technician is reminded; after it the card says so, is final, and refreshes nobody."""
    from support.later import expires_in

    number, session = await admin.create()
    await expires_in(bot, number, minutes=30)
    await admin.reads(f"Your session for request #{number} is still open")
    await expires_in(bot, number, seconds=-1)
    card = await until(lambda: admin.card(number, "Expired"))
    await until(lambda: session.state == "closed")
    await until(lambda: "refresh" not in json.dumps(card.cards))


async def test_m16_m17_m18_m19_reinvite_copy_link_history_end(admin: TeamsDesk) -> None:
    """The buttons of the card do what the words do; what is private comes in private."""
    number, session = await admin.create()
    card = admin.card(number)
    await admin.press(card, "Reinvite")
    await until(lambda: len(admin.town.mailbox.messages_to(f"ann{number}@example.test")) == 2)
    await admin.press(card, "Copy link")
    await until(lambda: admin.card(number, session.end_customer_link, where=admin.personal))
    await admin.press(card, "End it")
    card = await until(lambda: admin.card(number, "Ended by Tom Ray"))
    assert session.state == "closed"
    await until(lambda: "refresh" not in json.dumps(card.cards))
    await admin.press(card, "History")
    await admin.reads(f"Sessions of request #{number}")


async def test_m18_history_of_a_technician_is_for_sdadmins(admin: TeamsDesk) -> None:
    """Everybody sees their own; an SDAdmin anybody's."""
    colleague = admin.join(admin.desk.new_technician())
    number, _session = await admin.create()
    await admin.say(f"history {admin.technician.email}")
    await admin.reads(f"#{number}")
    await admin.say(f"history {admin.technician.email}", by=colleague)
    await admin.reads("That is for SDAdmins", by=colleague)


async def test_m21_the_widgets_toggles(admin: TeamsDesk) -> None:
    """With the cards off, commands answer in words with links, in private where they are secret; on again, cards stand again."""
    older, _session = await admin.create()
    await admin.say("admin widget off message")
    await until(lambda: admin.card(older, "is switched off here"))
    number = admin.desk.new_request()
    await admin.say(f"create {number}")
    await until(lambda: admin.town.servicedesk.notes(number))
    (session,) = admin.desk.sessions(number)
    await admin.reads(session.supporter_link)
    assert admin.card(number) is None
    await admin.say("admin status off")
    await admin.reads("integration is switched off. Nothing reaches")
    await admin.say("admin status on")
    await admin.say("admin widget on message")
    await until(lambda: admin.card(older, "Waiting for"))


async def test_a_session_created_in_slack_is_ended_in_teams(admin: TeamsDesk) -> None:
    """The same person is one technician in both, and both cards follow."""
    desk = admin.desk
    number = desk.new_request()
    await desk.type(f"create {number}")
    await until(lambda: card_of(desk, number, "Waiting for"))
    await admin.say(f"show {number}")
    await until(lambda: admin.card(number, "Waiting for"))
    await until(lambda: admin.card(number, "Enter"))
    await admin.say(f"end {number}", where=admin.personal)
    await until(lambda: card_of(desk, number, "Ended by Tom Ray"))
    await until(lambda: admin.card(number, "Ended by Tom Ray"))
    assert desk.sessions(number)[0].state == "closed"


async def test_the_overview_is_shown_on_install_pinned_and_follows(admin: TeamsDesk) -> None:
    """Useful at once, live, with the administration for SDAdmins; a new one takes the old one's place."""
    await admin.town.teams.install_app(admin.personal, admin.technician.teams)
    home = await until(lambda: _home(admin))
    assert "connected as Tom Ray" in admin.text(home)
    assert "Administration" in admin.text(home)
    number, session = await admin.create()
    await until(lambda: f"#{number}" in admin.text(home))
    admin.town.teamviewer.join_session(session.code)
    await until(lambda: "Connected since" in admin.text(home))
    await admin.say("home", where=admin.personal)
    newer = await until(lambda: home.deleted and _home(admin))
    await admin.say("admin widget off home")
    await until(lambda: "overview is switched off" in admin.text(newer))


def _home(admin: TeamsDesk):
    for message in reversed(admin.personal.messages):
        if (
            not message.deleted
            and "Administration" in admin.text(message)
            and "connected as" in admin.text(message)
        ):
            return message
    return None


async def test_the_form_finds_a_request_and_creates(admin: TeamsDesk) -> None:
    """Bare ``create`` gives a form; its search is ServiceDesk Plus's; sending it creates the session and takes it away."""
    number = admin.desk.new_request("Unusual subject of the Teams form")
    await admin.say("create")
    form = await until(
        lambda: next((one for one in admin.channel.messages if "Create" in admin.titles(one)), None)
    )
    found = await admin.town.teams.search_choices(admin.technician.teams, form, "Unusual subject", "requests")
    assert number in json.dumps(found.body)
    await admin.press(form, "Create", {"request": number, "kind": "pilot", "note": "from the form"})
    card = await until(lambda: admin.card(number, "Waiting for"))
    assert "Pilot session" in admin.text(card)
    assert "from the form" in admin.text(card)
    await until(lambda: form.deleted)


async def test_the_message_extension_searches_and_creates(admin: TeamsDesk) -> None:
    """Search and post a request; create from a message that names one."""
    teams, person = admin.town.teams, admin.technician.teams
    number = admin.desk.new_request("Extension finds this")
    found = await teams.query_extension(person, admin.channel, "searchRequests", "Extension finds")
    assert not found.error
    posted = teams.post_result(person, admin.channel, found)
    assert "Extension finds this" in json.dumps(posted.cards)
    await admin.say(f"Can somebody look at #{number} please?", mention=False)
    message = admin.channel.messages[-1]
    opened = await teams.open_dialog(person, admin.channel, "createSession", message)
    assert number in json.dumps(opened.body)
    data = {"tv_form": True, "request": number, "kind": "remote", "note": ""}
    sent = await teams.submit_dialog(person, admin.channel, "createSession", data)
    assert "Creating a remote session" in json.dumps(sent.body)
    await until(lambda: admin.card(number, "Waiting for"))


async def test_a_pasted_request_link_unfurls_for_technicians_alone(admin: TeamsDesk) -> None:
    """The preview is the request's panel; it carries no link with a secret, and follows its toggle."""
    teams = admin.town.teams
    number, session = await admin.create(subject="Preview me in Teams")
    request_id = admin.town.servicedesk.requests[number].id
    url = f"{admin.town.servicedesk.web_url}/app/itdesk/ui/requests/{request_id}/details"
    shown = await teams.preview_link(admin.technician.teams, admin.channel, url)
    assert "Preview me in Teams" in json.dumps(shown.body)
    assert session.supporter_link not in json.dumps(shown.body)
    assert session.end_customer_link not in json.dumps(shown.body)
    guest = admin.join(admin.desk.new_colleague())
    nothing = await teams.preview_link(guest.teams, admin.channel, url)
    assert "Preview me" not in json.dumps(nothing.body)
    await admin.say("admin widget off unfurl")
    await admin.reads("widget off")
    nothing = await teams.preview_link(admin.technician.teams, admin.channel, url)
    assert "Preview me" not in json.dumps(nothing.body)


async def test_who_is_an_sdadmin_and_what_was_done(admin: TeamsDesk) -> None:
    """Grant by mentioning somebody, revoke, the list, and the trail."""
    colleague = admin.join(admin.desk.new_technician())
    await admin.say("status", by=colleague)
    await until(lambda: colleague.email in admin.seen(colleague))
    await admin.say("admin grant @Ines Moreau", mentions=[colleague.teams])
    await admin.reads("Ines Moreau is an SDAdmin now")
    await admin.say("admin admins")
    await admin.reads(colleague.email)
    await admin.say("admin audit")
    await admin.reads("made somebody an SDAdmin")
    await admin.say("admin revoke @Ines Moreau", mentions=[colleague.teams])
    await admin.reads("Ines Moreau is no longer an SDAdmin")
