"""Every method of every repository finds its rows by an index, however many there are.

The calls are generated from the methods' types, so a new query without an index fails here. SQLite says for every statement
how it finds its rows. So does PostgreSQL: with ``enable_seqscan=off`` it reads a whole table only if no index fits.
"""

import inspect
import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import date, datetime, timedelta
from types import NoneType
from typing import Any, get_args, get_type_hints

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection
from support.stored_session import ACTOR, KNOWN, NOW, REMOTE, SESSION, TOM

from bot.authorizations import StoredTokens
from bot.commands import CommandRequest, Help, Place
from bot.errors import BotError
from bot.i18n import Text
from bot.model.audit import Action, AuditEntry
from bot.model.card import Audience, Card, PostAttempt
from bot.model.chat_invitation import ChatInvitation
from bot.model.connection import Account, Connection, Tokens
from bot.model.daily_sums import Figure, SumKey
from bot.model.delivery import DeliverySource
from bot.model.effect import Effect
from bot.model.ids import (
    CommandKey,
    Email,
    EnterToken,
    JoinToken,
    NoticeId,
    OutageId,
    PlanId,
    RenewalId,
    RequestNumber,
    SessionCode,
    SessionId,
    TransferId,
)
from bot.model.invitation import Invitation
from bot.model.limitation import KnownLimitation, Limitation
from bot.model.membership import Membership
from bot.model.notice import Channel, Notice, NoticeState, Recipient
from bot.model.outage import Outage, OutagePlace, Refusal
from bot.model.plan import Plan, PlanPlace
from bot.model.policy import Forbid, NumberedRule, Origin, Rule
from bot.model.private_message import PrivateMessage
from bot.model.renewal import Renewal
from bot.model.secret import Secret
from bot.model.session import Kind, Session
from bot.model.session_record import SessionRecord
from bot.model.switches import Switches
from bot.model.technician import Actor, Directory, Platform, Profile
from bot.model.transfer import Leftover, Party, Transfer, TransferState
from bot.values import replace
from storage.repositories.installations import SlackInstallation
from storage.repositories.teams import TeamsAccount, TeamsConversation
from storage.tables import metadata
from storage.unit_of_work import REPOSITORIES, SqlTransaction, SqlUnitOfWork

