"""Rules are numbered once, hold for every process at once, and limit how many sessions are open under concurrent commands."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from support.clock import Clock
from support.fakes.services import INSTALLATION
from support.stored_session import ACTOR, NOW, REMOTE, SESSION, TOM

from bot.commands import Command, CommandRequest, Create, Place
from bot.errors import NotAllowed
from bot.model.connection import Account, Tokens
from bot.model.ids import (
    CommandKey,
    Email,
    NoticeId,
    OrgId,
    RequestNumber,
    SessionCode,
    SessionId,
    new_join_token,
)
from bot.model.notice import Channel, Notice, NoticeState, Recipient
from bot.model.policy import UNKNOWN, Forbid, Limit, NumberedRule, Origin, Rule
from bot.model.secret import Secret
from bot.model.session import Kind, RemoteSession
from bot.model.switches import Switches
from bot.model.technician import Technician
from bot.policy_syntax import parse_rule
from bot.unit_of_work import Transaction, UnitOfWork
from bot.use_cases.context import CommandContext
from bot.use_cases.create import create_session
from bot.values import replace
from storage.unit_of_work import SqlUnitOfWork

NO_PILOT, AT_MOST_ONE = Rule(Forbid(), Kind.PILOT), Rule(Limit(1))


def number(value: int) -> RequestNumber:
    return RequestNumber(str(value))


async def test_rules_keep_their_numbers(unit_of_work: UnitOfWork) -> None:
    rule = parse_rule('no pilot site:"Paris – L’Été" except hours:08:00-18:00 days:mon-fri zone:Europe/Paris')
    async with unit_of_work.write() as tx:
        await tx.policy.lock()
        assert await tx.policy.add(NO_PILOT) == NumberedRule(1, NO_PILOT)
        assert await tx.policy.add(rule) == NumberedRule(2, rule)
    async with unit_of_work.write() as tx:
        assert await tx.policy.remove(2)
        assert not await tx.policy.remove(2)
        assert not await tx.policy.remove(9)
        assert (await tx.policy.add(rule)).number == 3
    async with unit_of_work.read() as tx:
        assert list(await tx.policy.rules()) == [NumberedRule(1, NO_PILOT), NumberedRule(3, rule)]


async def test_rules_belong_to_one_organization(sql_unit_of_work: SqlUnitOfWork) -> None:
    other = SqlUnitOfWork(
        sql_unit_of_work._database, sql_unit_of_work._vault, OrgId("other"), sql_unit_of_work._enqueue
    )
    async with sql_unit_of_work.write() as tx:
        await tx.policy.add(NO_PILOT)
    async with other.write() as tx:
        assert list(await tx.policy.rules()) == []
        assert not await tx.policy.remove(1)
        assert (await tx.policy.add(AT_MOST_ONE)).number == 1


async def test_what_rules_ask_about_a_session_is_stored_until_it_is_deleted(unit_of_work: UnitOfWork) -> None:
    origin = Origin("C1", is_admin=True)
    async with unit_of_work.write() as tx:
        await tx.sessions.open(SESSION, CommandKey("k1"), another=False)
        assert await tx.policy.origin(SESSION.id) is None
        await tx.policy.store_request(SESSION.id, site="Lyon", group="")
        await tx.policy.store_origin(SESSION.id, origin)
        await tx.policy.store_origin(SESSION.id, Origin("C2", is_admin=False))
        stored = await tx.policy.origin(SESSION.id)
        assert stored == origin
        assert stored is not None
        assert (stored.site, stored.group) == (UNKNOWN, UNKNOWN)
        await tx.policy.store_request(SESSION.id, site="Paris", group="")
    async with unit_of_work.write() as tx:
        assert await tx.policy.origin(SESSION.id) == replace(origin, site="Paris", group="")
        await tx.sessions.delete(SESSION.id)
        assert await tx.policy.origin(SESSION.id) is None


async def test_open_sessions_are_counted_by_technician_and_kind(unit_of_work: UnitOfWork) -> None:
    ending = replace(SESSION, id=SessionId("ending"), join_token=new_join_token(), number=number(8))
    others = replace(
        SESSION, id=SessionId("o"), join_token=new_join_token(), technician=Email("o@x.test"), kind=Kind.PILOT
    )
    async with unit_of_work.write() as tx:
        for one in (SESSION, ending, others):
            await tx.sessions.open(one, CommandKey(one.id), another=False)
        await tx.sessions.save(ending.ending(NOW), known=ending)
        assert await tx.policy.count_open() == 2
        assert await tx.policy.count_open(technician=TOM) == 1
        assert await tx.policy.count_open(technician=TOM, kind=Kind.PILOT) == 0
        assert await tx.policy.count_open(kind=Kind.PILOT) == 1


async def test_created_sessions_are_listed_with_what_rules_ask(unit_of_work: UnitOfWork) -> None:
    """Open ones and those that are over, the newest first. One that was never created at TeamViewer is not among them."""
    made = [
        replace(
            SESSION,
            id=SessionId(f"s{place}"),
            number=number(place),
            join_token=new_join_token(),
            created_at=NOW + timedelta(minutes=place),
        )
        for place in range(4)
    ]
    async with unit_of_work.write() as tx:
        for one in made:
            await tx.sessions.open(one, CommandKey(one.id), another=False)
        await tx.policy.store_origin(made[1].id, Origin("", is_admin=False))
        await tx.policy.store_request(made[1].id, site="Paris", group="Network")
        for one in made[:3]:
            await tx.sessions.save(one.opened(remote(one.id)), known=one)
        opened = made[1].opened(remote(made[1].id))
        over = opened.ended(NOW + timedelta(hours=1), "Tom")
        await tx.sessions.save(over, known=opened)
        await tx.notices.add(
            Notice(NoticeId("n1"), made[1].id, Recipient.REQUESTER, Channel.REPLY, NoticeState.SENT, NOW)
        )
        found = await tx.policy.created_since(NOW + timedelta(minutes=1), limit=10)
        assert [one.number for one in found] == ["2", "1"]
        newest, oldest = found
        assert (newest.over_at, newest.creation.site, newest.creation.is_mailed) == (None, UNKNOWN, False)
        assert oldest.over_at == NOW + timedelta(hours=1)
        creation = oldest.creation
        assert (creation.channel, creation.is_admin, creation.site) == ("", False, "Paris")
        assert (creation.group, creation.is_mailed) == ("Network", True)
        assert len(await tx.policy.created_since(NOW, limit=1)) == 1


def remote(session_id: SessionId) -> RemoteSession:
    """Return a session at TeamViewer with a code of its own."""
    return replace(REMOTE, code=SessionCode(f"s12-345-{session_id}"))


TEAMVIEWER = Account("u1", "Tom", TOM)


async def connect(unit_of_work: UnitOfWork, clock: Clock) -> None:
    tokens = Tokens(Secret("a" * 20), Secret("r" * 20), 60)
    async with unit_of_work.write() as tx:
        await tx.connections.connect(TOM, TEAMVIEWER, tokens, clock())


def context(command: Command, tx: Transaction, clock: Clock) -> CommandContext:
    by = Technician(TOM, "Tom Ray")
    request = CommandRequest(CommandKey(repr(command)), ACTOR, Place("C1"), command)
    installation = replace(INSTALLATION, org_id=OrgId("itdesk"))
    return CommandContext(by, request, Switches(), tx, installation, clock())


async def test_a_limit_holds_for_two_commands_at_the_same_moment(
    postgres_unit_of_work: SqlUnitOfWork,
    wait_for_blocked_transaction: Callable[[], Awaitable[None]],
    clock: Clock,
) -> None:
    """The second one waits for the first, and then sees its session."""
    await connect(postgres_unit_of_work, clock)
    async with postgres_unit_of_work.write() as tx:
        await tx.policy.add(AT_MOST_ONE)

    async def create(request: RequestNumber) -> None:
        command = Create(request)
        async with postgres_unit_of_work.write() as tx:
            await create_session(command, context(command, tx, clock))

    async with postgres_unit_of_work.write() as tx:
        first = Create(number(101))
        await create_session(first, context(first, tx, clock))
        second = asyncio.create_task(create(number(102)))
        await wait_for_blocked_transaction()
    with pytest.raises(NotAllowed):
        await second


async def test_a_limit_holds_for_many_commands_at_once(sql_unit_of_work: SqlUnitOfWork, clock: Clock) -> None:
    await connect(sql_unit_of_work, clock)
    async with sql_unit_of_work.write() as tx:
        await tx.policy.add(Rule(Limit(3)))

    async def create(request: RequestNumber) -> bool:
        command = Create(request)
        try:
            async with sql_unit_of_work.write() as tx:
                await create_session(command, context(command, tx, clock))
        except NotAllowed:
            return False
        return True

    done = await asyncio.gather(*(create(number(one)) for one in range(101, 113)))
    assert sum(done) == 3
    async with sql_unit_of_work.read() as tx:
        assert await tx.policy.count_open(technician=TOM) == 3


async def test_a_rule_that_is_committed_holds_for_the_next_command_of_another_process(
    sql_unit_of_work: SqlUnitOfWork, clock: Clock
) -> None:
    """Nothing of the rules is kept between two transactions."""
    other = SqlUnitOfWork(
        sql_unit_of_work._database, sql_unit_of_work._vault, OrgId("itdesk"), sql_unit_of_work._enqueue
    )
    await connect(sql_unit_of_work, clock)
    command = Create(number(101), Kind.PILOT)
    async with other.write() as tx:
        await tx.policy.add(NO_PILOT)
    with pytest.raises(NotAllowed):
        async with sql_unit_of_work.write() as tx:
            await create_session(command, context(command, tx, clock))
    async with other.write() as tx:
        await tx.policy.remove(1)
    async with sql_unit_of_work.write() as tx:
        await create_session(command, context(command, tx, clock))
