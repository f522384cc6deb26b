"""The administration commands."""

import pytest
from support.bot_in_memory import ADA, ANA, BEN, CHANNEL, PRIVATE, BotInMemory, expect_current_cards

from bot.admin_command_syntax import ADMIN_COMMAND_TABLE
from bot.authorizations import StoredTokens
from bot.commands import (
    AdminHelp,
    AdminStatus,
    ChangeAdmin,
    Command,
    ConfirmAccount,
    ListAdmins,
    Place,
    ReuseConnection,
    RunDoctor,
    ShowAuditLog,
    ShowConnections,
    SwitchIntegration,
    SwitchWidget,
)
from bot.errors import NotAllowed, NotAuthorized, NotFound
from bot.i18n import ChannelRef, Text
from bot.jobs import (
    AnnounceChange,
    ApplyAdminChange,
    RefreshAllCards,
    RefreshAllHomes,
    RefreshCard,
    RefreshHomes,
)
from bot.model.audit import Action, AuditEntry
from bot.model.ids import CommandKey
from bot.model.limitation import KnownLimitation, Limitation
from bot.model.session import State
from bot.model.switches import Location, Switches
from bot.use_cases.admin import AUDIT_LOG_PAGE
from bot.views.admin import AdminPage, AdminsPage, AuditLogPage, ConnectionsPage
from bot.views.pages import HelpPage, Message
from bot.views.parts import Button, Tone

EVERY_COMMAND: list[Command] = [
    AdminHelp(),
    AdminStatus(),
    SwitchIntegration(on=False),
    SwitchWidget(on=False),
    ChangeAdmin("UBEN"),
    ConfirmAccount("UBEN"),
    ListAdmins(),
    ShowAuditLog(),
    RunDoctor(),
    ShowConnections(),
]
EVERYWHERE = [*EVERY_COMMAND, ReuseConnection("none")]


def tag(command: object) -> str:
    return str(getattr(command, "tag", command))


@pytest.fixture
async def limited() -> BotInMemory:
    """An installation whose administration is limited to one channel."""
    bot = BotInMemory(admin_channels={"C9": ChannelRef("C9")})
    await bot.start()
    return bot


async def switches(bot: BotInMemory) -> Switches:
    async with bot.unit_of_work.read() as tx:
        return await tx.switches.read()


@pytest.mark.parametrize("command", EVERYWHERE, ids=tag)
async def test_administration_by_somebody_who_is_no_admin_is_refused(
    bot: BotInMemory, command: Command
) -> None:
    with pytest.raises(NotAllowed):
        await bot.send(command)
    assert (await bot.audited(), bot.jobs, await switches(bot)) == ([], [], Switches())


@pytest.mark.parametrize("place", [CHANNEL, PRIVATE], ids=["channel", "private"])
@pytest.mark.parametrize("command", EVERY_COMMAND, ids=tag)
async def test_administration_outside_its_channels_is_refused(
    limited: BotInMemory, command: Command, place: Place
) -> None:
    with pytest.raises(NotAllowed) as refused:
        await limited.send(command, by=ADA, place=place)
    assert "C9" in str(refused.value.text)
    assert (await limited.audited(), limited.jobs) == ([], [])


@pytest.mark.parametrize("place", [Place("C9"), Place("C9;messageid=1")])
@pytest.mark.parametrize("command", EVERY_COMMAND, ids=tag)
async def test_administration_in_its_channel_or_a_thread_of_it_works(
    limited: BotInMemory, command: Command, place: Place
) -> None:
    assert await limited.send(command, by=ADA, place=place)


async def test_switches_are_shown(bot: BotInMemory) -> None:
    await bot.switch(hidden=Location.HOME)
    view = await bot.send(AdminStatus(), by=ADA)
    assert view == AdminPage(await switches(bot), is_shared=False)