KEY = CommandKey("k1")
ACCOUNT = Account("u1", "Tom", TOM)
PARTY = Party(TOM, "Tom")
TRANSFER = Transfer(TransferId("t1"), KNOWN, PARTY, PARTY, PARTY, KEY, NOW)
SAMPLES: dict[Any, Any] = {
    bool: True,
    int: 5,
    str: "7",
    datetime: NOW,
    timedelta: timedelta(minutes=1),
    Collection[str]: ["T1"],
    Account: ACCOUNT,
    Actor: ACTOR,
    AuditEntry: AuditEntry(NOW, TOM, Action.SESSION_CREATED, "#7"),
    Audience: Audience.SHARED,
    Card: Card(KNOWN, Platform.SLACK, "T1", "C1", "1.1", Audience.SHARED, "en", "UTC"),
    Counter[SumKey]: Counter({SumKey(NOW.date(), Figure.RATING, "yes"): 1}),
    Mapping[SumKey, int]: {SumKey(NOW.date(), Figure.RATING, "yes"): 1},
    ChatInvitation: ChatInvitation(NoticeId("n1"), KNOWN, ACTOR, "en", "UTC", "m1"),
    CommandKey: KEY,
    CommandRequest: CommandRequest(CommandKey("k2"), ACTOR, Place("D1", is_private=True), Help()),
    Connection: Connection("c1", TOM, ACCOUNT, NOW, None, is_active=False),
    DeliverySource: DeliverySource.SLACK,
    Directory: Directory({TOM: "Tom Ray"}, NOW),
    Effect: Effect.CHANGED,
    Figure: Figure.SESSIONS,
    date: NOW.date(),
    Email: TOM,
    EnterToken: EnterToken("t"),
    Invitation: Invitation.new(KNOWN, (TOM, "Tom"), (TOM, "Tom"), KEY, NOW),
    JoinToken: JoinToken("t"),
    KnownLimitation: KnownLimitation(Limitation.REPLIES, Text("no"), NOW, NOW),
    Limitation: Limitation.REPLIES,
    Notice: Notice(NoticeId("n2"), KNOWN, Recipient.REQUESTER, Channel.MAIL, NoticeState.PENDING, NOW),
    Membership: Membership(Platform.SLACK, "T1", "C1", is_member=True),
    NoticeId: NoticeId("n1"),
    NoticeState: NoticeState.PENDING,
    NumberedRule: NumberedRule(1, Rule(Forbid())),
    Origin: Origin("C1", is_admin=False),
    Kind: Kind.REMOTE,
    Outage: Outage(OutageId("o1"), KEY, ACTOR, TOM, "Tom", Kind.REMOTE, "", NOW),
    OutageId: OutageId("o1"),
    OutagePlace: OutagePlace("C1", "1.1", is_private=False, locale="en", timezone="UTC"),
    Plan: Plan(
        PlanId("p1"), SESSION.org_id, RequestNumber("7"), Kind.REMOTE, TOM, "Tom", KEY, ACTOR, NOW, "UTC", NOW
    ),
    PlanId: PlanId("p1"),
    PlanPlace: PlanPlace("m1"),
    Platform: Platform.SLACK,
    PostAttempt: PostAttempt(KNOWN, KEY, is_private=False, marker="m1", at=NOW),
    PrivateMessage: PrivateMessage(ACTOR, "D1", "1.1"),
    Profile: Profile(ACTOR, "Tom", TOM),
    Refusal: Refusal(RequestNumber("7"), Text("no")),
    Renewal: Renewal(RenewalId("r2"), KNOWN, TOM, NOW),
    RenewalId: RenewalId("r1"),
    RequestNumber: RequestNumber("7"),
    Rule: Rule(Forbid()),
    Session: SESSION,
    SessionCode: REMOTE.code,
    SessionId: KNOWN,
    SessionRecord: SessionRecord(KNOWN, NOW, NOW),
    SlackInstallation: SlackInstallation("E1", "T1", "Acme", "B1", "U1", NOW),
    StoredTokens: StoredTokens(Secret("a" * 20), Secret("r" * 20), NOW),
    Switches: Switches(),
    TeamsAccount: TeamsAccount("T1", "U1", "29:1", "19:c"),
    TeamsConversation: TeamsConversation("T1", "19:c", is_personal=True, service_url="https://smba.test"),
    Text: Text("no"),
    Transfer: TRANSFER,
    TransferId: TRANSFER.id,
    TransferState: TransferState.OFFERED,
    Leftover: Leftover(TRANSFER.id, KNOWN, TOM, "u1", None, NOW),
    Tokens: Tokens(Secret("a" * 20), Secret("r" * 20), 60),
}
"""A value of each type that a method asks for. A method with another type needs a sample here."""
READS_A_WHOLE_TABLE = {
    "daily_sums.uncounted": "its index holds only the few sessions that are to be counted, and it stops at its limit",
    "homes.page": "a page in the order of the key: it stops at its limit",
    "homes.purge": "one row for each person",
    "installations.list_installations": "one row for each workspace",
    "notices.mark_pending_as_unsure": "once after a restore",
    "commands.purge": "it also reads the index of what is planned, which is short",
    "plans.all_planned": "its index holds what is planned only, and it is called after a restore and for a switch",
    "plans.planned_about": "its index holds what is planned only, and it is called once for a closed request",
    "plans.planned_for": "its index holds what is planned only, which is little",
    "policy.count_open": "a rule limits all open sessions; the index holds the few that are open",
    "policy.created_since": "the index holds the few sessions that are open, and it stops at its limit",
    "transfers.running": "its index holds the running transfers only, and it is called once after a restore",
    "teams.list_conversation_tenants": "one row for each conversation, read at the start",
}
"""The methods that may read a whole table, each with its reason."""
ALWAYS_GIVEN = {"sessions.history": {"number"}}
"""The optional arguments of which a caller always gives at least one."""
LARGE = {
    "sessions",
    "renewals",
    "session_origins",
    "notices",
    "chat_invitations",
    "session_records",
    "cards",
    "invitations",
    "outages",
    "outage_refusals",
    "post_attempts",
    "commands",
    "states",
    "daily_sums",
    "transfers",
    "plans",
}
"""The tables that grow with the use. An organization's whole part of one is too much as well."""


def _is_optional(kind: Any) -> bool:
    return NoneType in get_args(kind)


def _sample(kind: Any) -> Any:
    if _is_optional(kind):
        kind = next(one for one in get_args(kind) if one is not NoneType)
    return SAMPLES[kind]


def _arguments(name: str, method: Any) -> list[dict[str, Any]]:
    """Return the arguments of two calls: with every optional one, and with none of them."""
    given = ALWAYS_GIVEN.get(name, set())
    kinds = {one: kind for one, kind in get_type_hints(method).items() if one != "return"}
    full = {one: _sample(kind) for one, kind in kinds.items()}
    bare = {
        one: None if _is_optional(kind) and one not in given else full[one] for one, kind in kinds.items()
    }
    return [full] if full == bare else [full, bare]


