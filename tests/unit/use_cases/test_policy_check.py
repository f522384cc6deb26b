"""Rules hold for every way to create a session, and every refusal names its rule and whom to ask."""

import ast
from collections.abc import Callable
from pathlib import Path

import pytest
from support.bot_in_memory import ADA, ANA, BEN, PRIVATE, REQUEST, BotInMemory, N
from support.transfers import accept, offer, run_jobs

import bot as product
from bot.commands import (
    AddRule,
    Command,
    Create,
    CreateSeveral,
    OnSession,
    RemoveRule,
    Retry,
    Transfer,
    Verb,
    WithdrawOffer,
)
from bot.errors import NotAllowed
from bot.i18n import Language, Text
from bot.model.ids import RequestId, RequestNumber
from bot.model.request import Requester
from bot.model.session import Kind, State
from bot.values import replace
from bot.views.pages import Message

SECOND, THIRD = RequestNumber("102"), RequestNumber("103")
MODULES = sorted(Path(product.__file__).parent.rglob("*.py"))


@pytest.fixture
async def bot() -> BotInMemory:
    """A bot with three requests: one for Paris, one for Lyon, and one whose requester has no address."""
    bot = BotInMemory()
    await bot.start()
    bot.servicedesk.add_request(replace(REQUEST, site="Paris", group="Network"))
    bot.servicedesk.add_request(replace(REQUEST, id=RequestId("102"), number=SECOND, site="Lyon"))
    nobody = Requester("Rita", None)
    bot.servicedesk.add_request(replace(REQUEST, id=RequestId("103"), number=THIRD, requester=nobody))
    await bot.connect(BEN, "u2")
    return bot


async def add(bot: BotInMemory, words: str) -> None:
    await bot.send(AddRule(words), by=ADA)
    bot.unit_of_work.take_jobs()


async def refusal(bot: BotInMemory, command: Command, **more: object) -> str:
    with pytest.raises(NotAllowed) as caught:
        await bot.send(command, **more)  # type: ignore[arg-type]  # the fields of send
    return str(caught.value.text)


def answers(bot: BotInMemory) -> list[str]:
    views = [answer.view for answer in bot.slack.answers]
    return [str(view.text) for view in views if isinstance(view, Message)]


@pytest.mark.parametrize(
    "command",
    [
        Create(N),
        Create(N, note="lens"),
        Create(N, another=True),
        CreateSeveral((N, SECOND)),
        CreateSeveral((N, SECOND), another=True),
    ],
)
async def test_a_rule_refuses_every_command_that_creates(bot: BotInMemory, command: Command) -> None:
    await add(bot, "no remote")
    said = await refusal(bot, command)
    assert said == "Rule 1 does not allow this: No remote sessions. Ask an SDAdmin: Ada."
    assert (await bot.sessions(), bot.jobs) == ([], [])


async def test_a_rule_refuses_a_retry(bot: BotInMemory) -> None:
    session = await bot.accept_session()
    await bot.change(session.id, lambda one: one.failed(Text("no")))
    await add(bot, "no remote")
    assert "Rule 1" in await refusal(bot, Retry(session.id))


@pytest.mark.parametrize(
    ("words", "more"),
    [
        ("no sessions channel:C1", {}),
        ("no sessions except channel:C2", {}),
        ("no sessions channel:private", {"place": PRIVATE}),
        ("no sessions technician:ana@example.com", {}),
        ("no sessions role:technician", {}),
        ("no sessions hours:00:00-12:00 hours:12:00-24:00", {}),
    ],
)
async def test_what_is_known_when_a_command_comes_is_refused_at_once(
    bot: BotInMemory, words: str, more: dict[str, object]
) -> None:
    await add(bot, words)
    assert "Rule 1 does not allow this" in await refusal(bot, Create(N), **more)


@pytest.mark.parametrize(
    "words",
    [
        "no pilot",
        "no sessions channel:C2",
        "no sessions technician:ben@example.com",
        "no sessions except role:technician",
        "no sessions site:Lyon",
        "no sessions group:Desktop",
        "no sessions except site:Paris group:Network",
        "at most 1 per technician",
        "mail sessions",
    ],
)
async def test_what_no_rule_refuses_is_created(bot: BotInMemory, words: str) -> None:
    await add(bot, words)
    await bot.send(Create(N))
    await bot.run_jobs()
    (session,) = await bot.sessions()
    assert session.state is State.WAITING