async def test_what_servicedesk_plus_refuses_is_shown_to_the_admin(bot: BotInMemory) -> None:
    """Also in the home of an SDAdmin."""
    known = KnownLimitation(Limitation.TECHNICIANS, Text("The scope is missing."), bot.clock(), bot.clock())
    async with bot.unit_of_work.write() as tx:
        await tx.limitations.store(known)
    view = await bot.send(AdminStatus(), by=ADA)
    assert isinstance(view, AdminPage)
    (problem,) = view.problems
    assert "The scope is missing." in str(problem)
    account = await bot.open_home(ADA)
    await bot.finish_job(RefreshHomes(ADA.email))
    assert bot.slack.homes[account].administration == view


async def test_switches_shown_in_an_admin_channel_are_shared(limited: BotInMemory) -> None:
    view = await limited.send(AdminStatus(), by=ADA, place=Place("C9"))
    assert view == AdminPage(Switches(), is_shared=True)


@pytest.mark.parametrize(
    ("on", "action"), [(True, Action.INTEGRATION_ON), (False, Action.INTEGRATION_OFF)], ids=["on", "off"]
)
async def test_integration_is_switched_audited_and_announced(
    bot: BotInMemory, *, on: bool, action: Action
) -> None:
    await bot.open_session()
    await bot.switch(integration=not on)
    view = await bot.send(SwitchIntegration(on=on), by=ADA, key="k1")
    assert (await switches(bot)).integration is on
    assert (await bot.audited())[-1] == AuditEntry(bot.clock(), ADA.email, action)
    announcement, homes, cards = bot.jobs
    assert isinstance(announcement, AnnounceChange)
    assert announcement.command == "k1"
    key = CommandKey("k1")
    assert (homes, cards) == (RefreshAllHomes(key), RefreshAllCards(key)), "one job, however many there are"
    assert isinstance(view, AdminPage)
    assert view.switches.integration is on
    assert view.said is not None
    assert view.said.tone is Tone.GOOD


@pytest.mark.parametrize("on", [True, False], ids=["on", "off"])
async def test_integration_that_is_switched_already_changes_nothing(bot: BotInMemory, *, on: bool) -> None:
    await bot.switch(integration=on)
    view = await bot.send(SwitchIntegration(on=on), by=ADA)
    assert isinstance(view, Message)
    (button,) = view.buttons
    assert isinstance(button, Button)
    assert button.command == AdminStatus()
    assert view.tone is Tone.PLAIN
    assert (await bot.audited(), bot.jobs) == ([], [])


@pytest.mark.parametrize("location", [None, *Location])
async def test_widget_is_switched_off_and_on_again(bot: BotInMemory, location: Location | None) -> None:
    session = await bot.open_session()
    seen = len(await bot.audited())
    view = await bot.send(SwitchWidget(on=False, location=location), by=ADA, key="k1")
    off = await switches(bot)
    assert isinstance(view, AdminPage)
    assert view.switches == off
    assert [one for one in Location if not off.shows(one)] == ([location] if location else list(Location))
    assert {RefreshAllCards(CommandKey("k1")), RefreshAllHomes(CommandKey("k1"))} <= set(bot.jobs)
    await bot.run_jobs()
    await expect_current_cards(bot, session.id)
    await bot.send(SwitchWidget(on=True, location=location), by=ADA)
    assert await switches(bot) == Switches()
    subject = location.value if location else "all"
    assert [(one.action, one.subject) for one in (await bot.audited())[seen:]] == [
        (Action.WIDGET_OFF, subject),
        (Action.WIDGET_ON, subject),
    ]


async def test_cards_of_ended_sessions_are_not_refreshed_by_a_switch(bot: BotInMemory) -> None:
    session = await bot.open_session()
    await bot.end(session.id)
    await bot.run_jobs()
    await bot.send(SwitchWidget(on=False), by=ADA)
    assert not any(isinstance(job, RefreshCard) for job in await bot.run_jobs())
    assert (await bot.session(session.id)).state is State.ENDED


