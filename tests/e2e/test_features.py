"""One scenario for each feature of the integration (M1 to M21), over signed HTTP, in Slack and in Teams."""

from datetime import timedelta

import aiohttp
import pytest
from support.bot import RunningBot
from support.chat_user import ChatUser
from support.later import expires_in
from support.slack_user import until

from adapters.servicedesk.data_centers import DATA_CENTERS
from bot.model.ids import Email
from sandbox.faults import Fault

REFUSED = "integration is switched off."


def test_m1_every_data_center_is_known() -> None:
    """ServiceDesk Plus Cloud runs in the US, Europe, India, China, Japan, Australia and Canada."""
    assert set(DATA_CENTERS) == {"us", "eu", "in", "cn", "jp", "au", "ca"}
    assert all(center.api_url.startswith("https://") for center in DATA_CENTERS.values())


async def test_m1_request_is_linked_to_its_portal(admin: ChatUser) -> None:
    """The panel of a request links to the portal of its data center."""
    number = admin.slack_user.new_request()
    await admin.type(f"show {number}")
    await admin.reads(f"{admin.environment.servicedesk.web_url}/app/itdesk/ui/requests/")


async def test_m2_m20_disabled_integration_reaches_nothing_and_works_again_when_enabled(
    admin: ChatUser,
) -> None:
    """Commands and old buttons are refused while it is off. After ``admin enable`` no further step is needed."""
    number, session = await admin.create()
    card = await until(lambda: admin.card(number, "Waiting for"))
    assert await admin.enter_link(number) == session.supporter_link
    await admin.open_home()
    await until(lambda: session.supporter_link in admin.home())
    await admin.ask("admin disable", "integration is switched off. Nothing reaches TeamViewer")
    await until(lambda: session.supporter_link not in admin.home())
    await until(lambda: admin.link_buttons(admin.card(number)) == [])
    await admin.ask("auth", REFUSED)  # calls that were under way have arrived by now
    before = len(admin.environment.teamviewer.calls), len(admin.environment.servicedesk.calls)
    for words in ("create", "show", "enter", "end", "history"):
        await admin.ask(f"{words} {number}", REFUSED)
    for label in ("Enter", "Resend link"):
        await admin.press_expecting(card, label, "is switched off")
    await admin.ask("status", "switched off")
    assert (len(admin.environment.teamviewer.calls), len(admin.environment.servicedesk.calls)) == before
    await admin.ask("admin enable", "Every technician can use it")
    await admin.create()


async def test_m3_m13_panel_shows_request_and_each_open_session(admin: ChatUser) -> None:
    """For each session: technician, kind, state, the requester's link, and until when it is valid."""
    number, session = await admin.create()
    shown = await admin.show(number)
    text = "\n".join(admin.text(one) for one in shown)
    for part in (
        "VPN fails",
        "Ann Lee",
        "Remote session",
        "Tom Ray",
        "Waiting for",
        session.end_customer_link,
        session.code,
        "Valid until",
    ):
        assert part in text, part
    labels = {label for one in shown for label in admin.labels(one)}
    assert {"Enter", "Resend link", "Get link", "End", "History", "Remote session", "Pilot session"} <= labels


async def test_m4_m5_every_technician_connects_their_own_account(admin: ChatUser) -> None:
    """Technicians and SDAdmins connect alike. ``status`` names the account, to its owner alone."""
    colleague = admin.new_technician()
    await admin.authorize(colleague)
    await admin.ask("status", colleague.email, by=colleague)
    await admin.ask("status", admin.technician.email)
    assert colleague.email not in admin.seen()


@pytest.mark.parametrize("words", ["auth", "admin connections"])
async def test_m6_sdadmin_reuses_an_earlier_connection(admin: ChatUser, words: str) -> None:
    """Each earlier connection is offered with Reuse, and New account, before anybody signs in again."""
    admin.environment.teamviewer.add_account("second@example.test", "Second Account")
    await admin.authorize(account="second@example.test")
    await admin.type(words)
    message = await until(lambda: admin.newest_with("Reuse"))
    assert [admin.labels(message).count(one) for one in ("Reuse", "New account")] == [1, 1]
    await admin.press(message, "Reuse")
    await admin.reads("Your sessions are created as Tom Ray now")
    await admin.create()


async def test_m6_authorize_button_offers_the_earlier_connections(admin: ChatUser, bot: RunningBot) -> None:
    """An SDAdmin whose active connection is gone is refused a session, and goes on with an earlier account."""
    async with bot.unit_of_work.write() as tx:
        (connection,) = await tx.connections.of_technician(Email(admin.technician.email))
        await tx.connections.deactivate(connection)
    await admin.type(f"create {admin.slack_user.new_request()}")
    await admin.reads("First connect your TeamViewer account")
    refused = admin.newest_with("Authorize TeamViewer")
    assert admin.link_buttons(refused) == []
    await admin.press(refused, "Authorize TeamViewer")
    await admin.press(await until(lambda: admin.newest_with("Reuse")), "Reuse")
    await admin.reads("Your sessions are created as Tom Ray now")
    await admin.create()