@pytest.mark.parametrize(
    "words", ["no sessions site:Paris", "no remote group:network", "no sessions except site:Lyon"]
)
async def test_what_depends_on_the_request_is_refused_before_anything_leaves(
    bot: BotInMemory, words: str
) -> None:
    await add(bot, words)
    await bot.send(Create(N))
    await bot.run_jobs()
    assert await bot.sessions() == []
    assert (bot.teamviewer.created, bot.servicedesk.replies, bot.servicedesk.notes) == ([], [], [])
    (said,) = [one for one in answers(bot) if "Rule 1" in one]
    assert said.startswith(f"No session was created for request #{N}. Rule 1 does not allow this: No ")


async def test_of_several_requests_those_that_a_rule_does_not_refuse_get_a_session(bot: BotInMemory) -> None:
    await add(bot, "no sessions site:Lyon")
    await bot.send(CreateSeveral((N, SECOND)))
    await bot.run_jobs()
    assert [one.number for one in await bot.sessions()] == [N]
    assert any(one.startswith("No session was created for request #102. Rule 1") for one in answers(bot))


async def test_a_rule_that_is_added_after_the_command_holds(bot: BotInMemory) -> None:
    await bot.send(Create(N))
    jobs = bot.unit_of_work.take_jobs()
    await add(bot, "no remote")
    for one in jobs:
        await bot.run_job(one.job, key=one.key)
    assert await bot.sessions() == []


async def test_a_request_without_an_address_is_refused_where_a_mail_is_demanded(bot: BotInMemory) -> None:
    await add(bot, "mail sessions")
    await bot.send(Create(THIRD))
    await bot.run_jobs()
    assert await bot.sessions() == []
    (said,) = [one for one in answers(bot) if "Rule 1" in one]
    assert "The request shows no e-mail address. Rule 1" in said


async def test_an_open_session_is_shown_although_no_new_one_may_be_created(bot: BotInMemory) -> None:
    await bot.send(Create(N))
    await add(bot, "no sessions")
    view = await bot.send(Create(N))
    assert isinstance(view, Message)
    assert "open for request" in str(view.text)
    assert "Rule 1" in await refusal(bot, Create(N, another=True))


async def test_a_command_that_runs_again_is_not_refused_by_a_newer_rule(bot: BotInMemory) -> None:
    await bot.send(Create(N), key="k1")
    await add(bot, "at most 1")
    await bot.send(Create(N), key="k1")
    assert len(await bot.sessions()) == 1


async def test_a_limit_counts_the_technicians_open_sessions(bot: BotInMemory) -> None:
    await add(bot, "at most 2 per technician")
    assert "At most 2 open sessions for each technician" in await refusal(
        bot, CreateSeveral((N, SECOND, THIRD))
    )
    await bot.send(CreateSeveral((N, SECOND)))
    await refusal(bot, Create(THIRD))
    await bot.send(Create(THIRD), by=BEN)
    mine = next(one for one in await bot.sessions() if one.technician == ANA.email)
    await bot.end(mine.id)
    await bot.send(Create(THIRD))


async def test_a_limit_of_the_organization_counts_the_sessions_of_all(bot: BotInMemory) -> None:
    await add(bot, "at most 1 pilot in all")
    await bot.send(Create(N))
    await bot.send(Create(N, Kind.PILOT))
    assert "Rule 1" in await refusal(bot, Create(SECOND, Kind.PILOT), by=BEN)
    await bot.send(RemoveRule(1), by=ADA)
    await bot.send(Create(SECOND, Kind.PILOT), by=BEN)


async def test_every_rule_must_let_a_session_pass_and_the_first_that_does_not_is_named(
    bot: BotInMemory,
) -> None:
    await add(bot, "at most 5")
    await add(bot, "no sessions technician:ben@example.com")
    await add(bot, "no remote")
    assert "Rule 3" in await refusal(bot, Create(N))
    assert "Rule 2" in await refusal(bot, Create(N), by=BEN)