@pytest.mark.parametrize("on", [True, False], ids=["on", "off"])
@pytest.mark.parametrize("location", [None, *Location])
async def test_widget_that_is_switched_already_changes_nothing(
    bot: BotInMemory, location: Location | None, *, on: bool
) -> None:
    await bot.switch(widget=on or location is not None, hidden=None if on else location)
    before = await switches(bot)
    view = await bot.send(SwitchWidget(on=on, location=location), by=ADA)
    assert isinstance(view, AdminPage)
    assert view.switches == before == await switches(bot)
    assert view.said is not None
    assert view.said.tone is Tone.PLAIN
    place = location.value if location else "all"
    assert str(view.said.text).endswith(f"already ({place}). Nothing was changed.")
    assert (await bot.audited(), bot.jobs) == ([], [])


@pytest.mark.parametrize(("hidden", "tone"), [(Location.HOME, Tone.GOOD), (None, Tone.PLAIN)])
async def test_place_of_a_widget_that_is_off_is_not_called_shown(
    bot: BotInMemory, hidden: Location | None, tone: Tone
) -> None:
    """Whether its own switch was moved or not, nobody sees it while the whole widget is off."""
    await bot.switch(widget=False, hidden=hidden)
    view = await bot.send(SwitchWidget(on=True, location=Location.HOME), by=ADA)
    assert isinstance(view, AdminPage)
    assert view.said is not None
    assert view.said.tone is tone
    assert "It is not shown yet, because the whole widget is switched off" in str(view.said.text)


@pytest.mark.parametrize(
    ("hidden", "named"),
    [([], "(all)"), ([Location.HOME], "(message, unfurl)"), (list(Location), "(none of its places)")],
)
async def test_widget_that_comes_on_names_the_places_that_it_is_shown_in(
    bot: BotInMemory, hidden: list[Location], named: str
) -> None:
    """A place that is switched off by itself stays off."""
    for location in hidden:
        await bot.send(SwitchWidget(on=False, location=location), by=ADA)
    await bot.send(SwitchWidget(on=False), by=ADA)
    view = await bot.send(SwitchWidget(on=True), by=ADA)
    assert isinstance(view, AdminPage)
    assert view.said is not None
    assert named in str(view.said.text)
    announcement = next(one for one in reversed(bot.jobs) if isinstance(one, AnnounceChange))
    assert named in str(Text.from_json(announcement.text))


@pytest.mark.parametrize("on", [True, False], ids=["grant", "revoke"])
async def test_change_of_an_admin_is_left_to_a_job(bot: BotInMemory, *, on: bool) -> None:
    view = await bot.send(ChangeAdmin("UBEN", on=on), by=ADA, key="k1")
    (queued,) = bot.queue
    assert isinstance(queued.job, ApplyAdminChange)
    assert (queued.job.user, queued.job.grants, queued.job.by) == ("UBEN", on, ADA.email)
    assert queued.key == "apply_admin_change:k1"
    assert isinstance(view, Message)
    assert view.tone is Tone.WAIT
    assert await bot.audited() == []


async def test_admins_of_the_settings_and_of_grants_are_listed_apart(bot: BotInMemory) -> None:
    async with bot.unit_of_work.write() as tx:
        await tx.people.grant_admin(BEN.email)
        await tx.people.grant_admin(ANA.email)
    assert await bot.send(ListAdmins(), by=ADA) == AdminsPage([ADA.email], [ANA.email, BEN.email])


@pytest.mark.parametrize(
    ("asked", "shown"),
    [(None, AUDIT_LOG_PAGE), (3, 3), (1000, AUDIT_LOG_PAGE)],
    ids=["default", "few", "many"],
)
async def test_newest_entries_of_the_audit_log_are_shown(
    bot: BotInMemory, asked: int | None, shown: int
) -> None:
    async with bot.unit_of_work.write() as tx:
        for number in range(AUDIT_LOG_PAGE + 5):
            await tx.audit.append(AuditEntry(bot.clock(), ADA.email, Action.WIDGET_ON, str(number)))
    view = await bot.send(ShowAuditLog(asked), by=ADA)
    assert isinstance(view, AuditLogPage)
    assert [one.entry.subject for one in view.entries] == [
        str(number) for number in range(AUDIT_LOG_PAGE + 4, AUDIT_LOG_PAGE + 4 - shown, -1)
    ]