async def test_m7_m9_m11_m12_remote_session_sends_each_person_their_own_link(admin: ChatUser) -> None:
    """The request records reply and note. Enter leads to TeamViewer's page, for the creator alone."""
    number, session = await admin.create()
    assert session.kind == "Default"
    mailbox, servicedesk = admin.environment.mailbox, admin.environment.servicedesk
    assert session.end_customer_link in mailbox.messages_to(f"ann{number}@example.test")[-1].html
    own = await until(
        lambda: [
            one for one in mailbox.messages_to(admin.technician.email) if session.supporter_link in one.text
        ]
    )
    assert session.end_customer_link not in own[0].text.replace(session.supporter_link, "")
    assert [entry.type for entry in servicedesk.conversation(number)].count("REQREPLY") == 1
    assert "E-mail to Tom Ray: sent" in servicedesk.notes(number)[0].html
    assert await admin.enter_link(number) == session.supporter_link
    assert session.supporter_link not in admin.ever_seen(admin.new_technician())


async def test_m8_m10_pilot_session_sends_an_sms(admin: ChatUser) -> None:
    """A Pilot session works over the camera of a phone, so its link goes out by SMS as well."""
    number, session = await admin.create("pilot")
    assert session.kind == "Pilot"
    assert (
        "SMS to Ann Lee: accepted by the SMS gateway" in admin.environment.servicedesk.notes(number)[0].html
    )


async def test_m14_live_connection_is_shown_to_its_creator_alone(admin: ChatUser) -> None:
    """Since when, and from which device: a colleague sees neither, in no message and no earlier version of one."""
    colleague = admin.new_technician()
    await admin.authorize(colleague)
    number, session = await admin.create()
    device = f"LAPTOP-OF-ANN-{number}"
    admin.environment.teamviewer.options.running_reported = True
    admin.environment.teamviewer.connect_session(session.code, device)
    await until(lambda: admin.card(number, "Connected with"))
    await until(lambda: admin.environment.teamviewer.count_calls("reports.connections"))
    await admin.open_home()
    for by in (admin.technician, colleague):
        await admin.show(number, by=by)
    await admin.reads("Connected since")
    await admin.reads(device)
    await admin.reads("Connected with", by=colleague)
    await admin.reads(f"#{number}", by=colleague)
    for secret in ("Connected since", device, session.supporter_link):
        assert secret not in admin.ever_seen(colleague), secret
        assert secret not in admin.channel_text(), secret


async def test_m15_link_expires_after_24_hours_with_a_reminder_before(
    admin: ChatUser, bot: RunningBot
) -> None:
    """After the end, card, TeamViewer and the requester's page say so."""
    number, session = await admin.create()
    assert (session.valid_until - session.created_at).total_seconds() == pytest.approx(
        timedelta(hours=24).total_seconds(), abs=60
    )
    await expires_in(bot, number, minutes=30)
    await admin.reads(f"Your session for request #{number} is still open")
    kept = await expires_in(bot, number, seconds=-1)
    card = await until(lambda: admin.card(number, "Expired"))
    await until(lambda: session.state == "closed")
    await until(lambda: admin.is_final(card))
    page = bot.services.installation.join_page(kept.join_token)
    async with aiohttp.ClientSession() as browser, browser.get(page) as answer:
        assert answer.status == 410
        assert "has expired" in await answer.text()


async def test_m16_m17_m18_m19_card_buttons_reinvite_copy_list_and_end(admin: ChatUser) -> None:
    """The buttons of the card do what the commands do. What is private arrives in private."""
    number, session = await admin.create()
    card = admin.card(number)
    await admin.press(card, "Resend link")
    await until(lambda: len(admin.environment.mailbox.messages_to(f"ann{number}@example.test")) == 2)
    await admin.press(card, "Get link")
    await until(lambda: session.end_customer_link in admin.private_text())
    assert session.end_customer_link not in admin.channel_text()
    await admin.press(admin.card(number), "End")
    card = await until(lambda: admin.card(number, "Ended by Tom Ray"))
    assert session.state == "closed"
    await until(lambda: admin.is_final(card))
    await admin.press(card, "History")
    await admin.reads(f"Sessions of request #{number}")


async def test_m18_history_of_another_technician_is_for_sdadmins(admin: ChatUser) -> None:
    """Technicians read their own history, SDAdmins everybody's."""
    colleague = admin.new_technician()
    await admin.authorize(colleague)
    number, _session = await admin.create()
    await admin.ask(f"history {admin.technician.email}", f"#{number}")
    await admin.ask(f"history {admin.technician.email}", "That is for SDAdmins", by=colleague)