def _methods(tx: SqlTransaction) -> Iterator[tuple[str, Any]]:
    """List the methods of all repositories, by ``repository.method``."""
    for repository in REPOSITORIES:
        its = getattr(tx, repository)
        names = [one for one, method in vars(type(its)).items() if inspect.iscoroutinefunction(method)]
        yield from ((f"{repository}.{name}", getattr(its, name)) for name in names if name[0] != "_")


@contextmanager
def _recorded(connection: AsyncConnection) -> Iterator[list[tuple[str, Any]]]:
    statements: list[tuple[str, Any]] = []

    def record(_connection: Any, _cursor: Any, statement: str, values: Any, *_more: Any) -> None:
        if re.match(r"SELECT|UPDATE|DELETE|INSERT|WITH", statement):
            statements.append((statement, values))

    sa.event.listen(connection.sync_connection, "before_cursor_execute", record)
    try:
        yield statements
    finally:
        sa.event.remove(connection.sync_connection, "before_cursor_execute", record)


async def _find_scans(connection: AsyncConnection, statement: str, values: Any) -> list[str]:
    """Return the steps of a plan that read a whole table, or an organization's whole part of it."""
    one_row = values[0] if isinstance(values, list) else values
    if connection.dialect.name == "sqlite":
        plan = await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", one_row)
        steps = [str(row["detail"]) for row in plan.mappings()]
        return [step for step in steps if _reads_all(step)]
    plan = await connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", one_row)
    return list(_scans_of_postgresql(plan.scalar_one()[0]["Plan"]))


def _reads_all(step: str) -> bool:
    word, table, *_rest = step.split()
    if word == "SCAN":
        return table in metadata.tables
    return table in LARGE and re.search(r"\(org_id=\?\)", step) is not None


def _scans_of_postgresql(node: dict[str, Any]) -> Iterator[str]:
    is_full = node["Node Type"] == "Seq Scan" or (
        node["Node Type"] in {"Index Scan", "Index Only Scan"} and "Index Cond" not in node
    )
    if is_full:
        yield f"{node['Node Type']} on {node['Relation Name']}"
    for inner in node.get("Plans", ()):
        yield from _scans_of_postgresql(inner)


async def _fill(unit_of_work: SqlUnitOfWork) -> None:
    async with unit_of_work.write() as tx:
        await tx.people.store_profile(SAMPLES[Profile], NOW)
        await tx.people.store_directory(SAMPLES[Directory])
        await tx.connections.connect(TOM, ACCOUNT, SAMPLES[Tokens], NOW)
        await tx.sessions.open(SESSION, KEY, another=False)
        await tx.sessions.save(SESSION.opened(REMOTE), known=SESSION)
        await tx.notices.add(replace(SAMPLES[Notice], id=NoticeId("n1")))
        await tx.outages.add(SAMPLES[Outage])


async def test_every_method_finds_its_rows_by_an_index(sql_unit_of_work: SqlUnitOfWork) -> None:
    await _fill(sql_unit_of_work)
    found: dict[str, set[str]] = {}
    async with sql_unit_of_work.write() as tx:
        connection = tx._context.connection
        if connection.dialect.name == "postgresql":
            await connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        for name, method in _methods(tx):
            for arguments in _arguments(name, method):
                with _recorded(connection) as statements:
                    async with connection.begin_nested() as savepoint:
                        with suppress(BotError):  # what is asked for may not be stored
                            await method(**arguments)
                        await savepoint.rollback()
                for statement, values in statements:
                    if scans := await _find_scans(connection, statement, values):
                        found.setdefault(name, set()).update(scans)
    assert {name: steps for name, steps in found.items() if name not in READS_A_WHOLE_TABLE} == {}


def test_a_step_that_reads_everything_is_recognized() -> None:
    """A test that recognizes none would prove nothing."""
    assert _reads_all("SCAN commands")
    assert _reads_all("SCAN cards USING INDEX sqlite_autoindex_cards_1")
    assert _reads_all("SEARCH sessions USING INDEX ix_sessions_open (org_id=?)")
    assert not _reads_all("SCAN CONSTANT ROW")
    assert not _reads_all("SEARCH sessions USING INDEX ix_sessions_open (org_id=? AND id>?)")
    scan = {"Node Type": "Limit", "Plans": [{"Node Type": "Seq Scan", "Relation Name": "commands"}]}
    assert list(_scans_of_postgresql(scan)) == ["Seq Scan on commands"]
