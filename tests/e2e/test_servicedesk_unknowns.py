"""What is not documented about ServiceDesk Plus and TeamViewer, played in each way that is possible: a session is created all the same."""

from datetime import timedelta
from typing import Any

import aiohttp
import pytest
from support.bot import HOOK_SECRET, RunningBot
from support.chat_user import ChatUser
from support.slack_user import until

from adapters.servicedesk.scopes import SCOPES
from sandbox.faults import Fault

BY_MAIL_SERVER = "E-mail to Ann Lee: sent by the bot’s own mail server"
REPLIES_REFUSED = "ServiceDesk Plus refuses the bot’s replies to requesters"
NO_SCOPE = "lacks the scope SDPOnDemand.technicians.READ"


@pytest.fixture
def no_mail_server(bot: RunningBot, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the bot have no mail server of its own."""
    assert bot.bot.services is not None
    monkeypatch.setattr(bot.bot.services.mailer, "_server", None)


def mails_to(user: ChatUser, number: str) -> list[str]:
    """Return the ways by which the requester got mail."""
    return [one.via for one in user.environment.mailbox.messages_to(f"ann{number}@example.test")]


async def create(user: ChatUser, saying: str) -> str:
    """Create a session, and wait until its card says this and the request has the bot's own note."""
    number = user.slack_user.new_request()
    await user.type(f"create {number}")
    await until(lambda: user.card(number, saying))
    servicedesk = user.environment.servicedesk
    await until(lambda: any("was created by" in one.html for one in servicedesk.notes(number)))
    assert len(user.slack_user.sessions(number)) == 1
    return number


@pytest.mark.parametrize("refusal", ["forbidden", "unknown_path", "invalid", "page"])
async def test_portal_that_refuses_replies_is_asked_once_announced_once_and_found_again_when_repaired(
    admin: ChatUser, monkeypatch: pytest.MonkeyPatch, refusal: Any
) -> None:
    """The requester gets the mail by the mail server each time. The SDAdmin reads the problem in private."""
    servicedesk = admin.environment.servicedesk
    servicedesk.refuse_replies, servicedesk.reply_refusal = True, refusal
    before = servicedesk.count_calls("notifications.add")
    first = await create(admin, BY_MAIL_SERVER)
    await admin.reads(REPLIES_REFUSED)
    warnings = admin.seen().count(REPLIES_REFUSED)
    second = await create(admin, BY_MAIL_SERVER)
    assert mails_to(admin, first) == mails_to(admin, second) == ["smtp"]
    assert servicedesk.count_calls("notifications.add") == before + 1
    assert any(BY_MAIL_SERVER in one.html for one in servicedesk.notes(first))
    assert admin.seen().count(REPLIES_REFUSED) == warnings
    assert REPLIES_REFUSED not in admin.channel_text()
    await admin.ask("admin status", REPLIES_REFUSED)
    servicedesk.refuse_replies = False
    monkeypatch.setattr("bot.workflows.limitations.LimitationMonitor.is_current", _is_not_current)
    third = await create(admin, "E-mail to Ann Lee: sent")
    assert mails_to(admin, third) == ["reply"]
    await admin.reads("ServiceDesk Plus accepts the bot’s replies to requesters again")


def _is_not_current(*_arguments: object) -> bool:
    """Answer as after an hour, when the refused call is due to be tried again."""
    return False


@pytest.mark.parametrize("mails_public_notes", [False, True])
async def test_refused_reply_without_a_mail_server_becomes_a_note_that_the_requester_can_see(
    connected: ChatUser, no_mail_server: None, *, mails_public_notes: bool
) -> None:
    """The card does not claim that a mail was sent. Whether the portal mails the note is its own rule."""
    servicedesk = connected.environment.servicedesk
    servicedesk.refuse_replies, servicedesk.mails_public_notes = True, mails_public_notes
    number = await create(connected, "The link is in a note on the request that Ann Lee can see")
    (note,) = [one for one in servicedesk.notes(number) if one.is_public]
    session = connected.slack_user.sessions(number)[0]
    assert session.end_customer_link in note.html
    assert session.supporter_link not in note.html
    assert "E-mail to Ann Lee: not sent" in connected.text(connected.card(number))
    assert mails_to(connected, number) == ["reply"] * mails_public_notes
    await connected.type(f"reinvite {number}")
    await until(lambda: len([one for one in servicedesk.notes(number) if one.is_public]) == 2)
    await until(lambda: connected.seen().count("The link is in a note") >= 2)


async def test_reply_that_is_rate_limited_for_minutes_is_mailed_at_once(connected: ChatUser) -> None:
    """ServiceDesk Plus locks for five minutes, and the requester waits. The next reply is tried as usual."""
    faults = connected.environment.servicedesk.faults
    faults.plan("notifications.add", Fault.RATE_LIMIT, times=None)
    number = await create(connected, BY_MAIL_SERVER)
    assert mails_to(connected, number) == ["smtp"]
    faults.clear()
    assert mails_to(connected, await create(connected, "E-mail to Ann Lee: sent")) == ["reply"]


@pytest.mark.parametrize("keys", [{"is_public"}, {"cc", "bcc"}, {"in_reply_to"}, {"subject"}])
async def test_reply_is_sent_without_the_key_that_the_portal_does_not_know(
    connected: ChatUser, keys: set[str]
) -> None:
    connected.environment.servicedesk.refused_reply_fields = keys
    assert mails_to(connected, await create(connected, "E-mail to Ann Lee: sent")) == ["reply"]


@pytest.mark.parametrize("refused", [set(), {"display_id"}])
@pytest.mark.parametrize("status_fields", [None, ("id", "name"), ("internal_name",), ("in_progress",)])
async def test_request_is_found_whatever_the_portal_says_of_its_number_and_status(
    connected: ChatUser, refused: set[str], status_fields: tuple[str, ...] | None
) -> None:
    servicedesk = connected.environment.servicedesk
    servicedesk.refused_criteria, servicedesk.status_fields = refused, status_fields
    number = await create(connected, "Waiting for Ann Lee")
    assert mails_to(connected, number) == ["reply"]
    closed = connected.slack_user.new_request()
    servicedesk.set_status(closed, "Closed")
    if status_fields is not None:
        await connected.type(f"create {closed}")
        await connected.reads("sessions are for open requests")
        assert connected.slack_user.sessions(closed) == []


@pytest.mark.parametrize(("lists_trashed", "reads_trashed"), [(True, True), (True, False), (False, True)])
async def test_request_in_the_trash_gets_no_session_and_no_mail(
    connected: ChatUser, *, lists_trashed: bool, reads_trashed: bool
) -> None:
    """Whether a portal lists and returns what is in its trash is not documented."""
    servicedesk = connected.environment.servicedesk
    servicedesk.lists_trashed, servicedesk.reads_trashed = lists_trashed, reads_trashed
    number = connected.slack_user.new_request()
    servicedesk.set_trashed(number)
    is_seen = lists_trashed and reads_trashed
    answer = "is in the trash of ServiceDesk Plus" if is_seen else f"No request has the number {number}"
    await connected.type(f"create {number}")
    await connected.reads(answer)
    assert connected.slack_user.sessions(number) == []
    assert mails_to(connected, number) == []
    if is_seen:
        await connected.type(f"show {number}")
        await connected.reads("Open, in the trash")
    servicedesk.set_trashed(number, is_trashed=False)
    await connected.type(f"create {number}")
    await until(lambda: connected.card(number, "Waiting for Ann Lee"))


@pytest.mark.parametrize(
    ("requester", "line"),
    [
        ({"requester_name": None}, "E-mail to the requester: not sent. The request names no requester."),
        ({"requester_email": None}, "E-mail to Ann Lee: not sent. The request shows no e-mail address."),
    ],
    ids=["no requester", "no address"],
)
async def test_request_whose_requester_cannot_be_mailed_says_what_to_do(
    connected: ChatUser, requester: dict[str, None], line: str
) -> None:
    """The technician copies the link instead."""
    details: dict[str, Any] = {"mobile": None, **requester}
    number = connected.slack_user.new_request(**details)
    await connected.type(f"create {number}")
    await until(lambda: connected.card(number, line))
    assert "Press “Get link”" in connected.text(connected.card(number))
    await connected.type(f"reinvite {number}")
    await connected.reads("Share the link instead")
    await connected.type(f"show {number}")
    await connected.reads("Status")


@pytest.mark.parametrize("criteria", [set(), {"is_technician"}])
async def test_technicians_are_found_among_the_users_where_their_list_needs_a_missing_scope(
    admin: ChatUser, criteria: set[str]
) -> None:
    """The SDAdmin reads which scope is missing, and that it is there again."""
    servicedesk = admin.environment.servicedesk
    servicedesk.scopes.remove("SDPOnDemand.technicians.READ")
    servicedesk.refused_criteria = criteria
    colleague = admin.new_technician()
    await admin.authorize(colleague)
    await admin.reads(NO_SCOPE)
    servicedesk.scopes.add("SDPOnDemand.technicians.READ")
    another = admin.new_technician()
    await admin.authorize(another)
    await admin.reads("ServiceDesk Plus returns the list of technicians again")


@pytest.mark.parametrize("unknown", ["no scope", "no list", "not marked"])
async def test_nobody_is_taken_for_a_technician_where_no_list_says_so(admin: ChatUser, unknown: str) -> None:
    """Those who were on the last list go on. The SDAdmin reads which scope is missing."""
    servicedesk = admin.environment.servicedesk
    servicedesk.scopes.remove("SDPOnDemand.technicians.READ")
    if unknown == "no scope":
        servicedesk.scopes.remove("SDPOnDemand.users.READ")
    servicedesk.has_users = unknown != "no list"
    servicedesk.marks_technicians = unknown != "not marked"
    stranger = admin.new_technician()
    await admin.type("list", by=stranger)
    await admin.reads("is not a technician of ServiceDesk Plus", by=stranger)
    await admin.reads(NO_SCOPE)
    await create(admin, "Waiting for Ann Lee")


async def test_documented_scopes_are_enough(connected: ChatUser) -> None:
    """Create, invite again and end, with the scopes of the manual and no other."""
    connected.environment.servicedesk.scopes = set(SCOPES)
    number = await create(connected, "E-mail to Ann Lee: sent")
    await connected.type(f"reinvite {number}")
    await until(lambda: mails_to(connected, number) == ["reply", "reply"])
    statuses = [status for _operation, status in connected.environment.servicedesk.calls[-10:]]
    assert 401 not in statuses


@pytest.mark.parametrize(
    "options",
    [
        {"refused_create_fields": {"valid_until"}},
        {"refused_create_fields": {"valid_until"}, "answers_valid_until": False},
        {"refused_create_fields": {"groupname"}, "group_required": False},
        {"refused_create_fields": {"groupname", "valid_until"}, "group_required": False},
        {"groupname_permission": "Groups.Read", "group_required": False},
        {"answers_valid_until": False},
    ],
    ids=["expiry", "expiry not answered", "group", "both", "group permission", "not answered"],
)
async def test_session_is_created_without_what_teamviewer_refuses_and_expires_after_a_day(
    connected: ChatUser, bot: RunningBot, options: dict[str, Any]
) -> None:
    """TeamViewer is asked once more, once for each account."""
    for name, value in options.items():
        setattr(connected.environment.teamviewer.options, name, value)
    number = await create(connected, "Waiting for Ann Lee")
    before = connected.environment.teamviewer.count_calls("sessions.create")
    await create(connected, "Waiting for Ann Lee")
    assert connected.environment.teamviewer.count_calls("sessions.create") == before + 1
    async with bot.unit_of_work.read() as tx:
        (session,) = [
            one for one in await tx.sessions.open_page(after=None, limit=1000) if one.number == number
        ]
    assert session.valid_until is not None
    assert abs(session.valid_until - session.created_at - timedelta(hours=24)) < timedelta(minutes=1)


async def call_hook(bot: RunningBot, **body: Any) -> tuple[int, Any]:
    """Call the webhook as a custom trigger does. Returns the status and the JSON of the answer."""
    url = f"{bot.bot.settings.public_url}/hooks/servicedesk"
    async with (
        aiohttp.ClientSession(headers={"X-TVBot-Secret": HOOK_SECRET}) as client,
        client.post(url, **body) as answer,
    ):
        return answer.status, await answer.json()


@pytest.mark.parametrize("name", ["request_id", "requestId", "id"])
@pytest.mark.parametrize("form", ["json", "data"])
@pytest.mark.parametrize(
    "value",
    [
        "long id",
        "number",
        *(pytest.param(one, marks=pytest.mark.long) for one in ("long id as a number", "number with marks")),
    ],
)
async def test_hook_finds_the_sessions_of_a_request_however_a_trigger_names_it(
    connected: ChatUser, bot: RunningBot, name: str, form: str, value: str
) -> None:
    number, session = await connected.create()
    long_id = connected.environment.servicedesk.requests[number].id
    values = {"long id": long_id, "number": number, "number with marks": f"##{number}##"}
    sent: Any = values.get(value, int(long_id))
    body = {"event": "request_closed", name: sent}
    assert await call_hook(bot, **{form: body}) == (202, {"matched": 1})
    await until(lambda: connected.card(number, "Ended by ServiceDesk Plus"))
    assert session.state == "closed"
    assert await call_hook(bot, **{form: body}) == (202, {"matched": 0})


@pytest.mark.parametrize(
    "body",
    [
        {"json": {"event": "request_closed"}},
        {"json": {"event": "request_closed", "request_id": "$REQUEST_ID"}},
        {"json": {"event": "request_closed", "request_id": None, "id": ["101"]}},
        {"json": {"request_id": "101"}},
        {"json": {"event": 1, "request_id": "101"}},
        {"json": ["request_closed", "101"]},
        {"json": 101},
        {"data": b""},
        {"data": b"[" * 9000},
        {"data": b"\xff\xfe"},
        {"data": b'{"event": "request_closed", "request_id": ' + b"9" * 6000 + b"}"},
    ],
    ids=str,
)
@pytest.mark.usefixtures("environment")
async def test_hook_that_names_no_request_is_told_what_is_missing(
    bot: RunningBot, body: dict[str, Any]
) -> None:
    """The execution log of the trigger shows the answer."""
    status, answer = await call_hook(bot, **body)
    assert status == 400
    assert answer["error"].startswith("the body ")


async def test_hook_for_another_event_or_request_matches_nothing(
    connected: ChatUser, bot: RunningBot
) -> None:
    number, session = await connected.create()
    other = {"event": "request_updated", "request_id": number}
    assert await call_hook(bot, json=other) == (202, {"matched": 0})
    assert await call_hook(bot, json={"event": "request_closed", "id": "1"}) == (202, {"matched": 0})
    assert session.state == "open"


async def test_technician_whose_request_is_closed_during_a_connection_is_told(
    connected: ChatUser, bot: RunningBot
) -> None:
    """The card says it, and a private message that stays: the window is theirs to close."""
    number, session = await connected.create()
    connected.environment.teamviewer.join_session(session.code)
    await until(lambda: connected.card(number, "Ann Lee is there"))
    assert await call_hook(bot, json={"event": "request_closed", "id": number}) == (202, {"matched": 1})
    card = await until(lambda: connected.card(number, "Ended by ServiceDesk Plus"))
    assert "close the TeamViewer window" in connected.text(card)
    assert session.end_customer_link not in connected.text(card)
    report = f"Request #{number} was closed in ServiceDesk Plus, so your session for it has ended"
    await connected.reads(report)
    assert report not in connected.channel_text()