async def test_m21_hidden_cards_are_replaced_by_text_until_shown_again(admin: ChatUser) -> None:
    """With cards off, ``create`` answers in text with links. ``admin status`` switches the integration itself."""
    older, _session = await admin.create()
    await admin.ask("admin widget off message", "widget off")
    await until(lambda: admin.card(older, "Cards are switched off here"))
    number = admin.slack_user.new_request()
    await admin.type(f"create {number}")
    await until(lambda: admin.environment.servicedesk.notes(number))
    (session,) = admin.slack_user.sessions(number)
    await admin.reads(session.supporter_link)
    assert session.supporter_link not in admin.channel_text()
    assert admin.card(number) is None
    await admin.ask("admin status off", "integration is switched off. Nothing reaches")
    await admin.ask("admin status on", "switched on")
    await admin.type("admin widget on message")
    await until(lambda: admin.card(older, "Waiting for"))


async def test_home_follows_sessions_and_its_switch(admin: ChatUser) -> None:
    """The home shows connection, administration and sessions, and only a notice where it is switched off."""
    await admin.open_home()
    await until(lambda: "connected as Tom Ray" in admin.home())
    assert "Administration" in admin.home()
    number, session = await admin.create()
    await until(lambda: "Waiting for" in admin.home() and f"#{number}" in admin.home())
    admin.environment.teamviewer.options.running_reported = True
    admin.environment.teamviewer.connect_session(session.code)
    await until(lambda: "Connected since" in admin.home())
    await admin.type(f"end {number}")
    await until(lambda: "Ended by Tom Ray" in admin.home())
    await admin.type("admin widget off home")
    await until(lambda: "overview is switched off" in admin.home())


async def test_form_finds_a_request_and_creates_its_session(admin: ChatUser) -> None:
    """Bare ``create`` opens a form. Its search is that of ServiceDesk Plus, here by the requester. The form is gone after it was sent."""
    number = admin.slack_user.new_request("Unusual subject of the form", requester_name="Zoe Quimby")
    await admin.fill_form("quimby", number, kind="pilot", note="from the form")
    card = await until(lambda: admin.card(number, "Waiting for"))
    assert "Pilot session" in admin.text(card)
    assert "from the form" in admin.text(card)


async def test_sdadmin_role_is_granted_revoked_listed_and_audited(admin: ChatUser) -> None:
    """A mention grants and revokes. Technicians without the role are refused."""
    colleague = admin.new_technician()
    await admin.type("status", by=colleague)
    await admin.reads("You are", by=colleague)
    await admin.ask("admin disable", "That is for SDAdmins", by=colleague)
    await admin.type("admin grant {}", mentioning=colleague)
    await admin.reads("Ines Moreau is an SDAdmin now")
    await admin.ask("admin admins", colleague.email)
    await admin.ask("admin status", "Administration", by=colleague)
    await admin.type("admin revoke {}", mentioning=colleague)
    await admin.reads("Ines Moreau is no longer an SDAdmin")
    await admin.ask("admin audit", f"made {colleague.email} an SDAdmin")
    await admin.ask("admin audit", colleague.email)


async def test_sdadmin_reads_what_fails_and_what_to_do(admin: ChatUser) -> None:
    """The bot checks itself, its outside systems and its public address. Nobody else reads the answer."""
    token = admin.environment.slack.token_of()
    assert token is not None
    token.scopes.remove("links:write")
    try:
        await admin.type("admin doctor")
        await admin.reads("The token lacks the scopes links:write.")
    finally:
        token.scopes.add("links:write")
    assert "Update the app with what" in admin.seen()
    assert "Public address" in admin.seen()
    assert "links:write" not in admin.channel_text()


async def test_commands_that_only_read_answer_while_outside_systems_are_down(admin: ChatUser) -> None:
    """Home, list, history, help and status need neither TeamViewer nor ServiceDesk Plus."""
    number, _session = await admin.create()
    for system in (admin.environment.teamviewer, admin.environment.servicedesk):
        system.faults.plan("*", Fault.DROP, times=None)
    await admin.ask("list", f"#{number}")
    await admin.ask(f"history {number}", f"#{number}")
    await admin.ask("help", "Commands")
    await admin.ask("status", "switched on")
    await admin.ask("status", "connected as Tom Ray")
    await admin.open_home()
    await until(lambda: f"#{number}" in admin.home())


async def test_one_command_creates_a_session_for_each_of_several_requests(connected: ChatUser) -> None:
    """One that is open already is named, and so is a request that ServiceDesk Plus does not know. The others go on."""
    opened, session = await connected.create()
    desk, calls = connected.environment.servicedesk, connected.environment.teamviewer
    before = calls.count_calls("sessions.create")
    first, second = connected.slack_user.new_request(), connected.slack_user.new_request()
    unknown = str(10**9 + int(second))
    await connected.type(f"create {opened} {first} {unknown} {second} {first}")
    await connected.reads(f"Sessions were asked for: #{first}, #{unknown} and #{second}.")
    await connected.reads(f"You have a session open for request #{opened} already: {session.code}")
    await connected.reads(f"No request has the number {unknown}")
    for number in (first, second):
        await until(lambda number: connected.card(number, "Waiting for"), number)
        await until(desk.notes, number)
        assert len(desk.notes(number)) == 1
    assert calls.count_calls("sessions.create") == before + 2