async def test_a_refusal_is_in_the_persons_language(bot: BotInMemory) -> None:
    await add(bot, 'no pilot channel:"C1"')
    with pytest.raises(NotAllowed) as caught:
        await bot.send(Create(N, Kind.PILOT))
    said = Language("fr").say(caught.value.text).replace("\u00a0", " ")
    assert said.startswith("La règle 1 ne le permet pas : Aucune session Pilot dans")
    assert said.endswith("Adressez-vous à un SDAdmin : Ada.")


def callers_of(is_call: Callable[[ast.Call], bool]) -> set[str]:
    """Return the modules of the product with such a call."""
    return {
        path.stem
        for path in MODULES
        if any(
            isinstance(node, ast.Call) and is_call(node)
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        )
    }


def calls(*endings: str) -> Callable[[ast.Call], bool]:
    return lambda call: ast.unparse(call.func).endswith(endings)


def test_whatever_stores_a_new_session_asks_the_rules() -> None:
    """A module that accepts sessions in a new way must ask ``require_allowed`` as these do, and store the origin."""
    storing = callers_of(calls(".sessions.open"))
    assert storing == {"create", "create_several", "outage"}
    assert storing <= callers_of(calls("require_allowed"))
    assert callers_of(calls("store_origin")) >= {"create"}, "enqueue_creation stores it for all"


def test_whatever_creates_a_session_at_teamviewer_asks_the_rules_once_more() -> None:
    creating = callers_of(calls("_remote.create_session"))
    assert creating == {"create_session", "move_session", "renew_session"}
    assert creating <= callers_of(
        calls("require_still_allowed", "require_renewal_allowed", "require_transfer_allowed")
    )
    assert "create_session" in callers_of(calls("require_request_allowed")), "the one that reads the request"


async def test_hours_count_at_the_time_of_a_renewal(bot: BotInMemory) -> None:
    """The session was created at ten o’clock in Paris, when sessions are allowed. It stays open until its links expire."""
    session = await bot.open_session()
    await add(bot, "no sessions except hours:08:00-18:00")
    bot.clock.move(hours=9)
    await bot.send(OnSession(Verb.RENEW, session.id))
    await bot.run_jobs()
    assert "Rule 1 does not allow this" in answers(bot)[-1]
    assert "Ask an SDAdmin: Ada" in answers(bot)[-1]
    kept = await bot.session(session.id)
    assert (kept.code, kept.state) == (session.code, State.WAITING)
    bot.clock.move(hours=13, minutes=30)
    await bot.send(OnSession(Verb.RENEW, session.id))
    await bot.run_jobs()
    assert (await bot.session(session.id)).code != session.code


async def test_limit_counts_who_takes_a_session_over(bot: BotInMemory) -> None:
    """The offer is refused, and so is the acceptance of one that was made before. The refusal names the rule and whom to ask."""
    session = await bot.open_session()
    await bot.send(Create(SECOND), by=BEN)
    await bot.run_jobs()
    early = await offer(bot, session)
    await add(bot, "at most 1 per technician")
    with pytest.raises(NotAllowed, match="Rule 1 does not allow this"):
        await accept(bot, early)
    await bot.send(WithdrawOffer(N))
    await bot.send(Transfer(session.id, BEN.email))
    await run_jobs(bot)
    assert "Rule 1 does not allow this" in answers(bot)[-1]
    refusal = bot.answers[-1].view
    assert isinstance(refusal, Message)
    assert isinstance(refusal.text, Text)
    assert "Ask an SDAdmin: Ada" in Language("en").say(refusal.text)
    assert (await bot.session(session.id)).technician == ANA.email


async def test_limit_that_is_reached_after_the_acceptance_keeps_the_session_where_it_is(
    bot: BotInMemory,
) -> None:
    await add(bot, "at most 1 per technician")
    session = await bot.open_session()
    await accept(bot, await offer(bot, session))
    await bot.send(Create(SECOND), by=BEN)
    await run_jobs(bot)
    assert (await bot.session(session.id)).technician == ANA.email
    assert any("Rule 1 does not allow this" in one for one in answers(bot))


async def test_limit_of_the_organization_allows_a_transfer(bot: BotInMemory) -> None:
    """It has as many sessions as before."""
    await add(bot, "at most 1 in all")
    session = await bot.open_session()
    await accept(bot, await offer(bot, session))
    await run_jobs(bot)
    assert (await bot.session(session.id)).technician == BEN.email