async def test_own_connections_are_shown_with_a_way_to_a_new_account(bot: BotInMemory) -> None:
    mine = await bot.connect(ADA, "u2")
    view = await bot.send(ShowConnections(), by=ADA)
    assert isinstance(view, ConnectionsPage)
    assert [one.id for one in view.connections] == [mine.id]
    assert "state=" in view.new_account.url.reveal()


async def test_dead_connections_are_not_shown(bot: BotInMemory) -> None:
    dead = await bot.connect(ADA, "u2")
    async with bot.unit_of_work.write() as tx:
        await tx.tokens.lease(dead.token_name, "me", bot.clock(), bot.clock())
    await kill(bot, dead.token_name)
    view = await bot.send(ShowConnections(), by=ADA)
    assert isinstance(view, ConnectionsPage)
    assert view.connections == []


async def kill(bot: BotInMemory, token_name: str) -> None:
    """Take the tokens of a connection away, as where TeamViewer no longer accepts them."""
    async with bot.unit_of_work.write() as tx:
        await tx.tokens.store(token_name, StoredTokens(None, None, None))


@pytest.mark.parametrize("command", [ShowConnections(), ReuseConnection("none")], ids=tag)
async def test_connections_with_the_integration_off_are_refused(bot: BotInMemory, command: Command) -> None:
    await bot.switch(integration=False)
    with pytest.raises(NotAllowed):
        await bot.send(command, by=ADA)


async def test_earlier_connection_is_used_again(bot: BotInMemory) -> None:
    earlier = await bot.connect(ADA, "u2")
    await bot.connect(ADA, "u3")
    view = await bot.send(ReuseConnection(earlier.id), by=ADA, place=PRIVATE)
    assert [one.id for one in await bot.connections(ADA) if one.is_active] == [earlier.id]
    assert await bot.audited() == [AuditEntry(bot.clock(), ADA.email, Action.REUSED, ADA.email)]
    assert isinstance(view, Message)
    assert (view.tone, view.is_personal, len(view.buttons)) == (Tone.GOOD, True, 1)
    assert bot.jobs == [RefreshHomes(ADA.email)]


async def test_connection_that_is_active_already_is_not_confirmed_as_a_change(bot: BotInMemory) -> None:
    """The button of an older list."""
    active = await bot.connect(ADA, "u2")
    view = await bot.send(ReuseConnection(active.id), by=ADA, place=PRIVATE)
    assert isinstance(view, Message)
    assert (view.tone, view.is_personal) == (Tone.PLAIN, True)
    assert "are created as Ada u2 already" in str(view.text)
    assert (await bot.audited(), bot.jobs) == ([], [])


async def test_connection_reused_outside_the_admin_channels_is_answered_without_more(
    limited: BotInMemory,
) -> None:
    earlier = await limited.connect(ADA, "u2")
    view = await limited.send(ReuseConnection(earlier.id), by=ADA, place=PRIVATE)
    assert isinstance(view, Message)
    assert list(view.buttons) == []


async def test_unknown_connection_cannot_be_reused(bot: BotInMemory) -> None:
    with pytest.raises(NotFound):
        await bot.send(ReuseConnection("none"), by=ADA)


async def test_connection_of_somebody_else_cannot_be_reused(bot: BotInMemory) -> None:
    (connection,) = await bot.connections(ANA)
    with pytest.raises(NotFound):
        await bot.send(ReuseConnection(connection.id), by=ADA)


async def test_dead_connection_cannot_be_reused(bot: BotInMemory) -> None:
    dead = await bot.connect(ADA, "u2")
    await kill(bot, dead.token_name)
    with pytest.raises(NotAuthorized):
        await bot.send(ReuseConnection(dead.id), by=ADA)


async def test_administration_commands_are_listed(bot: BotInMemory) -> None:
    view = await bot.send(AdminHelp(), by=ADA)
    assert isinstance(view, HelpPage)
    assert len(view.rows) == len(ADMIN_COMMAND_TABLE)
